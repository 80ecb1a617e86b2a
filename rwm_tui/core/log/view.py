"""What of a log is looked at: a page of lines, a cursor, a selection, following or held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rwm_tui.core.log.line_count import LineCount
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import Lines, LogFile, LogLine
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import Both, LinePicker, Matcher, next_match, previous_match

MAX_COPIED_BYTES = 2**20


@dataclass(frozen=True)
class Page:
    """The lines that fill a pane.

    :param first_number: number of the first line, from 0; None where the lines are not counted so far or are filtered.
    :param cursor: beginning of the line under the cursor; None while the end is followed.
    :param selected: byte range of the selection.
    :param marks: where the marked lines begin, in their order.
    :param size: bytes of the log.
    """

    lines: tuple[LogLine, ...] = ()
    first_number: int | None = None
    cursor: int | None = None
    selected: tuple[int, int] | None = None
    marks: tuple[int, ...] = ()
    size: int = 0

    @property
    def following(self) -> bool:
        return self.cursor is None


class LogView:
    """Moves through a log. Every call may read the file: keep it off the event loop, one call at a time."""

    def __init__(self, log: LogFile) -> None:
        self.log = log
        self.count = LineCount(log)
        self.filter: Matches | None = None
        self.found: Matches | None = None
        """Of the lines that are shown, those that fit the last search."""
        self.height = 1
        self._top = 0
        self._cursor: int | None = None
        self._anchor: int | None = None
        self._marks: set[int] = set()
        self._sought: Matcher | None = None

    @property
    def cursor(self) -> int | None:
        return self._cursor

    def page(self) -> Page:
        """The page as the log is now."""
        size = self.log.size()
        if self._cursor and self._cursor >= size:  # truncated, or a replay went back
            if size:
                self.go_to(size)
            else:
                self.follow()
        self._put_cursor_on_a_line()
        lines = [] if self._cursor is None else self._source.lines_from(self._top, self.height)
        if self._cursor is None or (len(lines) < self.height and self._at_end):
            lines = self._source.lines_before(size, self.height)
            self._top = lines[0].offset if lines else 0
        number = None if self.filter is not None else self.count.number_at(self._top)
        return Page(tuple(lines), number, self._cursor, self._selected(), tuple(sorted(self._marks)), size)

    def resize(self, height: int) -> None:
        """So many lines are shown from now on; the line under the cursor stays among them."""
        self.height = height
        if self._cursor is not None:
            self._reveal(0)

    def follow(self) -> None:
        """Show the end, whatever is written."""
        self._cursor = self._anchor = None
        self._search_around(self.log.size())

    def go_to_end(self) -> None:
        """Follow it; while lines are selected, up to the last one that is there."""
        if self._anchored:
            self.go_to(self.log.size())
        else:
            self.follow()

    def hold(self) -> None:
        """Stay where we are."""
        if self._cursor is None:
            self.page()
            last = self._source.lines_before(self.log.size(), 1)
            self._cursor = last[0].offset if last else self._line_at(self.log.size())

    def move(self, lines: int) -> None:
        """Move the cursor; below the last line the end is followed."""
        self.hold()
        assert self._cursor is not None
        if lines < 0:
            before = self._source.lines_before(self._cursor, -lines)
            self._cursor = before[0].offset if before else self._cursor
        else:
            after = self._source.lines_from(self._cursor, lines + 1)
            if len(after) <= lines and self._at_end and not self._anchored:
                return self.follow()
            self._cursor = after[-1].offset if after else self._cursor
        return self._reveal(0)

    def scroll(self, lines: int) -> None:
        """Move the page, and the cursor as far as it must."""
        self.hold()
        assert self._cursor is not None
        if lines < 0:
            before = self._source.lines_before(self._top, -lines)
            self._top = before[0].offset if before else self._top
        else:
            after = self._source.lines_from(self._top, lines + self.height)
            if len(after) < lines + self.height and self._at_end and not self._anchored:
                return self.follow()
            self._top = after[min(lines, len(after) - 1)].offset if after else self._top
        page = self._source.lines_from(self._top, self.height)
        if page:
            self._cursor = min(max(self._cursor, page[0].offset), page[-1].offset)
        return None

    def turn(self, direction: int) -> None:
        """A page on or back."""
        self.scroll(direction * max(self.height - 1, 1))

    def go_to(self, offset: int) -> None:
        """Put the cursor on the line that holds a byte, a third down; under a filter, on the next that fits."""
        self._cursor = self._line_at(offset)
        self._search_around(self._cursor)
        self._put_cursor_on_a_line()
        self._reveal(self.height // 3)

    def show(self, top: int, cursor: int) -> None:
        """Begin the page with a line, and put the cursor on another; both by where they begin."""
        self._top, self._cursor = top, cursor

    def go_to_line(self, number: int) -> bool:
        """Whether the log has that line, from 0, as far as it is counted."""
        offset = self.count.offset_of(number)
        if offset is None:
            return False
        self.go_to(offset)
        return True

    def search(self, wanted: Matcher | None) -> None:
        """Count the lines that fit, among those that are shown."""
        if wanted is None:
            self.found = None
        elif self.filter is None:
            self.found = Matches(self.log, wanted)
        else:
            stage = self.filter.stage
            self.found = Matches(self.log, Both(wanted, self.filter.picker), stage.inside if stage else 0, stage)
        self._sought = wanted

    def seek(
        self, picker: LinePicker, direction: int, cancelled: Callable[[], bool], *, from_here: bool = False
    ) -> bool:
        """Go to the next line that is shown and fits, or to the one before; whether there is one.

        :param from_here: the line under the cursor counts too, and after the last line the first comes.
        """
        here = self._top if self._cursor is None else self._cursor
        wanted = Both(picker, self.filter.picker) if self.filter is not None else picker
        if direction < 0:
            found = previous_match(self.log, wanted, self._end if self._cursor is None else here, cancelled)
        elif from_here:
            found = next_match(self.log, wanted, here, cancelled)
            if found is None or not self._is_of_stage(found, here):
                found = next_match(self.log, wanted, self._beginning, cancelled)
        else:
            line = self.log.lines_from(here, 1) if self._cursor is not None else []
            found = next_match(self.log, wanted, line[0].end if line else self.log.size(), cancelled)
        if found is not None and not self._is_of_stage(found, here):
            found = None
        if found is not None:
            self.go_to(found)
        return found is not None or cancelled()

    def _is_of_stage(self, found: int, here: int) -> bool:
        return self.filter is None or self.filter.is_of_stage(found, here)

    @property
    def _beginning(self) -> int:
        """Where the first line begins that is shown."""
        first = self._source.lines_from(0, 1)
        return first[0].offset if first else 0

    @property
    def _end(self) -> int:
        """Where the last line ends that is shown."""
        last = self._source.lines_before(self.log.size(), 1)
        return last[0].end if last else self.log.size()

    def show_only(self, wanted: LineFilter) -> None:
        """Filter, keeping the place."""
        here = self._cursor
        if wanted.is_open:
            self.filter = None
        else:
            last = wanted.stage.inside if wanted.stage else self.log.size()
            place = self.log.line_start(last) if here is None else here
            self.filter = Matches(self.log, wanted, place, wanted.stage)
        self.search(self._sought)
        if here is not None:
            self.go_to(here)

    def _search_around(self, offset: int) -> None:
        """Let the filter find the lines around a byte before all others."""
        if self.filter is not None and not self.filter.reaches(offset):
            self.filter = self.filter.around(self.log.line_start(offset))

    def _put_cursor_on_a_line(self) -> None:
        """Under a filter the cursor waits where it is until a line is found for it: the next, else the last."""
        if self.filter is None or self._cursor is None:
            return
        found = self.filter.lines_from(self._cursor, 1) if self.filter.knows_from(self._cursor) else []
        if not found and self.filter.at_end:
            found = self.filter.lines_before(self._cursor, 1)
        if found and found[0].offset != self._cursor:
            self._cursor = found[0].offset
            self._reveal(0)

    def toggle_mark(self) -> None:
        """Mark the line under the cursor, else the last, or take its mark away."""
        if self._cursor is not None:
            self._marks ^= {self._cursor}
        else:
            self._marks ^= {line.offset for line in self._source.lines_before(self.log.size(), 1)}

    def go_to_next_mark(self) -> bool:
        """After the last one the first comes; whether there is one."""
        marks = sorted(self._marks)
        here = -1 if self._cursor is None else self._cursor
        if marks:
            self.go_to(next((mark for mark in marks if mark > here), marks[0]))
        return bool(marks)

    def toggle_selection(self) -> None:
        """Begin to select at the cursor, or let go."""
        self.hold()
        self._anchor = self._cursor if self._anchor is None else None

    def let_go(self) -> None:
        """Select no longer."""
        self._anchor = None

    def selected_lines(self) -> list[LogLine]:
        """The lines of the selection, else the line under the cursor, else the last; `MAX_COPIED_BYTES` at most."""
        if self._cursor is None:
            return self._source.lines_before(self.log.size(), 1)
        first, after = self._selected() or (self._cursor, self._cursor + 1)
        chosen: list[LogLine] = []
        room = MAX_COPIED_BYTES
        while room > 0 and (lines := self._source.lines_from(first, 1)) and lines[0].offset < after:
            chosen.append(lines[0])
            room -= len(lines[0].raw) + 1
            first = lines[0].end
        return chosen

    @property
    def _source(self) -> Lines:
        return self.log if self.filter is None else self.filter

    @property
    def _at_end(self) -> bool:
        """Whether the last line that is there is known."""
        return self.filter is None or self.filter.at_end

    @property
    def _anchored(self) -> bool:
        return self._anchor is not None

    def _selected(self) -> tuple[int, int] | None:
        if self._anchor is None or self._cursor is None:
            return None
        first, last = sorted((self._anchor, self._cursor))
        return first, last + 1

    def _line_at(self, offset: int) -> int:
        """Where the line begins that holds a byte, or the last line."""
        return self.log.line_start(min(offset, max(self.log.size() - 1, 0)))

    def _reveal(self, lines_above: int) -> None:
        """Turn the page so that the cursor is on it."""
        assert self._cursor is not None
        page = self._source.lines_from(self._top, self.height)
        if page and page[0].offset <= self._cursor <= page[-1].offset and not lines_above:
            return
        up = self._cursor < self._top
        above = self._source.lines_before(self._cursor, lines_above or (0 if up else self.height - 1))
        self._top = above[0].offset if above else self._cursor
