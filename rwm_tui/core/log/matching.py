"""Which lines of a log fit a query, found in slices of bytes, forwards or backwards.

A query is a text, or a regular expression between slashes: ``/loss: (nan|inf)/``. Like in less and vim, it heeds case
only where it holds an upper-case letter. It is held against the bytes as they are in the file, line by line; of a line
that is longer than `SLICE_BYTES` only against its beginning. For an expression, a carriage return at the end of a line
belongs to the line end, and a byte that is no UTF-8 is a question mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.expression import Expression, compile_expression
from rwm_tui.core.log.log_file import LogFile

SLICE_BYTES = 2**20
FEW_LINES = 50
"""So few of a slice are looked at one by one."""
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

    :param expression: where there is one, it alone is used.
    :param needle: the bytes of a plain text.
    :param folds_case: the plain text is in lower case and is held against the line in lower case.
    """

    text: str
    needle: bytes = b""
    expression: Expression | None = None
    folds_case: bool = False

    def fits(self, line: bytes) -> bool:
        if self.expression is not None:
            return bool(self.expression.search(_for_expressions(line.removesuffix(b"\r"))))
        return self.needle in (line.lower() if self.folds_case else line)

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the lines begin that fit, in a block that begins with a line."""
        if self.expression is not None:
            return _lines_fitting(self.expression, block)
        return lines_with(self.needle, block.lower() if self.folds_case else block)


@dataclass(frozen=True)
class Both:
    """Picks the lines that two pickers want.

    :param first: the one that picks fewer lines, or picks them faster.
    """

    first: LinePicker
    second: LinePicker

    @property
    def text(self) -> str:
        return self.first.text

    def line_starts(self, block: bytes) -> Iterator[int]:
        starts = list(self.first.line_starts(block))
        if len(starts) > FEW_LINES:
            wanted = set(self.second.line_starts(block))
            return (start for start in starts if start in wanted)
        return (start for start in starts if _picks(self.second, line_at(block, start)))


def _picks(picker: LinePicker, line: bytes) -> bool:
    return next(picker.line_starts(line + b"\n"), None) is not None  # an empty line would be none


def parse_query(text: str) -> Matcher:
    """
    :raises InputError: for an empty query, or a regular expression that is none.
    """
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            return Matcher(text, expression=_parse_expression(text[1:-1]))
        except ValueError as error:
            raise InputError(
                "no such pattern", f"{text}: {error}", "RE2's syntax; text without slashes around it is taken literally"
            ) from error
    if not text:
        raise InputError("nothing to look for", "the query is empty", "type a text, or a /regular expression/")
    needle, folds = text.encode(errors="replace"), not _has_upper(text)
    if folds and not text.isascii():  # bytes have no case beyond ASCII
        return Matcher(text, expression=compile_expression(re.escape(needle.decode()), folds_case=True))
    return Matcher(text, needle=needle, folds_case=folds)


def _parse_expression(text: str) -> Expression:
    without_escapes = re.sub(r"\\.", "", text)
    return compile_expression(text, folds_case=not _has_upper(without_escapes))


def _has_upper(text: str) -> bool:
    return text != text.lower()


def line_at(block: bytes, start: int) -> bytes:
    end = block.find(b"\n", start)
    return block[start : end if end >= 0 else len(block)]


def lines_with(needle: bytes, block: bytes) -> Iterator[int]:
    """Where the lines begin that hold a text."""
    position = block.find(needle)
    while position >= 0:
        yield block.rfind(b"\n", 0, position) + 1
        end = block.find(b"\n", position)
        position = block.find(needle, end) if end >= 0 else -1


def _lines_fitting(expression: Expression, block: bytes) -> Iterator[int]:
    text = _for_expressions(block)
    position = 0
    while position < len(block) and (hit := expression.search(text, position)) and hit.start() < len(block):
        within_line_end = block.startswith(b"\r\n", hit.start() - 1)
        if not within_line_end:
            yield block.rfind(b"\n", 0, hit.start()) + 1
        end = block.find(b"\n", hit.start())
        position = end + 1 if end >= 0 else len(block)


def _for_expressions(block: bytes) -> bytes:
    """The block in as many bytes, where ``$`` is before a carriage return too and ``.`` is any character."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n\n")
    return block if block.isascii() else block.decode(errors="surrogateescape").encode(errors="replace")


@dataclass(frozen=True)
class Slice:
    """Whole lines, or one that is unfinished, or the beginning of one that is longer than the slice.

    :param start: where the first line begins.
    :param end: where the next line begins.
    :param finished: whether a line ends there.
    """

    block: bytes
    start: int
    end: int
    finished: bool = True


def slice_from(log: LogFile, offset: int, limit: int = SLICE_BYTES) -> Slice:
    """From a line's beginning on; an empty one at the end of the log."""
    block = log.read(offset, limit)
    whole = block.rfind(b"\n") + 1
    if whole or not block:
        return Slice(block[:whole], offset, offset + whole)
    end = log.line_end(offset + len(block)) if len(block) == limit else offset + len(block)
    return Slice(block, offset, end, log.read(end - 1, 1) == b"\n")


def slice_before(log: LogFile, offset: int, limit: int = SLICE_BYTES) -> Slice:
    """Up to a line's beginning."""
    some = max(offset - limit, 0)
    start = log.line_start(some)
    if some - start > limit:  # within a line that is too long to be read with those after it
        after = log.line_end(some)
        if after < offset:
            start = after
        else:
            return Slice(log.read(start, limit), start, offset)
    return Slice(log.read(start, offset - start), start, offset)


def next_match(log: LogFile, matcher: LinePicker, offset: int, cancelled: Callable[[], bool] = NEVER) -> int | None:
    """Where the first line begins that fits, from a line's beginning on."""
    while not cancelled() and (part := slice_from(log, offset)).block:
        found = next(matcher.line_starts(part.block), None)
        if found is not None:
            return offset + found
        offset = part.end
    return None


def previous_match(
    log: LogFile, matcher: LinePicker, offset: int, cancelled: Callable[[], bool] = NEVER, *, first: int = 0
) -> int | None:
    """Where the last line begins that fits and begins before a line's beginning.

    :param first: it does not matter what begins before this byte.
    """
    while offset > first and not cancelled():
        part = slice_before(log, offset)
        found = list(matcher.line_starts(part.block))
        if found:
            return part.start + found[-1]
        offset = part.start
    return None
