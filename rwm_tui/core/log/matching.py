"""Which lines of a log fit a query, found in slices of bytes, forwards or backwards.

A query is a text, or a regular expression between slashes: ``/loss: (nan|inf)/``. Like in less and vim, it heeds case
only where it holds an upper-case letter. It is held against the bytes as they are in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.log_file import LogFile

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
    """

    text: str
    needle: bytes = b""
    pattern: re.Pattern[bytes] | None = None
    folds_case: bool = False

    def fits(self, line: bytes) -> bool:
        return self._find(line.lower() if self.folds_case else line, 0) >= 0

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the lines begin that fit, in a block that begins with a line."""
        searched = block.lower() if self.folds_case else block
        position = 0
        while (found := self._find(searched, position)) >= 0:
            yield block.rfind(b"\n", 0, found) + 1
            position = block.find(b"\n", found) + 1
            if position == 0:
                return

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
    while not cancelled() and (block := whole_lines(log.read(offset, SLICE_BYTES))):
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


def whole_lines(block: bytes) -> bytes:
    """Without the unfinished line at its end, unless that is all there is."""
    return block[: block.rfind(b"\n") + 1] or block
