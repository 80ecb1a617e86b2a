"""A page whose lines are wrapped: which row of which line is the first on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.view import Page


class Spot(NamedTuple):
    """A row of a line; lines are counted from the first of the page, rows from the first of the line."""

    line: int
    row: int


class WrappedLines:
    """Lines in rows, which are counted where they are needed.

    :param rows_of: how many rows a line has.
    """

    def __init__(self, lines: Sequence[LogLine], rows_of: Callable[[LogLine], int]) -> None:
        self._lines = lines
        self._rows_of = rows_of

    def end(self, line: int) -> Spot:
        """The last row of a line."""
        return Spot(line, self._rows_of(self._lines[line]) - 1)

    def walk(self, spot: Spot, rows: int) -> Spot:
        """So many rows down or up, as far as there are lines."""
        line, row = spot.line, spot.row + rows
        while row < 0 and line > 0:
            line -= 1
            row += self.end(line).row + 1
        while row > (last := self.end(line).row):
            if line + 1 == len(self._lines):
                return Spot(line, last)
            line, row = line + 1, row - last - 1
        return Spot(line, max(row, 0))


def first_spot(page: Page, wrapped: WrappedLines, height: int) -> Spot:
    """The row at the top of the screen: the last rows are shown where the page is followed, else the cursor's line."""
    if not page.lines:
        return Spot(0, 0)
    lowest = wrapped.walk(wrapped.end(len(page.lines) - 1), 1 - height)
    if page.following:
        return lowest
    cursor = next((index for index, line in enumerate(page.lines) if line.offset == page.cursor), 0)
    return min(wrapped.walk(wrapped.end(cursor), 1 - height), Spot(cursor, 0))
