"""Isaac Sim's own log, which says more than the console; read only."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Static

from rwm_tui.core.errors import InputError
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.page import Page


class KitLogScreen(Page):
    def __init__(self, path: Path, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._path = path
        self._ascii_only = ascii_only

    def compose_body(self) -> ComposeResult:
        yield Static(clean_line(str(self._path)), markup=False)
        yield LogViewer(ascii_only=self._ascii_only, id="log")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "Kit log", self._path.name)
        self.query_one(LogPane).focus()
        self.query_one(LogPane).show_file(self._path, live=True)
        if not self._path.is_file():
            hint = "inside a container? isaac_lab.docker.path_map must map its folder"
            self.show_problem(InputError("Kit log not found", f"{self._path} is no file here", hint))
