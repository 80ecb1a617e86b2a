"""A text file of a run at the line that a fact was read from; read only."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from rwm_tui.core.profile import Backend
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.place import TextPlace
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.page import Page, short_backend_statement


class FileScreen(Page):
    def __init__(self, place: TextPlace, backend: Backend | None, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._place = place
        self._trainer = short_backend_statement(backend)
        self._ascii_only = ascii_only

    def compose_body(self) -> ComposeResult:
        yield Static(clean_line(str(self._place.path)), classes="file-path", markup=False)
        yield LogViewer(ascii_only=self._ascii_only, id="log")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", self._trainer, self._place.path.name, f"line {self._place.line:,}")
        pane = self.query_one(LogPane)
        pane.focus()
        pane.show_file(self._place.path, live=False)
        pane.go_to_line(self._place.line)
