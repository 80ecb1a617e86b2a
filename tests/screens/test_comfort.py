"""Read-only, themes and other choices of how it is shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.settings import Preferences, Project, settings_path
from rwm_tui.messages import AttachTo
from tests.screens.world import World, shows


@pytest.fixture
def preferring(tmp_path: Path, project_root: Path) -> Callable[[Preferences], World]:
    def world(preferences: Preferences) -> World:
        project = Project(tmp_path, project_root / "profiles", tmp_path / "logs", found=True, preferences=preferences)
        return World(project)

    return world


async def test_read_only_shows_everything_and_starts_nothing(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences(read_only=True))
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "read-only | rwm-tui | profiles", "embedded", "Settings against")
        assert "Launch" not in text
        await pilot.press("enter")
        await pilot.click("#ladder", offset=(4, 2))
        await pilot.press("question_mark")
        assert "Launch" not in await shows(pilot, "Keys")
    assert world.launched == []


async def test_read_only_watches_a_run_without_stopping_it(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences(read_only=True))
    launch = world.open_launch("embedded")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "read-only | ", "waiting for the trainer's first stage")
        assert "not Isaac Lab" in text.splitlines()[0]
        assert "Stop" not in text
        await pilot.press("s")
        launch.end(Outcome.OUT_OF_MEMORY, "out of memory")
        text = await shows(pilot, "OUT_OF_MEMORY")
        assert "Rerun" not in text
    assert world.stopped == []


async def test_a_theme_that_was_chosen_is_kept(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences(theme="nord"))
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "embedded")
        assert app.theme == "nord"
        assert not settings_path(world.project).exists()
        app.theme = "textual-light"
        for _ in range(200):
            if settings_path(world.project).exists():
                break
            await pilot.pause(0.02)
    assert settings_path(world.project).read_text() == "theme: textual-light\n"


async def test_a_theme_that_is_none_is_told(preferring: Callable[[Preferences], World]) -> None:
    app = RwmTuiApp(preferring(Preferences(theme="mauve")).services())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "No theme mauve", "textual-light")


@pytest.mark.parametrize(("preferences", "term"), [(Preferences(), "linux"), (Preferences(colour=False), "xterm")])
async def test_few_or_no_colours_are_the_terminals_own(
    preferring: Callable[[Preferences], World], monkeypatch: pytest.MonkeyPatch, preferences: Preferences, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    if not preferences.colour:
        monkeypatch.setenv("NO_COLOR", "1")
    app = RwmTuiApp(preferring(preferences).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "embedded", "Settings against")
        strips = app.screen._compositor.render_strips(app.size)
        segments = [segment for strip in strips for segment in strip if segment.style]
        colours = {colour for _, style, _ in segments for colour in (style.color, style.bgcolor) if colour}
        assert all(colour.is_default or preferences.colour for colour in colours)
        assert all(colour.triplet is None for colour in colours)  # none that the terminal would have to come near to
        chosen = [style for text, style, _ in segments if text.strip() == "embedded"]
        assert preferences.colour or any(style.underline for style in chosen)
