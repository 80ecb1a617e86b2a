"""A screen that is answered before anything else, once."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType

from rwm_tui.widgets.prompt_screen import PromptScreen


class Dialogue(ModalScreen[ScreenResultType], PromptScreen[ScreenResultType]):
    """A second key that was typed before it was gone neither answers again nor leaves the screen beneath."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_current else AwaitComplete.nothing()  # type: ignore[no-untyped-call]
