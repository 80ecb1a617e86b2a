"""Through every screen in a real terminal: each must come up whole, with its title and its keys."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.core.launch.recorded import recorded_launch
from tests.terminal.tmux import Terminal
from tests.waiting import until

pytestmark = pytest.mark.terminal


@dataclass(frozen=True)
class Stop:
    """
    :param keys: that lead there.
    :param shows: what then stands on the screen.
    :param gone: what stood there before.
    :param footer: a key of the last row.
    """

    keys: tuple[str, ...]
    shows: tuple[str, ...]
    gone: str = "\0"
    footer: str = "q Quit"


PROFILES = ("rwm-tui | profiles", "Settings against")
TOUR = (
    Stop((), PROFILES),
    Stop(("?",), ("Leaving never stops a run",), footer="esc Close"),
    Stop(("Escape",), PROFILES, gone="Leaving never"),
    Stop(("C-p",), ("what to do", "key c")),
    Stop(("Escape",), PROFILES, gone="what to do"),
    Stop(("J", "s"), PROFILES, gone=" Launch"),
    Stop(("d",), ("rwm-tui | doctor", "PASS")),
    Stop(("Escape",), PROFILES, gone="doctor"),
    Stop(("h",), ("rwm-tui | history 2", "no record")),
    Stop(("/", *"COMPLETED", "Enter"), ("history 1 of 2",)),
    Stop(("Enter",), ("ENDED", "COMPLETED", "Learning iteration 2/3")),
    Stop(("t", "t"), ("Learning iteration 2/3",)),
    Stop(("l", "/", *"iteration 1", "Enter"), ("'iteration 1'", "of 1")),
    Stop(("S",), ("only stage",)),
    Stop(("S",), ("'iteration 1'",), gone="only stage"),
    Stop(("R",), ("replay:", "Play")),
    Stop(("Escape",), ("ENDED", "COMPLETED"), gone="replay:"),
    Stop(("Escape",), ("history 1 of 2",)),
    Stop(("Escape",), ("history 2",), gone="1 of 2"),
    Stop(("G", "g", "m", "G", "="), ("rwm-tui | compare", "left")),
    Stop(("Escape",), ("rwm-tui | history 2",), gone="compare"),
    Stop(("/", *"2026-11", "Enter"), ("history 1 of 2",)),
    Stop(("Enter",), ("rwm-tui | checklist", "Not verified")),
    Stop(("o",), ("rwm-tui | Isaac Lab | observation groups",)),
    Stop(("Escape",), ("rwm-tui | checklist",), gone="| observation groups |"),
    Stop(("v",), ("rwm-tui | Isaac Lab | env.yaml | line",)),
    Stop(("Escape",), ("rwm-tui | checklist",), gone="Isaac Lab | env.yaml"),
    Stop(("e",), ("Evaluate the world model?",), footer="No"),
    Stop(("n",), ("rwm-tui | checklist",), gone="Evaluate the world model?"),
    Stop(("p",), PROFILES),
)


@pytest.fixture
def past(project: Path, shared_fixtures: Path) -> Path:
    """A launch that is over and a run directory of somebody else's."""
    recorded_launch(project)
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    shutil.copytree(params.parent, project / "logs" / "rsl_rl" / "anymal_d_flat" / params.parent.name)
    return project


@pytest.mark.parametrize(
    ("size", "environment"),
    [
        ((80, 24), {}),
        ((200, 60), {"RWM_TUI_THEME": "textual-light"}),
        ((80, 24), {"TERM": "linux", "LANG": "C"}),
        ((100, 30), {"NO_COLOR": "1", "TERM": "screen-256color"}),
    ],
    ids=["small", "wide-light", "linux-console", "no-colour"],
)
def test_every_screen_comes_up_whole(
    past: Path, open_terminal: Callable[..., Terminal], size: tuple[int, int], environment: dict[str, str]
) -> None:
    terminal = open_terminal(size=size, **environment)
    for stop in TOUR:
        shown = arrive(terminal, stop, size[1])
        assert environment.get("TERM") != "linux" or shown.isascii()
    terminal.press("q")
    until(terminal.has_ended)
    assert "Traceback" not in terminal.screen()


def arrive(terminal: Terminal, stop: Stop, height: int, limit_s: float = 30.0) -> str:
    """The screen as soon as it is whole: its title in the first row, its keys in the last, what it shows between."""
    if stop.keys:
        terminal.press(*stop.keys)
    shown = ""

    def is_there() -> bool:
        nonlocal shown
        shown = terminal.screen().rstrip("\n")
        rows = shown.splitlines()
        whole = len(rows) == height and bool(rows[0].strip()) and stop.footer in rows[-1]
        return whole and all(text in shown for text in stop.shows) and stop.gone not in shown

    try:
        until(is_there, limit_s, every_s=0.1)
    except AssertionError:
        raise AssertionError(f"{stop} was not reached:\n{shown}") from None
    assert "Traceback" not in shown
    return shown
