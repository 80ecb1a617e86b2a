"""Every line of a log that fits, known around a place first: the page that is looked at fills at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from rwm_tui.core.log.landmarks import StageLines
from rwm_tui.core.log.log_file import LogFile, LogLine
from rwm_tui.core.log.matching import LONGEST_LINE_BYTES, SLICE_BYTES, LinePicker, whole_lines

SOON_BYTES = 8 * 2**20
"""Searched in an instant by any picker: a search is not begun anew for so little."""


class Matches:
    """The lines that fit, searched in slices from a place to both ends: 8 bytes a line. Grows with the log.

    Reads as `Lines`, as far as it is searched. One thread may search while others read.

    :param place: the byte at which the search begins; one at which a line begins.
    :param stage: only its lines count; it holds ``place``.
    """

    def __init__(self, log: LogFile, picker: LinePicker, place: int = 0, stage: StageLines | None = None) -> None:
        self.log = log
        self.picker = picker
        self._stage = stage
        self._begin_at(place)

    def _begin_at(self, place: int) -> None:
        self._place = place
        self._searched = place
        """Where the search goes on: after whole lines, or within one that is longer than a slice."""
        self._line_start = place
        self._ended = False
        self._at_end = False
        self._after = array("q")
        self._searched_back_to = place
        self._before = array("q")
        """Lines before the place, the nearest first, as negative offsets: so they ascend like those after it."""
        self._uncertain = array("q")
        """Lines before those: of the stage, if it turns out to have begun so early."""

    def around(self, place: int) -> Matches:
        """The same lines, searched from another place; what is known of them is given up."""
        return Matches(self.log, self.picker, place, self._stage)

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    @property
    def complete(self) -> bool:
        """Whether every whole line was searched at the last look."""
        return self._searched_back_to == 0 and self._at_end

    @property
    def at_end(self) -> bool:
        """Whether every whole line after the place was searched at the last look."""
        return self._at_end

    def reaches(self, offset: int) -> bool:
        """Whether the lines around a byte are searched, soon will be, or can't be before those on the way there."""
        if self._stage:  # whether it holds that byte, only searching on tells
            return True
        searched = self._searched_back_to <= offset <= self._searched + SOON_BYTES
        return searched or self.complete

    def advance(self, limit: int = SLICE_BYTES) -> bool:
        """Search on, by at most ``limit`` bytes to each side; whether something is left to search."""
        size = self.log.size()
        if size < self._searched:  # truncated: another log under the same name
            self._begin_at(0)
        if not self._ended:
            self._search_on(size, limit)
        if self._searched_back_to > 0:
            self._search_back(limit)
        return not self.complete

    def _search_on(self, size: int, limit: int) -> None:
        block = whole_lines(self.log.read(self._searched, max(min(limit, size - self._searched), 0)))
        block, finished = self._before_end(block)
        if not finished and len(block) < limit and not self._ended:
            self._at_end = True  # an unfinished last line is searched when it is whole
            return
        for at in self.picker.line_starts(block):
            start = self._searched + at if at else self._line_start
            if not self._after or self._after[-1] < start:
                self._after.append(start)
        self._searched += len(block)
        if finished:
            self._line_start = self._searched
        self._at_end = self._searched >= size or self._ended

    def _before_end(self, block: bytes) -> tuple[bytes, bool]:
        """The lines that still count, and whether the last of them is whole."""
        end = self._stage.end_in(block) if self._stage else None
        if end is not None:
            self._ended = True
            block = block[:end]
        return block, block.endswith(b"\n")

    def _search_back(self, limit: int) -> None:
        stop = self._searched_back_to
        start = self.log.line_start(max(stop - limit, 0))
        block = self.log.read(start, min(stop - start, LONGEST_LINE_BYTES))
        begun, preceded = self._stage.beginning_in(block) if self._stage else (0, False)
        found = array("q", self.picker.line_starts(block))
        self._uncertain.extend(-(start + at) for at in reversed(found))
        if begun is not None:
            certain = bisect_right(self._uncertain, -(start + begun))
            self._before.extend(self._uncertain[:certain])
            del self._uncertain[:certain]
        self._searched_back_to = 0 if preceded else start
        if self._searched_back_to == 0:
            self._uncertain = array("q")  # another stage's

    def rank(self, offset: int) -> int:
        """How many of the known lines begin at or before a byte."""
        return len(self._before) + self._index(offset + 1)

    def lines_from(self, offset: int, count: int) -> list[LogLine]:
        first = self._index(offset)
        return self._lines(first, first + count)

    def lines_before(self, offset: int, count: int) -> list[LogLine]:
        after = self._index(offset)
        return self._lines(after - count, after)

    def _index(self, offset: int) -> int:
        """Of the first line at or after a byte: from 0 on after the place, below 0 before it, so that none moves."""
        if offset >= self._place:
            return bisect_left(self._after, offset)
        return -bisect_right(self._before, -offset)

    def _lines(self, first: int, after: int) -> list[LogLine]:
        before = self._before  # another one after a truncation
        offsets = [-before[-1 - index] for index in range(max(first, -len(before)), min(after, 0))]
        offsets += self._after[max(first, 0) : max(after, 0)]
        return [line for offset in offsets for line in self.log.lines_from(offset, 1)]
