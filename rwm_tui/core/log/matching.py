"""Which lines of a log fit a query, found in slices of bytes, forwards, backwards or counted as a whole.

A query is a text, or a regular expression between slashes: ``/loss: (nan|inf)/``. Like in less and vim, it heeds case
only where it holds an upper-case letter. It is held against the bytes as they are in the file.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.log_file import LogFile, LogLine

SLICE_BYTES = 2**20
LONGEST_LINE_BYTES = 16 * 2**20
NEVER: Callable[[], bool] = lambda: False  # noqa: E731


class LinePicker(Protocol):
    """Says which lines of a log are wanted."""

    @property
    def text(self) -> str:
        """What is wanted, in words."""
        ...

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the wanted lines begin, in a block that begins with a line."""
        ...


@dataclass(frozen=True)
class Matcher:
    """Finds a query in bytes.

    :param pattern: where it is a regular expression, it alone is used.
    :param needle: the bytes of a plain text.
    :param folds_case: the query is in lower case and is held against the line in lower case.
    :param inverted: the lines that do *not* fit are meant.
    """

    text: str
    needle: bytes = b""
    pattern: re.Pattern[bytes] | None = None
    folds_case: bool = False
    inverted: bool = False

    def fits(self, line: bytes) -> bool:
        return self._holds(line) != self.inverted

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the lines begin that fit, in a block that begins with a line."""
        if self.inverted:
            yield from self._others(block)
            return
        searched = block.lower() if self.folds_case else block
        position = 0
        while (found := self._find(searched, position)) >= 0:
            yield block.rfind(b"\n", 0, found) + 1
            position = block.find(b"\n", found) + 1
            if position == 0:
                return

    def _others(self, block: bytes) -> Iterator[int]:
        start = 0
        for line in block.split(b"\n"):
            if start < len(block) and not self._holds(line):
                yield start
            start += len(line) + 1

    def _holds(self, line: bytes) -> bool:
        return self._find(line.lower() if self.folds_case else line, 0) >= 0

    def _find(self, searched: bytes, position: int) -> int:
        if self.pattern is None:
            return searched.find(self.needle, position)
        found = self.pattern.search(searched, position)
        return found.start() if found else -1


def parse_query(text: str) -> Matcher:
    """
    :raises InputError: for an empty query, or a regular expression that is none.
    """
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        expression = text[1:-1]
        folds = not _has_upper(re.sub(r"\\.", "", expression))
        try:
            return Matcher(text, pattern=re.compile(expression.encode(), re.MULTILINE), folds_case=folds)
        except (re.error, OverflowError, RecursionError) as error:
            raise InputError(
                "no such pattern", f"{text}: {error}", "text without slashes around it is taken literally"
            ) from error
    if not text:
        raise InputError("nothing to look for", "the query is empty", "type a text, or a /regular expression/")
    folds = not _has_upper(text)
    return Matcher(text, needle=text.encode(errors="replace"), folds_case=folds)


def _has_upper(text: str) -> bool:
    return text != text.lower()


def next_match(log: LogFile, matcher: LinePicker, offset: int, cancelled: Callable[[], bool] = NEVER) -> int | None:
    """Where the first line begins that fits, from a line's beginning on."""
    while not cancelled() and (block := _whole_lines(log.read(offset, SLICE_BYTES))):
        found = next(matcher.line_starts(block), None)
        if found is not None:
            return log.line_start(offset + found)
        offset += len(block)
    return None


def previous_match(log: LogFile, matcher: LinePicker, offset: int, cancelled: Callable[[], bool] = NEVER) -> int | None:
    """Where the last line begins that fits and begins before a line's beginning."""
    while offset > 0 and not cancelled():
        start = log.line_start(max(offset - SLICE_BYTES, 0))
        found = list(matcher.line_starts(log.read(start, min(offset - start, LONGEST_LINE_BYTES))))
        if found:
            return start + found[-1]
        offset = start
    return None


class Matches:
    """Every line that fits, counted in slices: 8 bytes a line. Grows with the log; reads as `Lines`.

    :param first: the byte from which on lines count; one at which a line begins.
    :param end: finds the line from which on no line counts any more.
    """

    def __init__(self, log: LogFile, picker: LinePicker, first: int = 0, end: LinePicker | None = None) -> None:
        self.log = log
        self.picker = picker
        self._first = first
        self._end = end
        self._last: int | None = None
        self.searched = first
        """Bytes that are searched: whole lines, or a part of one that is longer than a slice."""
        self.complete = False
        """Whether every whole line was searched at the last look."""
        self._line_start = first
        self._offsets = array("Q")

    def __len__(self) -> int:
        return len(self._offsets)

    def advance(self, limit: int = SLICE_BYTES) -> bool:
        """Search on, by at most ``limit`` bytes; whether something is left to search."""
        size = self.log.size()
        if size < self.searched:  # truncated: another log under the same name
            self.searched, self._line_start, self._offsets = self._first, self._first, array("Q")
            self._last = None
        if self._last is not None:
            return False
        block = _whole_lines(self.log.read(self.searched, max(min(limit, size - self.searched), 0)))
        block, ended = self._before_end(block)
        if (
            not ended and len(block) < limit and self._last is None
        ):  # an unfinished last line is searched when it is whole
            self.complete = True
            return False
        for at in self.picker.line_starts(block):
            start = self.searched + at if at else self._line_start
            if not self._offsets or self._offsets[-1] < start:
                self._offsets.append(start)
        self.searched += len(block)
        if ended:
            self._line_start = self.searched
        self.complete = self.searched >= size or self._last is not None
        return not self.complete

    def _before_end(self, block: bytes) -> tuple[bytes, bool]:
        """The lines that still count, and whether the last of them is whole."""
        last = next(self._end.line_starts(block), None) if self._end else None
        if last is not None:
            self._last = self.searched + last
            block = block[:last]
        return block, block.endswith(b"\n")

    def rank(self, offset: int) -> int:
        """How many of the lines that fit begin at or before a byte."""
        return bisect_right(self._offsets, offset)

    def lines_from(self, offset: int, count: int) -> list[LogLine]:
        first = bisect_left(self._offsets, offset)
        return self._lines(first, first + count)

    def lines_before(self, offset: int, count: int) -> list[LogLine]:
        after = bisect_left(self._offsets, offset)
        return self._lines(max(after - count, 0), after)

    def _lines(self, first: int, after: int) -> list[LogLine]:
        return [line for offset in self._offsets[first:after] for line in self.log.lines_from(offset, 1)]


def _whole_lines(block: bytes) -> bytes:
    """Without the unfinished line at its end, unless that is all there is."""
    return block[: block.rfind(b"\n") + 1] or block
