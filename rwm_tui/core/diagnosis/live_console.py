"""The console of a launch that goes on, scanned as it grows, a bounded piece at a time."""

from __future__ import annotations

from pathlib import Path

from rwm_tui.core.diagnosis.console_chunks import CHUNK_BYTES, MAX_LINE_BYTES, cleaned
from rwm_tui.core.diagnosis.console_reading import ConsoleReading
from rwm_tui.core.diagnosis.console_scan import LINES_AFTER, ConsoleScan
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable


class LiveConsole:
    """Reads on at each `advance`. The last lines wait for those that follow them, until nothing more comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin()

    def _begin(self) -> None:
        self._scan = ConsoleScan()
        self._offset = 0
        self._waiting: list[bytes] = []
        self._unfinished = b""
        self.is_behind = False
        """Whether the last look left something unread."""

    @property
    def reading(self) -> ConsoleReading:
        """What was found so far."""
        return self._scan.reading

    def advance(self, limit: int = CHUNK_BYTES) -> bool:
        """Read on by at most ``limit`` bytes; whether something was there to read."""
        data = self._read(limit)
        *lines, rest = (self._unfinished + data).split(b"\n")
        self._unfinished = rest if len(rest) <= MAX_LINE_BYTES else rest[:MAX_LINE_BYTES]
        self._waiting += lines
        ready = len(self._waiting) - LINES_AFTER if data else len(self._waiting)
        if ready > 0:
            self._scan.feed(cleaned(b"\n".join(self._waiting[:ready])))
            del self._waiting[:ready]
        return bool(data)

    def _read(self, limit: int) -> bytes:
        opened = open_regular(self._path)
        if isinstance(opened, Absent | Unreadable):
            return b""
        with opened:
            size = opened.seek(0, 2)
            if size < self._offset:  # another console under the same name
                self._begin()
            opened.seek(self._offset)
            data = opened.read(limit)
        self._offset += len(data)
        self.is_behind = self._offset < size
        return data
