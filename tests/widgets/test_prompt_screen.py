"""Pictures of a screen that follow one another at once."""

from __future__ import annotations

import asyncio
import time

from textual.app import App, ComposeResult
from textual.widget import Widget

from rwm_tui.widgets.prompt_screen import PromptScreen

TEXTUAL_PERIOD_S = 1 / 60
CHANGES = 40
IN_A_ROW = 5


class Drawn(Widget):
    """Tells when it is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = asyncio.Event()

    def render(self) -> str:
        self.drawn.set()
        return ""


class OneScreen(App[None]):
    def get_default_screen(self) -> PromptScreen[None]:
        return Changing()


class Changing(PromptScreen[None]):
    def compose(self) -> ComposeResult:
        yield Drawn()


async def test_a_change_is_shown_without_waiting_for_a_period_of_textuals() -> None:
    """Textual shows at most one change in a period; of many rows of changes one is quick on any machine."""
    app = OneScreen()
    async with app.run_test():
        widget = app.screen.query_one(Drawn)
        shown = []
        for _ in range(CHANGES):
            widget.drawn.clear()
            widget.refresh()
            await widget.drawn.wait()
            shown.append(time.monotonic())
    quickest = min(last - first for first, last in zip(shown, shown[IN_A_ROW:], strict=False))
    assert quickest < (IN_A_ROW - 1) * TEXTUAL_PERIOD_S
