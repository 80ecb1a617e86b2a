"""Launches and run directories, newest first, whoever started them."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import ChecklistRequested, RunRequested
from rwm_tui.widgets.page import Page

COLUMNS = ("when", "ended", "profile", "trainer", "name")


def history_row(entry: HistoryEntry) -> tuple[str, ...]:
    """The cells of one entry; what is not known says so."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.when))
    return when, _ending(entry), entry.profile or "-", entry.backend or "?", clean_line(entry.name)


def _ending(entry: HistoryEntry) -> str:
    if entry.problem:
        return "record damaged"
    if entry.outcome:
        return entry.outcome.value
    return entry.status.value if entry.status else "no record"


def entry_facts(entry: HistoryEntry) -> str:
    """The entry's folders, and where it came from."""
    lines = [f"run directory  {entry.run_directory or 'none was left'}"]
    lines.append(f"launch         {entry.launch_directory or 'not launched from here'}")
    if entry.parent:
        lines.append(f"follows        {entry.parent}")
    if entry.problem:
        lines.append(f"problem        {entry.problem}")
    return "\n".join(map(clean_line, lines))


class HistoryTable(DataTable[Text]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open")]


class HistoryScreen(Page):
    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "checklist", "Checklist"),
        Binding("R", "reload", "Reload"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._entries: tuple[HistoryEntry, ...] = ()

    def compose_body(self) -> ComposeResult:
        yield HistoryTable(id="history", cursor_type="row", zebra_stripes=True)
        yield Static("", id="history-facts", markup=False)

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "history", str(self._services.project.logs))
        self.query_one(HistoryTable).add_columns(*COLUMNS)
        self.query_one(HistoryTable).focus()

    def on_screen_resume(self) -> None:
        self.action_reload()

    def action_reload(self) -> None:
        self.run_worker(self._load(), name="reading the history", group="load", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        entries = await asyncio.to_thread(self._services.history)
        self.clear_problem()
        table = self.query_one(HistoryTable)
        row = table.cursor_row
        self._entries = entries
        table.clear()
        for entry in entries:
            table.add_row(*map(Text, history_row(entry)))  # a plain string would be read as markup
        table.move_cursor(row=row)
        self._show_facts()
        self.refresh_bindings()

    @property
    def _selected(self) -> HistoryEntry | None:
        row = self.query_one(HistoryTable).cursor_row
        return self._entries[row] if row < len(self._entries) else None

    def _show_facts(self) -> None:
        selected = self._selected
        text = entry_facts(selected) if selected else "nothing yet: launch a profile (p), then its runs stand here"
        self.query_one("#history-facts", Static).update(text)

    def on_data_table_row_highlighted(self) -> None:
        self._show_facts()
        self.refresh_bindings()

    def on_data_table_row_selected(self) -> None:
        entry = self._selected
        if entry and entry.launch_directory and not entry.problem:
            self.post_message(RunRequested(entry.launch_directory))
        elif entry and entry.problem:
            self.notify(clean_line(entry.problem), title="Record damaged", severity="warning", markup=False)
        else:
            self.action_checklist()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "checklist":
            return self.is_mounted and self._selected is not None and self._selected.run_directory is not None
        return super().check_action(action, parameters)

    def action_checklist(self) -> None:
        entry = self._selected
        if entry and entry.run_directory:
            self.post_message(ChecklistRequested(entry.run_directory, entry.launch_directory))
