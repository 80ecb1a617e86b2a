"""Moves through a log whose lines are wrapped: by rows of the screen, so that no text is passed over."""

from __future__ import annotations

from collections.abc import Sequence

from rwm_tui.core.log.log_file import Lines, LogLine
from rwm_tui.core.log.view import LogView, Page
from rwm_tui.widgets.wrapped_page import CountRows, Place, Spot, WrappedLines, first_spot, index_of


class WrappedWalk:
    """The same moves as the view's, which knows lines alone: which row is at the top is known here."""

    def __init__(self, count_rows: CountRows) -> None:
        self._count_rows = count_rows
        self.place: Place | None = None

    def move(self, view: LogView, direction: int) -> None:
        """The cursor one line on or back; a row of its line first, where that goes on outside the screen."""
        page, wrapped, top = self._screen(view)
        cursor = index_of(page.lines, page.cursor)
        if cursor is None:
            view.move(direction)
        elif direction > 0 and wrapped.walk(top, view.height - 1) < wrapped.end(cursor):
            self._put(view, wrapped.lines, wrapped.walk(top, 1), cursor)
        elif direction < 0 and (cursor, 0) < top:
            self._put(view, wrapped.lines, wrapped.walk(top, -1), cursor)
        else:
            view.move(direction)
            self._reveal(view, Place(wrapped.lines[top.line].offset, top.row, None), direction)

    def turn(self, view: LogView, direction: int) -> None:
        """A screen on or back: on to the first line that was not shown wholly."""
        if direction < 0:
            self.scroll(view, -view.height)
            return
        page, wrapped, top = self._screen(view)
        cursor = index_of(page.lines, page.cursor)
        if cursor is None:
            view.move(direction)
            return
        bottom = wrapped.walk(top, view.height - 1)
        line = bottom.line + 1 if bottom == wrapped.end(bottom.line) else bottom.line
        if line == len(wrapped.lines):  # the next one was not read, or there is none
            view.move(line - cursor)
            self._begin_with_cursor(view)
        else:
            self._put(view, wrapped.lines, Spot(line, 0) if line > top.line else wrapped.walk(top, view.height), line)

    def scroll(self, view: LogView, rows: int) -> None:
        """The screen so many rows on or back, and the cursor as far as it must."""
        page, wrapped, top = self._screen(view)
        cursor = index_of(page.lines, page.cursor)
        if cursor is None:
            return
        if rows < 0:
            before = _source(view).lines_before(wrapped.lines[0].offset, -rows)
            wrapped = WrappedLines([*before, *wrapped.lines], self._count_rows)
            top, cursor = Spot(top.line + len(before), top.row), cursor + len(before)
        top = wrapped.walk(top, rows)
        bottom = wrapped.walk(top, view.height - 1)
        at_last = rows > 0 and bottom.line == len(wrapped.lines) - 1
        past_last = at_last and top > wrapped.walk(wrapped.last, 1 - view.height)
        if past_last and not page.selected and _ends(view, wrapped):
            view.follow()
        else:
            self._put(view, wrapped.lines, top, min(max(cursor, top.line), bottom.line))

    def show_row(self, view: LogView, row: int) -> None:
        """Bring a row of the line under the cursor on the screen."""
        page, wrapped, top = self._screen(view)
        cursor = index_of(page.lines, page.cursor)
        if cursor is None:
            return
        wanted = Spot(cursor, row)
        if not top <= wanted <= wrapped.walk(top, view.height - 1):
            self._put(view, wrapped.lines, wrapped.walk(wanted, -(view.height // 3)), cursor)

    def _screen(self, view: LogView) -> tuple[Page, WrappedLines, Spot]:
        """What is on the screen, held there."""
        page = view.page()
        wrapped = WrappedLines(page.lines, self._count_rows)
        top = first_spot(page, wrapped, self.place, view.height)
        if page.following and page.lines:
            view.hold()
            self.place = Place(page.lines[top.line].offset, top.row, view.cursor)
            return self._screen(view)
        return page, wrapped, top

    def _reveal(self, view: LogView, before: Place, direction: int) -> None:
        """Show the line that the cursor has come to, from the side on which it came."""
        page = view.page()
        wrapped = WrappedLines(page.lines, self._count_rows)
        cursor = index_of(page.lines, page.cursor)
        if cursor is None:
            return
        if direction > 0:
            top = first_spot(page, wrapped, before, view.height)
        else:
            top = min(wrapped.spot(before), Spot(cursor, max(wrapped.end(cursor).row + 1 - view.height, 0)))
        self._put(view, wrapped.lines, top, cursor)

    def _begin_with_cursor(self, view: LogView) -> None:
        page = view.page()
        cursor = index_of(page.lines, page.cursor)
        if cursor is not None:
            self._put(view, page.lines, Spot(cursor, 0), cursor)

    def _put(self, view: LogView, lines: Sequence[LogLine], top: Spot, cursor: int) -> None:
        """Begin the page with a line, so that all that comes on the screen is read, and put the cursor on another."""
        first, here = lines[top.line].offset, lines[cursor].offset
        self.place = Place(first, top.row, here)
        view.show(first, here)


def _ends(view: LogView, wrapped: WrappedLines) -> bool:
    """Whether no line comes after those."""
    known = view.filter is None or view.filter.at_end
    return known and not _source(view).lines_from(wrapped.lines[-1].end, 1)


def _source(view: LogView) -> Lines:
    return view.log if view.filter is None else view.filter
