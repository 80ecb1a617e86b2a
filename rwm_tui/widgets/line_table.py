"""A list of lines below a fixed heading that draws only those in view, so that thousands open at once."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip


class LineTable(ScrollView, can_focus=True):
    """One line is selected, moved by keys; which lines there are and how they look say the subclasses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,ctrl+home,g", "first", "First", show=False),
        Binding("end,ctrl+end,G", "last", "Last", show=False),
    ]

    class Highlighted(Message):
        """Another line is selected, or none."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ascii_only = ascii_only
        self.row = 0

    @property
    def row_count(self) -> int:
        raise NotImplementedError

    def heading(self, width: int) -> Strip:
        raise NotImplementedError

    def line(self, row: int, width: int) -> Strip:
        raise NotImplementedError

    def show_row(self, row: int) -> None:
        """The lines have changed: select this one of the new ones, or the last."""
        self.virtual_size = Size(self.size.width, self.row_count + 1)
        self.go_to(row)

    def go_to(self, row: int) -> None:
        self.row = min(max(row, 0), max(self.row_count - 1, 0))
        visible = max(self.size.height - 1, 1)
        top = round(self.scroll_offset.y)
        if self.row < top or self.row >= top + visible:
            target = self.row if self.row < top else self.row - visible + 1
            self.scroll_to(y=target, animate=False, immediate=True, force=True)
        self.refresh()
        self.post_message(self.Highlighted())

    def action_move(self, rows: int) -> None:
        self.go_to(self.row + rows)

    def action_page(self, pages: int) -> None:
        self.go_to(self.row + pages * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        self.go_to(0)

    def action_last(self) -> None:
        self.go_to(self.row_count - 1)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(event.size.width, self.row_count + 1)
        self.go_to(self.row)

    def on_click(self, event: events.Click) -> None:
        if event.y > 0 and self.scroll_offset.y + event.y - 1 < self.row_count:
            self.go_to(self.scroll_offset.y + event.y - 1)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self.heading(width)
        row = self.scroll_offset.y + y - 1
        return self.line(row, width) if row < self.row_count else Strip.blank(width, self.rich_style)


def strip_of(text: str, width: int, style: Style) -> Strip:
    """One line in one style, cut or filled to the width."""
    return Strip([Segment(set_cell_size(text, width), style)], width)


def fitted(text: str, width: int, ascii_only: bool, *, at_end: bool = False) -> str:
    """At most so many cells; dots stand for what was cut. :param at_end: keep the end, which says more of a key."""
    if cell_len(text) <= width:
        return text
    cut = dots(ascii_only)
    room = max(width - cell_len(cut), 0)
    if at_end:
        kept = text[len(text) - room :] if room else ""
        while cell_len(kept) > room:
            kept = kept[1:]
        return cut + kept
    return set_cell_size(text, room).rstrip() + cut


def dots(ascii_only: bool) -> str:
    """What stands where something was cut."""
    return "..." if ascii_only else "…"
