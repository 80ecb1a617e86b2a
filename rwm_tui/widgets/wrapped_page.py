"""A page whose lines are wrapped: which row of which line is the first on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.view import Page

CountRows = Callable[[LogLine], int]


class Spot(NamedTuple):
    """A row of a line; lines are counted from the first of the page, rows from the first of the line."""

    line: int
    row: int


@dataclass(frozen=True)
class Place:
    """The row at the top of the screen, to be found again on another page.

    :param offset: where its line begins.
    :param cursor: the line that was under the cursor: once another one is, that is shown as far as the screen holds it.
    """

    offset: int
    row: int
    cursor: int | None


def index_of(lines: Sequence[LogLine], offset: int | None) -> int | None:
    """Which line begins there."""
    return next((index for index, line in enumerate(lines) if line.offset == offset), None)


class WrappedLines:
    """Lines in rows, which are counted where they are needed."""

    def __init__(self, lines: Sequence[LogLine], count_rows: CountRows) -> None:
        self.lines = lines
        self._count_rows = count_rows

    @property
    def last(self) -> Spot:
        return self.end(len(self.lines) - 1)

    def end(self, line: int) -> Spot:
        """The last row of a line."""
        return Spot(line, self._count_rows(self.lines[line]) - 1)

    def spot(self, place: Place | None) -> Spot:
        """Where a place is on this page; its first row where it is not."""
        line = index_of(self.lines, place.offset) if place else None
        return Spot(0, 0) if place is None or line is None else min(Spot(line, place.row), self.end(line))

    def walk(self, spot: Spot, rows: int) -> Spot:
        """So many rows down or up, as far as there are lines."""
        line, row = spot.line, spot.row + rows
        while row < 0 and line > 0:
            line -= 1
            row += self.end(line).row + 1
        while row > (last := self.end(line).row):
            if line + 1 == len(self.lines):
                return Spot(line, last)
            line, row = line + 1, row - last - 1
        return Spot(line, max(row, 0))


def first_spot(page: Page, wrapped: WrappedLines, place: Place | None, height: int) -> Spot:
    """The row at the top of the screen: where it was, as far as the cursor is shown and no row is left blank."""
    if not page.lines:
        return Spot(0, 0)
    if page.following:
        return wrapped.walk(wrapped.last, 1 - height)
    cursor = index_of(page.lines, page.cursor) or 0
    if place and place.cursor == page.cursor:
        least, most = wrapped.walk(Spot(cursor, 0), 1 - height), wrapped.end(cursor)
    else:
        most = Spot(cursor, 0)
        least = min(wrapped.walk(wrapped.end(cursor), 1 - height), most)
    top = min(max(wrapped.spot(place), least), most)
    if wrapped.walk(top, height - 1).line == len(page.lines) - 1:
        top = min(top, wrapped.walk(wrapped.last, 1 - height))
    return top
