"""A letter on every part of the screen that takes keys; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label

LETTERS = "asdfghjklwertyuiopzxcvbnm"


class JumpScreen(ModalScreen[Widget | None]):
    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    def __init__(self, targets: Sequence[Widget]) -> None:
        """:param targets: widgets of the screen beneath."""
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, target in self._targets.items():
            label = Label(letter.upper(), classes="letter", markup=False)
            label.absolute_offset = target.region.offset
            yield label

    def on_key(self, event: events.Key) -> None:
        """Any other key leaves everything as it is."""
        event.stop()
        self.dismiss(self._targets.get(event.key.lower()))

    def action_close(self) -> None:
        self.dismiss(None)
