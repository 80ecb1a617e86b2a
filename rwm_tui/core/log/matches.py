"""Every line of a log that fits, known around a place first: the page that is looked at fills at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from rwm_tui.core.log.landmarks import StageLines
from rwm_tui.core.log.log_file import LogFile, LogLine
from rwm_tui.core.log.matching import SLICE_BYTES, LinePicker, previous_match, slice_before, slice_from

SOON_BYTES = 8 * 2**20
"""Searched in an instant by any picker: a search is not begun anew for so little."""


class Matches:
    """The lines that fit, searched in slices from a place to both ends: 8 bytes a line. Grows with the log.

    Reads as `Lines`, as far as it is searched. One thread may search while others read. An unfinished last line counts
    as it is by now.

    :param place: the byte at which the search begins; one at which a line begins.
    :param stage: only its lines count; it holds ``place``.
    """

    def __init__(self, log: LogFile, picker: LinePicker, place: int = 0, stage: StageLines | None = None) -> None:
        self.log = log
        self.picker = picker
        self.stage = stage
        self._begin_at(place)

    def _begin_at(self, place: int) -> None:
        self._place = place
        self._searched = place
        """Where the next line begins that was not searched, or was unfinished."""
        self._ended = False
        self._at_end = False
        self._unfinished: int | None = None
        """Where the last line of those after the place begins, if it may turn out not to fit."""
        self._after = array("q")
        self._searched_back_to = place
        self._before = array("q")
        """Lines before the place, the nearest first, as negative offsets: so they ascend like those after it."""
        self._uncertain = array("q")
        """Lines before those: of the stage, if it turns out to have begun so early."""

    def around(self, place: int) -> Matches:
        """The same lines, searched from another place; what is known of them is given up."""
        return Matches(self.log, self.picker, place, self.stage)

    def __len__(self) -> int:
        """How many are known; where a replay has stopped, up to there."""
        limit = self.log.limit
        return len(self._before) + (len(self._after) if limit is None else self._index(limit))

    @property
    def complete(self) -> bool:
        """Whether every line was searched at the last look."""
        return self._searched_back_to == 0 and self._at_end

    @property
    def at_end(self) -> bool:
        """Whether every line after the place was searched at the last look."""
        return self._at_end

    @property
    def searched_bytes(self) -> int:
        return self._searched - self._searched_back_to

    def knows_from(self, offset: int) -> bool:
        """Whether no line is missing from a byte up to where the search has come."""
        return self._searched_back_to <= offset

    def reaches(self, offset: int) -> bool:
        """Whether the lines around a byte are searched, soon will be, or can't be before those on the way there."""
        if self.stage:  # whether it holds that byte, only searching on tells
            return True
        searched = self._searched_back_to <= offset <= self._searched + SOON_BYTES
        return searched or self.complete

    def is_of_stage(self, offset: int, beside: int) -> bool:
        """Whether the line that begins at a byte is of the stage of which another line is."""
        if self.stage is None:
            return True
        first, last = sorted((offset, beside))
        if first != beside and not self.stage.is_at(self.log, first):
            return False
        line = self.log.lines_from(last, 1)
        other = previous_match(self.log, self.stage.others, line[0].end if line else last, first=first)
        return other is None or other < first

    def advance(self, limit: int = SLICE_BYTES) -> bool:
        """Search on, by at most ``limit`` bytes to each side; whether something is left to search."""
        size = self.log.size()
        if size < self._searched and self.log.limit is None:  # truncated: another log under the same name
            self._begin_at(0)
            self._ended = self._at_end = self.stage is not None
        if size < self._searched:  # a replay went back: what is known stays known
            self._at_end = True
        elif not self._ended:
            self._search_on(size, limit)
        if self._searched_back_to > 0:
            self._search_back(limit)
        return not self.complete

    def _search_on(self, size: int, limit: int) -> None:
        part = slice_from(self.log, self._searched, limit)
        end = self.stage.end_in(part.block) if self.stage else None
        found = [part.start + at for at in self.picker.line_starts(part.block[:end])]
        if self._unfinished is not None and self._unfinished not in found[:1]:
            self._after.pop()
        self._after.extend(at for at in found if not self._after or self._after[-1] < at)
        self._unfinished = found[0] if found and not part.finished else None
        if end is not None:
            self._ended = True
        if end is not None or part.finished:
            self._searched = part.start + end if end is not None else part.end
        self._at_end = self._ended or not part.finished or self._searched >= size

    def _search_back(self, limit: int) -> None:
        part = slice_before(self.log, self._searched_back_to, limit)
        begun, preceded = self.stage.beginning_in(part.block) if self.stage else (0, False)
        found = array("q", self.picker.line_starts(part.block))
        self._uncertain.extend(-(part.start + at) for at in reversed(found))
        if begun is not None:
            certain = bisect_right(self._uncertain, -(part.start + begun))
            self._before.extend(self._uncertain[:certain])
            del self._uncertain[:certain]
        self._searched_back_to = 0 if preceded else part.start
        if self._searched_back_to == 0:
            self._uncertain = array("q")  # another stage's

    def rank(self, offset: int) -> int | None:
        """How many of the lines begin at or before a byte; None until all before it are known."""
        return len(self._before) + self._index(offset + 1) if self.knows_from(0) else None

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
