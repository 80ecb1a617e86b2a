"""The history as a table that draws only the lines in view, so that thousands of runs open at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.verdict_summary import VerdictSummary
from rwm_tui.core.trainer_output.terminal_text import clean_line

GAP = "  "


@dataclass(frozen=True)
class Column:
    """A column of fixed width; one that is not `essential` is shown where there is room for all."""

    title: str
    width: int
    cell: Callable[[HistoryEntry, bool], str]
    essential: bool = True


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
    Column("when", 16, lambda e, _: time.strftime("%Y-%m-%d %H:%M", time.localtime(e.when))),
    Column("ended", 15, lambda e, _: ending(e)),
    Column("verdict", 11, lambda e, ascii_only: verdict_counts(e.verdict, ascii_only)),
    Column("envs × its", 11, scale_cell, essential=False),
    Column("peak VRAM", 9, _peak, essential=False),
    Column("trainer", 8, lambda e, _: e.backend or "?", essential=False),
    Column("profile", 18, lambda e, _: e.profile or "-"),
)
NAME_WIDTH = 28
WIDE = sum(column.width + len(GAP) for column in COLUMNS) + NAME_WIDTH + 2


class HistoryTable(ScrollView, can_focus=True):
    """One line an entry below a fixed heading; one is selected, one may be marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"history--heading", "history--selected", "history--marked"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,ctrl+home,g", "first", "First", show=False),
        Binding("end,ctrl+end,G", "last", "Last", show=False),
    ]

    class Highlighted(Message):
        """Another entry is selected, or none."""

    class Opened(Message):
        """The selected entry is to be opened."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._entries: tuple[HistoryEntry, ...] = ()
        self._row = 0
        self._marked: HistoryEntry | None = None

    @property
    def selected(self) -> HistoryEntry | None:
        return self._entries[self._row] if self._row < len(self._entries) else None

    @property
    def marked(self) -> HistoryEntry | None:
        return self._marked

    def show(self, entries: Sequence[HistoryEntry]) -> None:
        """Replace the entries; the selected and the marked one stay, where they are still among them."""
        selected = self.selected
        self._entries = tuple(entries)
        places = {_identity(entry): row for row, entry in enumerate(self._entries)}
        self._row = min(self._row, max(len(self._entries) - 1, 0))
        if selected is not None:
            self._row = places.get(_identity(selected), self._row)
        if self._marked is not None:
            row = places.get(_identity(self._marked))
            self._marked = self._marked if row is None else self._entries[row]
        self.virtual_size = Size(self.size.width, len(self._entries) + 1)
        self._go_to(self._row)

    def toggle_mark(self) -> None:
        """Mark the selected entry for a comparison, or take its mark away."""
        selected = self.selected
        is_marked = self._marked is not None and selected is not None and _is_same(self._marked, selected)
        self._marked = None if is_marked else selected
        self.refresh()

    def action_move(self, rows: int) -> None:
        self._go_to(self._row + rows)

    def action_page(self, pages: int) -> None:
        self._go_to(self._row + pages * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        self._go_to(0)

    def action_last(self) -> None:
        self._go_to(len(self._entries) - 1)

    def action_open(self) -> None:
        if self.selected:
            self.post_message(self.Opened())

    def _go_to(self, row: int) -> None:
        self._row = min(max(row, 0), max(len(self._entries) - 1, 0))
        visible = max(self.size.height - 1, 1)
        top = round(self.scroll_offset.y)
        if self._row < top or self._row >= top + visible:
            target = self._row if self._row < top else self._row - visible + 1
            self.scroll_to(y=target, animate=False, immediate=True, force=True)
        self.refresh()
        self.post_message(self.Highlighted())

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self._entries) + 1)
        self._go_to(self._row)

    def on_click(self, event: events.Click) -> None:
        if event.y > 0 and self.scroll_offset.y + event.y - 1 < len(self._entries):
            self._go_to(self.scroll_offset.y + event.y - 1)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return _strip(_heading(width, self._ascii_only), width, self.get_component_rich_style("history--heading"))
        row = self.scroll_offset.y + y - 1
        if row >= len(self._entries):
            return Strip.blank(width, self.rich_style)
        entry = self._entries[row]
        style = self.rich_style
        mark = " "
        if self._marked is not None and _is_same(entry, self._marked):
            mark, style = "*", self.get_component_rich_style("history--marked")
        if row == self._row:
            style = self.get_component_rich_style("history--selected")
        return _strip(mark + _line(entry, width, self._ascii_only), width, style)

    @property
    def is_wide(self) -> bool:
        return self.size.width >= WIDE


def _shown(width: int) -> list[Column]:
    return [column for column in COLUMNS if column.essential or width >= WIDE]


def _heading(width: int, ascii_only: bool) -> str:
    titles = [set_cell_size(column.title, column.width) for column in _shown(width)]
    line = " " + GAP.join([*titles, "name"])
    return line.replace("×", "x") if ascii_only else line


def _line(entry: HistoryEntry, width: int, ascii_only: bool) -> str:
    cells = [set_cell_size(clean_line(column.cell(entry, ascii_only)), column.width) for column in _shown(width)]
    return GAP.join([*cells, clean_line(entry.name)])


def _strip(text: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(text, width), style)], width)


def _identity(entry: HistoryEntry) -> tuple[str, str]:
    return str(entry.launch_directory), str(entry.run_directory)


def _is_same(one: HistoryEntry, other: HistoryEntry) -> bool:
    return _identity(one) == _identity(other)
