"""Launches and run directories, whoever started them: filtered, sorted, opened, compared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.errors import InputError
from rwm_tui.core.review.document import verdict_words
from rwm_tui.core.review.find import last_success_before
from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.query import Condition, chosen, parse_conditions, sorted_by
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import ChecklistRequested, ComparisonRequested, RunRequested
from rwm_tui.widgets.history_table import HistoryTable
from rwm_tui.widgets.page import Page

SORT_KEYS = ("date", "outcome", "verdict", "peak_vram", "scale", "num_envs", "task", "name")


def entry_facts(entry: HistoryEntry, logs: Path) -> str:
    """The entry's folders, what is known of it, and where it came from. :param logs: paths below it go without it."""
    came_from = [
        f"follows        {entry.parent}",
        f"because        {entry.follows_because or 'its record does not say'}",
    ]
    lines = [
        *(came_from if entry.parent else ()),
        f"run directory  {_below(logs, entry.run_directory) or 'none was left'}",
        f"launch         {_below(logs, entry.launch_directory) or 'not launched from here'}",
        f"task           {entry.task or 'not recorded'}{', not Isaac Lab' if entry.backend == 'embedded' else ''}",
        f"verdict        {_verdict(entry)}",
        f"scale          {entry.scale}, peak VRAM {_peak(entry)}{_resident(entry)}",
    ]
    if entry.kit_log:
        lines.append(f"Kit log        {entry.kit_log}")
    if entry.problem:
        lines.append(f"problem        {entry.problem}")
    return "\n".join(map(clean_line, lines))


def _below(logs: Path, path: Path | None) -> str | None:
    return None if path is None else str(path.relative_to(logs) if path.is_relative_to(logs) else path)


def _verdict(entry: HistoryEntry) -> str:
    if entry.verdict:
        return verdict_words(entry.verdict)
    return "not judged, or its files have changed since" if entry.run_directory else "nothing to judge"


def _peak(entry: HistoryEntry) -> str:
    return (
        "not recorded" if entry.peak_device_mib is None else f"{entry.peak_device_mib / 1024:.2f} GiB (all processes)"
    )


def _resident(entry: HistoryEntry) -> str:
    """The trainer's own memory, which is all that there is to tell without a GPU."""
    return "" if entry.peak_rss_mib is None else f", resident memory {entry.peak_rss_mib / 1024:.2f} GiB"


def _sides_of(entry: HistoryEntry) -> SidePaths:
    return SidePaths(entry.run_directory, entry.launch_directory)


class HistoryScreen(Page):
    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", priority=True),  # what is typed ahead is then the filter's
        Binding("s", "sort", "Sort"),
        Binding("S", "reverse", "Reverse", show=False),
        Binding("m", "mark", "Mark"),
        Binding("equals_sign", "compare", "Compare"),
        Binding("c", "checklist", "Checklist"),
        Binding("C", "last_success", "What changed since it last worked", show=False),
        Binding("R", "reload", "Reload", show=False),
    ]

    def __init__(self, services: Services, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._services = services
        self._ascii_only = ascii_only
        self._entries: tuple[HistoryEntry, ...] | None = None
        self._conditions: tuple[Condition, ...] = ()
        self._sort_key = SORT_KEYS[0]
        self._reversed = False

    def compose_body(self) -> ComposeResult:
        yield Input(
            placeholder="outcome=FAILED task=*Flat* peak_vram>6000 word (a wrong key lists them all)", id="filter"
        )
        yield HistoryTable(ascii_only=self._ascii_only, id="history")
        yield Static("reading ...", id="history-facts", markup=False)

    def on_mount(self) -> None:
        self.query_one("#filter", Input).display = False
        self._show_state()
        self.query_one(HistoryTable).focus()

    def on_screen_resume(self) -> None:
        self.action_reload()

    def action_reload(self) -> None:
        self.begin(self._load, name="reading the history", group="load")

    async def _load(self) -> None:
        entries = await asyncio.to_thread(self._services.history)
        if entries != self._entries:
            self._entries = entries
            self._show_entries()

    def _show_entries(self) -> None:
        if self._entries is None:
            return
        entries = sorted_by(chosen(self._entries, self._conditions), self._sort_key, reverse=self._reversed)
        self.query_one(HistoryTable).show(entries, self._sort_key)
        self._show_state(len(entries))

    def _show_state(self, shown: int | None = None) -> None:
        total = len(self._entries or ())
        count = "" if shown is None else f"{shown} of {total}" if shown != total else f"{total}"
        order = f"by {self._sort_key}{', reversed' if self._reversed else ''}"
        self.show_title("rwm-tui", f"history {count}".rstrip(), order, str(self._services.project.logs))

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.display = True
        self.set_focus(box)  # at once, not after what waits in the queue

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed; half a condition leaves the list as it is and says what is missing."""
        try:
            self._conditions = parse_conditions(event.value)
        except InputError as error:
            self.show_problem(error)
            return
        self.clear_problem()
        self._show_entries()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.input.display = bool(event.value)
        self.query_one(HistoryTable).focus()

    def action_back(self) -> None:
        """From the filter box to the table, with the filter taken away; else from the screen."""
        box = self.query_one("#filter", Input)
        if not box.display:
            super().action_back()
            return
        box.value = ""
        box.display = False
        self.clear_problem()
        self.query_one(HistoryTable).focus()

    def action_sort(self) -> None:
        self._sort_key = SORT_KEYS[(SORT_KEYS.index(self._sort_key) + 1) % len(SORT_KEYS)]
        self._show_sorted()

    def action_reverse(self) -> None:
        self._reversed = not self._reversed
        self._show_sorted()

    def _show_sorted(self) -> None:
        """The selected entry stays selected, except at the top: whoever has not moved wants to see what is first."""
        table = self.query_one(HistoryTable)
        was_at_top = table.row == 0
        self._show_entries()
        if was_at_top:
            table.go_to(0)

    @property
    def _selected(self) -> HistoryEntry | None:
        return self.query_one(HistoryTable).selected

    def on_line_table_highlighted(self) -> None:
        selected = self._selected
        if selected:
            text = entry_facts(selected, self._services.project.logs)
        elif self._entries:
            text = "nothing fits the filter: esc takes it away"
        else:
            text = "nothing yet: launch a profile (p), then its runs stand here"
        if self._entries is not None:
            self.query_one("#history-facts", Static).update(text)
        self.refresh_bindings()

    def on_history_table_opened(self) -> None:
        entry = self._selected
        if entry and entry.launch_directory and not entry.problem:
            self.post_message(RunRequested(entry.launch_directory))
        elif entry and entry.problem:
            self.notify(clean_line(entry.problem), title="Record damaged", severity="warning", markup=False)
        else:
            self.action_checklist()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "filter" and self.is_mounted:
            return self.focused is not self.query_one("#filter", Input)
        if action == "checklist":
            return self.is_mounted and self._selected is not None and self._selected.run_directory is not None
        if action in ("mark", "last_success"):
            return self.is_mounted and self._selected is not None
        if action == "compare":
            return self.is_mounted and self.query_one(HistoryTable).pair is not None
        return super().check_action(action, parameters)

    def action_mark(self) -> None:
        """One of two to compare; the other is the selected one, or marked too."""
        self.query_one(HistoryTable).toggle_mark()
        self.refresh_bindings()

    def action_compare(self) -> None:
        if pair := self.query_one(HistoryTable).pair:
            self.post_message(ComparisonRequested(*map(_sides_of, pair)))

    def action_last_success(self) -> None:
        """What changed since it last worked: the newest earlier one of the same task that completed, and this one."""
        entry = self._selected
        if entry is None:
            return
        try:
            success = last_success_before(self._entries or (), entry)
        except InputError as error:
            self.notify(f"{error.message}\nmark another (m) and compare (=)", title=error.title, markup=False)
            return
        self.post_message(ComparisonRequested(_sides_of(success), _sides_of(entry)))

    def action_checklist(self) -> None:
        entry = self._selected
        if entry and entry.run_directory:
            self.post_message(ChecklistRequested(entry.run_directory, entry.launch_directory))
