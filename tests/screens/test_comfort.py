"""Read-only, themes and other choices of how it is shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandList
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Label

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.settings import NotifySettings, Preferences, Project, settings_path
from rwm_tui.core.trainer_output.console_events import OutOfMemorySeen
from rwm_tui.messages import AttachTo, ConfirmationRequested, Question
from rwm_tui.screens.doctor import DoctorScreen
from rwm_tui.screens.help import HelpScreen
from rwm_tui.screens.history import HistoryScreen
from rwm_tui.screens.jump import JumpScreen
from rwm_tui.screens.profiles import ProfilesScreen
from rwm_tui.widgets.check_list import CheckList
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.palette import Palette
from rwm_tui.widgets.time_chart import TimeChart
from tests.screens.world import World, on_top, shows


async def becomes(pilot: Pilot[Path], condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("never so")


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
        await becomes(pilot, settings_path(world.project).exists)
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


@pytest.mark.parametrize("bell", [True, False])
async def test_the_end_of_a_watched_run_is_told(preferring: Callable[[Preferences], World], bell: bool) -> None:
    world = preferring(Preferences(notify=NotifySettings(bell=bell)))
    launch = world.open_launch("embedded")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    told: list[str] = []
    app.bell = lambda: told.append("bell")  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "waiting for the trainer's first stage")
        launch.record(OutOfMemorySeen(kind="torch-cuda", text="CUDA out of memory", line=3, offset=0))
        await becomes(pilot, lambda: told == ["bell"] * bell)
        await shows(pilot, "Rerun")
        launch.end(Outcome.OUT_OF_MEMORY, "torch ran out of memory")
        await shows(pilot, "OUT_OF_MEMORY: out of memory")
        await becomes(pilot, lambda: told == ["bell", "bell"] * bell)


async def test_a_run_that_was_over_before_is_no_news(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences())
    launch = world.open_launch("embedded")
    launch.end(Outcome.FAILED, "it did")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    told: list[str] = []
    app.bell = lambda: told.append("bell")  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "FAILED")
        await pilot.pause()
    assert told == []


async def test_every_part_of_the_screen_is_two_keys_away(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences())
    launch = world.open_launch("embedded")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "waiting for the trainer's first stage")
        assert isinstance(app.focused, LogPane)
        await pilot.press("J")
        labels = [str(label.render()) for label in app.screen.query(Label)]
        assert labels == ["A", "S"]
        await pilot.press("a")
        assert isinstance(app.focused, TimeChart)
        await pilot.press("J", "s")
        assert isinstance(app.focused, LogPane)
        await pilot.press("J", "a", "J", "escape")
        assert isinstance(app.focused, TimeChart)
        await pilot.press("J", "q")  # no part of the screen; nor does it quit
        assert isinstance(app.focused, TimeChart)


async def test_help_has_every_part_of_the_screen_and_can_be_searched(
    preferring: Callable[[Preferences], World],
) -> None:
    world = preferring(Preferences())
    launch = world.open_launch("embedded")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 50)) as pilot:
        await shows(pilot, "waiting for the trainer's first stage")
        await pilot.press("question_mark")
        await shows(pilot, "Hide harmless", "Next iteration")
        await pilot.press("slash", *"zoom")
        text = await shows(pilot, "In the time chart", "Zoom in", "Zoom out")
        assert "Hide harmless" not in text
        await pilot.press("enter")
        await shows(pilot, "waiting for the trainer's first stage")


@pytest.mark.parametrize(("key", "screen"), [("question_mark", HelpScreen), ("h", HistoryScreen)])
async def test_what_is_typed_ahead_of_a_search_is_the_searchs(
    preferring: Callable[[Preferences], World], key: str, screen: type[Screen[object]]
) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press(key)
        await becomes(pilot, lambda: on_top(app) is screen)
        for character in "//q":
            app.post_message(events.Key("slash" if character == "/" else character, character))
        await becomes(pilot, lambda: app.screen.query_one(Input).value == "/q")


async def test_the_palette_has_the_keys_that_the_footer_lacks(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences())
    launch = world.open_launch("embedded")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "waiting for the trainer's first stage")
        await pilot.press("ctrl+p", *"hide harm")
        await shows(pilot, "key H")
        await becomes(pilot, lambda: app.screen.query_one(CommandList).highlighted is not None)
        await pilot.press("enter")
        await shows(pilot, "only no harmless: 0 lines")


async def test_the_palette_takes_a_page_key_before_its_list_is_drawn(
    preferring: Callable[[Preferences], World],
) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        await pilot.press("ctrl+p")
        await becomes(pilot, lambda: app.screen.query_one(CommandList).highlighted is not None)
        commands = app.screen.query_one(CommandList)
        commands.display = False
        await becomes(pilot, lambda: not commands.region)
        commands.set_options([*commands.options])  # none of which has been drawn
        commands.highlighted = 0
        await pilot.press("pageup", "pagedown", "escape")
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)


async def test_a_search_that_the_palette_has_no_list_for_any_more_does_not_end_the_app(
    preferring: Callable[[Preferences], World],
) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        app.search_themes()
        await becomes(pilot, lambda: bool(app.screen.query(CommandList)) and isinstance(app.focused, Input))
        await app.screen.query_one(CommandList).remove()
        await pilot.press("a", "escape")
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)


async def test_enter_typed_twice_in_the_palette_leaves_it_once(preferring: Callable[[Preferences], World]) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        await pilot.press("ctrl+p")
        palette = app.screen
        assert isinstance(palette, Palette)
        palette.dismiss()
        palette.dismiss()
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)


async def test_a_double_click_on_a_letter_of_the_jump_harms_nothing(preferring: Callable[[Preferences], World]) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        await pilot.press("J")
        await becomes(pilot, lambda: on_top(app) is JumpScreen and bool(app.screen.query(".letter").first().region))
        await pilot.double_click(".letter")
        await pilot.press("escape")
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)


async def test_a_terminal_too_small_for_a_list_takes_a_page_key(preferring: Callable[[Preferences], World]) -> None:
    app = RwmTuiApp(preferring(Preferences()).services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        await pilot.press("d")
        await becomes(pilot, lambda: on_top(app) is DoctorScreen and bool(app.screen.query_one(CheckList).options))
        await pilot.resize_terminal(3, 3)
        await becomes(pilot, lambda: not app.screen.query_one(CheckList).scrollable_content_region)
        await pilot.press("pageup", "pagedown", "escape")
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)


async def test_a_key_typed_twice_answers_once_and_leaves_once(preferring: Callable[[Preferences], World]) -> None:
    world = preferring(Preferences())
    app = RwmTuiApp(world.services())
    answers: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Settings against")
        app.post_message(ConfirmationRequested(Question("Sure?", "It is a test."), lambda: answers.append("yes")))
        await shows(pilot, "Sure?")
        for _ in range(3):
            app.post_message(events.Key("y", "y"))
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)
        await pilot.press("h")
        await shows(pilot, "history")
        for _ in range(3):
            app.post_message(events.Key("escape", None))
        await becomes(pilot, lambda: on_top(app) is ProfilesScreen)
        await pilot.pause()
        assert on_top(app) is ProfilesScreen
    assert answers == ["yes"]
