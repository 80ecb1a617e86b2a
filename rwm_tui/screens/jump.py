"""A letter on every part of the screen that takes keys; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.screen import SystemModalScreen
from textual.widget import Widget
from textual.widgets import Label

LETTERS = "asdfghjklwertyuiopzxcvbnm"


class JumpScreen(SystemModalScreen[Widget | None]):
    """A system's screen, not a dialogue: the keys of the screen beneath stay in sight."""

    CSS_PATH = "jump.tcss"
    ALLOW_SELECT = False  # a system's screen has no look for what is selected, and Textual's fails where something is

    def __init__(self, targets: Sequence[Widget]) -> None:
        """:param targets: widgets of the screen beneath."""
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, target in self._targets.items():
            label = Label(letter.upper(), classes="letter", markup=False)
            label.absolute_offset = target.region.offset
            yield label

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return True

    def on_key(self, event: events.Key) -> None:
        """Any other key leaves everything as it is."""
        event.stop()
        if self.is_current:  # not where a second key was typed before the first had left
            self.dismiss(self._targets.get(event.key.lower()))
