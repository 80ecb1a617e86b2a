"""Pictures of a screen that follow one another at once."""

from __future__ import annotations

import asyncio
import time

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rwm_tui.widgets.prompt_screen import PromptScreen

TEXTUAL_PERIOD_S = 1 / 60
CHANGES = 40
IN_A_ROW = 5


class Drawn(Widget):
    """Tells when its lines are asked for."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.drawn = asyncio.Event()
        self.rows = (0, 0)

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn.set()
        self.rows = crop.line_span
        return super().render_lines(crop)


class OneScreen(App[None]):
    CSS = "Drawn { height: 2; }"

    def get_default_screen(self) -> PromptScreen[None]:
        return Changing()


class Changing(PromptScreen[None]):
    pictures = 0

    def _on_timer_update(self) -> None:
        self.pictures += 1
        super()._on_timer_update()

    def compose(self) -> ComposeResult:
        yield Drawn(id="above")
        yield Drawn(id="below")


async def test_a_change_is_shown_without_waiting_for_a_period_of_textuals() -> None:
    """Textual shows at most one change in a period; of many rows of changes one is quick on any machine."""
    app = OneScreen()
    async with app.run_test():
        widget = app.screen.query_one("#above", Drawn)
        shown = []
        for _ in range(CHANGES):
            widget.drawn.clear()
            widget.refresh()
            await widget.drawn.wait()
            shown.append(time.monotonic())
    quickest = min(last - first for first, last in zip(shown, shown[IN_A_ROW:], strict=False))
    assert quickest < (IN_A_ROW - 1) * TEXTUAL_PERIOD_S


async def test_a_widget_that_did_not_change_is_not_asked_for_its_lines() -> None:
    app = OneScreen()
    async with app.run_test() as pilot:
        await pilot.pause()
        above, below = app.screen.query_one("#above", Drawn), app.screen.query_one("#below", Drawn)
        below.drawn.clear()
        above.drawn.clear()
        above.refresh()
        await above.drawn.wait()
        await pilot.pause()
        assert not below.drawn.is_set()
        below.refresh()
        await below.drawn.wait()


async def test_what_is_covered_is_not_asked_for_its_lines_until_it_is_seen_again() -> None:
    app = OneScreen()
    async with app.run_test() as pilot:
        cover, covered = Drawn(id="cover"), app.screen.query_one("#above", Drawn)
        await app.screen.mount(cover)
        cover.styles.layer, cover.styles.dock = "front", "top"
        app.screen.styles.layers = ("default", "front")
        await pilot.pause()
        assert cover.region == covered.region
        covered.drawn.clear()
        cover.drawn.clear()
        cover.refresh()
        covered.refresh()
        await cover.drawn.wait()
        await pilot.pause()
        assert not covered.drawn.is_set()
        cover.display = False
        await covered.drawn.wait()


async def test_what_must_be_seen_at_once_waits_for_no_message() -> None:
    app = OneScreen()
    async with app.run_test() as pilot:
        await pilot.pause()
        screen, above = app.screen, app.screen.query_one("#above", Drawn)
        assert isinstance(screen, Changing)
        above.drawn.clear()
        above.refresh()
        assert not above.drawn.is_set()
        screen.show_at_once(above)
        assert above.drawn.is_set()


async def test_a_row_that_changes_asks_for_that_row_alone() -> None:
    app = OneScreen()
    async with app.run_test() as pilot:
        await pilot.pause()
        above = app.screen.query_one("#above", Drawn)
        above.drawn.clear()
        above.refresh(Region(0, 1, 5, 1))
        await above.drawn.wait()
        assert above.rows == (1, 2)


async def test_a_screen_on_which_nothing_changes_rests() -> None:
    app = OneScreen()
    async with app.run_test() as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Changing)
        drawn = screen.pictures
        await pilot.pause(10 * TEXTUAL_PERIOD_S)
        assert screen.pictures <= drawn + 4  # the pilot asks for one itself at each pause
