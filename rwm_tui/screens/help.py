"""What every key does on the screen beneath, and those keys alone that one looks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from rwm_tui.widgets.dialogue import Dialogue
from rwm_tui.widgets.key_line import KeyLine

FURTHER = (
    "arrows, page up, page down, home, end: move and scroll"
    "\ntab: next pane    ctrl+p: all commands, themes"
    "\n\nLeaving never stops a run. esc: close"
)


class HelpScreen(Dialogue[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "close", "Close"),
        Binding("slash", "search", "Search"),
    ]

    def __init__(self, sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """:param sections: by heading, keys and what they do."""
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Input(placeholder="a key, or what it does", id="help-search", compact=True)
            yield Static(id="help-keys")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Input).display = False
        self._show("")

    def _show(self, wanted: str) -> None:
        width = max((len(keys) for _, rows in self._sections for keys, _ in rows), default=0)
        parts: list[str | tuple[str, str]] = []
        for heading, rows in self._sections:
            found = [(keys, does) for keys, does in rows if wanted in keys or wanted.lower() in does.lower()]
            if found:
                lines = "".join(f"{keys:<{width}}  {does}\n" for keys, does in found)
                parts += [(f"{heading}\n\n", "bold"), f"{lines}\n"]
        self.query_one("#help-keys", Static).update(Content.assemble(*parts, FURTHER))

    def action_search(self) -> None:
        box = self.query_one(Input)
        box.display = True
        self.set_focus(box)  # at once, not after what is typed ahead

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def on_input_submitted(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        self.dismiss()
