"""Lines of a log by byte offset: nothing but what is looked at is read, so a gigabyte opens like a page."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log.

    :param offset: byte at which it begins.
    :param end: byte after its line end, where the next line begins; for an unfinished last line the file's size.
    :param raw: its bytes without the line end, `BLOCK_BYTES` of them at most.
    """

    offset: int
    end: int
    raw: bytes


class Lines(Protocol):
    """What a page is cut from: a log, or the lines of it that a filter lets through."""

    def lines_from(self, offset: int, count: int) -> list[LogLine]:
        """At most ``count`` lines, the first of them at or after a line's beginning."""
        ...

    def lines_before(self, offset: int, count: int) -> list[LogLine]:
        """At most ``count`` lines that begin before a line's beginning, the last of them right before it."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """An open file up to a byte."""

    file: int
    end: int | None

    def read(self, count: int, offset: int) -> bytes:
        if self.end is not None:
            count = min(count, max(self.end - offset, 0))
        return os.pread(self.file, count, offset)


class LogFile:
    """A growing file, opened for each look, so that one that was truncated or replaced is read as it is now.

    A file that is missing, unreadable or not a regular one reads as empty.

    :param limit: bytes after which the file counts as ended; a replay moves it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.limit: int | None = None

    def size(self) -> int:
        try:
            found = self.path.stat()
        except OSError:
            return 0
        size = found.st_size if stat.S_ISREG(found.st_mode) else 0
        return size if self.limit is None else min(size, self.limit)

    def read(self, offset: int, count: int) -> bytes:
        with self._opened() as file:
            return b"" if file is None else file.read(count, offset)

    def lines_from(self, offset: int, count: int) -> list[LogLine]:
        with self._opened() as file:
            return [] if file is None else _lines_from(file, offset, count)

    def lines_before(self, offset: int, count: int) -> list[LogLine]:
        with self._opened() as file:
            if file is None:
                return []
            start = _start_of_lines_before(file, offset, count)
            return [line for line in _lines_from(file, start, count) if line.offset < offset]

    def line_start(self, offset: int) -> int:
        """Where the line begins that holds a byte."""
        with self._opened() as file:
            return 0 if file is None else _after_last_line_end(file, offset)

    def line_end(self, offset: int) -> int:
        """Where the line after the one begins that holds a byte; the size of the log where none does."""
        with self._opened() as file:
            return 0 if file is None else _line_end(file, offset)

    @contextmanager
    def _opened(self) -> Iterator[_Part | None]:
        try:  # a FIFO opened for reading would wait for its writer
            file = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            yield None
            return
        try:
            yield _Part(file, self.limit) if stat.S_ISREG(os.fstat(file).st_mode) else None
        finally:
            os.close(file)


def _lines_from(file: _Part, offset: int, count: int) -> list[LogLine]:
    lines: list[LogLine] = []
    while len(lines) < count and (block := file.read(BLOCK_BYTES, offset)):
        *whole, _ = block.split(b"\n", count - len(lines))
        for raw in whole:
            lines.append(LogLine(offset, offset + len(raw) + 1, raw))
            offset += len(raw) + 1
        if not whole:  # longer than a block, or unfinished
            end = _line_end(file, offset + len(block))
            lines.append(LogLine(offset, end, block))
            offset = end
    return lines


def _line_end(file: _Part, offset: int) -> int:
    """The byte after the next line end, else the end of the file."""
    while block := file.read(BLOCK_BYTES, offset):
        if (at := block.find(b"\n")) >= 0:
            return offset + at + 1
        offset += len(block)
    return offset


def _start_of_lines_before(file: _Part, offset: int, count: int) -> int:
    """Where the first of ``count`` lines before a line's beginning begins; an unfinished last line counts as one."""
    if count <= 0 or offset <= 0:
        return offset
    end = offset - 1 if file.read(1, offset - 1) == b"\n" else offset
    while end > 0:
        start = max(end - BLOCK_BYTES, 0)
        block = file.read(end - start, start)
        at = len(block)
        while (at := block.rfind(b"\n", 0, at)) >= 0:
            count -= 1
            if count == 0:
                return start + at + 1
        end = start
    return 0


def _after_last_line_end(file: _Part, offset: int) -> int:
    """The byte after the last line end before a byte, 0 where there is none."""
    while offset > 0:
        start = max(offset - BLOCK_BYTES, 0)
        block = file.read(offset - start, start)
        if (at := block.rfind(b"\n")) >= 0:
            return start + at + 1
        offset = start
    return 0
