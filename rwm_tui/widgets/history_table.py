"""The history as a table that draws only the lines in view, so that thousands of runs open at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.verdict_summary import VerdictSummary
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.line_table import LineTable, fitted, strip_of

GAP = "  "


Shown = Literal["always", "wide", "sorted"]


@dataclass(frozen=True)
class Column:
    """A column of fixed width.

    :param keys: what the list is sorted by when this column must be in sight.
    :param shown: always, where there is room for all, or only when the list is sorted by it.
    """

    title: str
    width: int
    cell: Callable[[HistoryEntry, bool], str]
    keys: tuple[str, ...]
    shown: Shown = "always"


def ending(entry: HistoryEntry) -> str:
    if entry.problem:
        return "record damaged"
    if entry.outcome:
        return entry.outcome.value
    return entry.status.value if entry.status else "no record"


def verdict_counts(verdict: VerdictSummary | None, ascii_only: bool) -> str:
    """E.g. `✘1 ◐4 ○4`; the words stand below the table."""
    if verdict is None:
        return "-"
    symbols = ("!", "x", "~", "?") if ascii_only else ("✘", "✔", "◐", "○")
    counts = (verdict.contradicted, verdict.validated, verdict.reduced, verdict.open)
    return " ".join(f"{symbol}{count}" for symbol, count in zip(symbols, counts, strict=True) if count)


def scale_cell(entry: HistoryEntry, ascii_only: bool) -> str:
    """Environments and iterations; `?` for what is not known."""
    num_envs, iterations = entry.sizes.num_envs, entry.sizes.max_iterations
    times = "x" if ascii_only else "×"
    return f"{'?' if num_envs is None else num_envs} {times} {'?' if iterations is None else iterations}"


def _peak(entry: HistoryEntry, ascii_only: bool) -> str:
    return "-" if entry.peak_device_mib is None else f"{entry.peak_device_mib / 1024:.1f} GiB"


COLUMNS = (
    Column("when", 16, lambda e, _: time.strftime("%Y-%m-%d %H:%M", time.localtime(e.when)), (), "wide"),
    Column("ended", 15, lambda e, _: ending(e), ("outcome",)),
    Column("verdict", 11, lambda e, ascii_only: verdict_counts(e.verdict, ascii_only), ("verdict",)),
    Column("peak VRAM", 9, _peak, ("peak_vram",), "wide"),
    Column("trainer", 8, lambda e, _: e.backend or "?", (), "wide"),
    Column("envs × its", 11, scale_cell, ("num_envs",)),
    Column("scale", 11, lambda e, _: e.scale, ("scale",), "sorted"),
    Column("task", 24, lambda e, _: e.task or "-", ("task",), "sorted"),
)
NAME_WIDTH = 28  # at least; names begin with the time, and a launch's ends with its profile
WIDE = sum(column.width + len(GAP) for column in COLUMNS if column.shown != "sorted") + NAME_WIDTH + 2


class HistoryTable(LineTable):
    """One line an entry; one or two may be marked, to be compared."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"history--heading", "history--selected", "history--marked"}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Open")]

    class Opened(Message):
        """The selected entry is to be opened."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(ascii_only=ascii_only, id=id)
        self._entries: tuple[HistoryEntry, ...] = ()
        self._marked: tuple[HistoryEntry, ...] = ()
        self._sorted_by = ""

    @property
    def row_count(self) -> int:
        return len(self._entries)

    @property
    def selected(self) -> HistoryEntry | None:
        return self._entries[self.row] if self.row < len(self._entries) else None

    @property
    def pair(self) -> tuple[HistoryEntry, HistoryEntry] | None:
        """The two to compare: both marked ones, or the marked and the selected one; None where there are none."""
        selected = self.selected
        if len(self._marked) == 2:
            return self._marked[0], self._marked[1]
        if not self._marked or selected is None or _is_same(self._marked[0], selected):
            return None
        return self._marked[0], selected

    def show(self, entries: Sequence[HistoryEntry], sorted_by: str = "") -> None:
        """Replace the entries; the selected and the marked ones stay, where they are still among them.

        :param sorted_by: the key, whose column is then in sight.
        """
        self._sorted_by = sorted_by
        selected = self.selected
        self._entries = tuple(entries)
        places = {_identity(entry): row for row, entry in enumerate(self._entries)}
        self._marked = tuple(
            self._entries[places[_identity(entry)]] if _identity(entry) in places else entry for entry in self._marked
        )
        row = self.row if selected is None else places.get(_identity(selected), self.row)
        self.show_row(row)

    def toggle_mark(self) -> None:
        """Mark the selected entry for a comparison, or take its mark away; of three the one marked first gives way."""
        selected = self.selected
        if selected is None:
            return
        others = tuple(entry for entry in self._marked if not _is_same(entry, selected))
        self._marked = others if len(others) < len(self._marked) else (*others, selected)[-2:]
        self.refresh()

    def action_open(self) -> None:
        if self.selected:
            self.post_message(self.Opened())

    def heading(self, width: int) -> Strip:
        columns = _columns(width, self._sorted_by)
        titles = [column.title.replace("×", "x") if self.ascii_only else column.title for column in columns]
        line = " " + _in_columns("name", titles, columns, width, self.ascii_only)
        return strip_of(line, width, self.get_component_rich_style("history--heading"))

    def line(self, row: int, width: int) -> Strip:
        entry = self._entries[row]
        is_marked = any(_is_same(entry, marked) for marked in self._marked)
        style = self.get_component_rich_style("history--marked") if is_marked else self.rich_style
        if row == self.row:
            style = self.get_component_rich_style("history--selected")
        columns = _columns(width, self._sorted_by)
        cells = [clean_line(column.cell(entry, self.ascii_only)) for column in columns]
        line = _in_columns(clean_line(entry.name), cells, columns, width, self.ascii_only)
        return strip_of(("*" if is_marked else " ") + line, width, style)


def _columns(width: int, sorted_by: str) -> list[Column]:
    """In place of the last one stands what the list is sorted by, where it would not be in sight."""
    columns = [column for column in COLUMNS if column.shown == "always" or (column.shown == "wide" and width >= WIDE)]
    wanted = [column for column in COLUMNS if sorted_by in column.keys and column not in columns]
    return [*columns[: len(columns) - len(wanted)], *wanted]


def _in_columns(name: str, cells: Sequence[str], columns: Sequence[Column], width: int, ascii_only: bool) -> str:
    """The name takes what the columns leave."""
    room = max(width - 1 - sum(column.width + len(GAP) for column in columns), 1)
    sized = [set_cell_size(cell, column.width) for cell, column in zip(cells, columns, strict=True)]
    return GAP.join([set_cell_size(fitted(name, room, ascii_only), room), *sized])


def _identity(entry: HistoryEntry) -> tuple[str | None, str | None]:
    return entry.launch_path, entry.run_path


def _is_same(one: HistoryEntry, other: HistoryEntry) -> bool:
    return _identity(one) == _identity(other)
