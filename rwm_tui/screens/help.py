"""What every key does on the screen beneath."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static


class HelpScreen(ModalScreen[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "close", "Close")]

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        """:param rows: keys and what they do."""
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        width = max((len(keys) for keys, _ in self._rows), default=0)
        with VerticalScroll(id="help"):
            yield Static(
                Content.assemble(
                    ("Keys\n\n", "bold"),
                    "".join(f"{keys:<{width}}  {meaning}\n" for keys, meaning in self._rows),
                    "\narrows, page up, page down, home, end: move and scroll"
                    "\ntab: next pane    ctrl+p: all commands, themes"
                    "\n\nLeaving never stops a run. esc: close",
                )
            )
        yield Footer(show_command_palette=False)

    def action_close(self) -> None:
        self.dismiss()
