"""Every screen as it was agreed to look: at three sizes, in colour, light and ASCII. `make pictures` draws it anew."""

from __future__ import annotations

import difflib
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from rwm_tui.app import RwmTuiApp
from tests.screens.world import World
from tests.snapshots.picture import looks_of, rows_of, text_of
from tests.snapshots.scenes import PREFLIGHT, SCENES, Prepare

PICTURES = Path(__file__).with_name("pictures")
SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("textual-dark", "textual-light")
LIMIT_S = 15.0
SETTLED_AFTER_S = 0.6


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("prepare", SCENES, ids=lambda prepare: prepare.__name__)
async def test_a_screen_looks_as_agreed(
    world: World, shared_fixtures: Path, prepare: Prepare, ascii_only: bool, request: pytest.FixtureRequest
) -> None:
    anew = request.config.getoption("--update-pictures")
    path = PICTURES / f"{prepare.__name__}{'.ascii' if ascii_only else ''}.txt"
    agreed = read_parts(path)
    drawn: dict[str, str] = {}
    start, drive = prepare(world, shared_fixtures)
    services = world.services(preflight=lambda profile: PREFLIGHT, keep_theme=lambda theme: None)
    app = RwmTuiApp(services, start, ascii_only=ascii_only)
    async with app.run_test(size=SIZES[0]) as pilot:
        await drive(pilot)
        for theme in THEMES[:1] if ascii_only else THEMES:
            app.theme = theme
            for size in SIZES:
                await pilot.resize_terminal(*size)
                name = f"{size[0]}x{size[1]} {theme}"
                expected = None if anew else agreed.get(name, "")
                drawn[name] = await picture(pilot, world, expected, with_text=theme == THEMES[0])
                if ascii_only:
                    assert drawn[name].isascii(), [line for line in drawn[name].splitlines() if not line.isascii()]
    if anew:
        path.write_text("".join(f"======== {name}\n{part}" for name, part in drawn.items()))
        return
    assert set(agreed) == set(drawn), f"{path.name}: `make pictures` draws it"
    changed = [line for name, part in drawn.items() for line in difference(name, agreed[name], part)]
    assert not changed, "\n".join([f"{path.name} (if it is meant: `make pictures`, and look at git diff)", *changed])


async def picture(pilot: Pilot[Path], world: World, expected: str | None, *, with_text: bool) -> str:
    """As soon as it is what was expected; else, and where nothing is expected, once it stays as it is."""
    began = changed = time.monotonic()
    before = ""
    while True:
        await pilot.pause()
        rows = rows_of(pilot.app)
        drawn = (text_of(rows) + "-------- looks\n" if with_text else "") + looks_of(rows)
        drawn = drawn.replace(world.project.root.name, "rwm-snapshot")
        now = time.monotonic()
        if drawn != before:
            before, changed = drawn, now
        if drawn == expected or (not expected and now - changed > SETTLED_AFTER_S) or now - began > LIMIT_S:
            return drawn
        await pilot.pause(0.02)


def read_parts(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _, *parts = path.read_text().split("======== ")
    return {name: part for name, _, part in (one.partition("\n") for one in parts)}


def difference(name: str, agreed: str, drawn: str) -> list[str]:
    lines = difflib.unified_diff(agreed.splitlines(), drawn.splitlines(), "agreed", f"drawn: {name}", lineterm="", n=1)
    return list(lines)[:60]
