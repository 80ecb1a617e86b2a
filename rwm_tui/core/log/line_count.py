"""Line numbers of a log that is addressed by bytes, counted in slices while it is looked at."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right

from rwm_tui.core.log.log_file import LogFile

BLOCK_BYTES = 256 * 1024
SLICE_BYTES = 8 * 2**20


class LineCount:
    """How many lines end before each block; 8 bytes for every `BLOCK_BYTES` of log."""

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._counting = threading.Lock()
        self._ends = array("Q", [0])
        self.counted = 0
        """Bytes that are counted."""
        self.lines = 0
        """Line ends among them."""
        self._finished = True

    @property
    def total(self) -> int:
        """Lines so far, an unfinished last one among them."""
        return self.lines + (not self._finished)

    def advance(self, limit: int = SLICE_BYTES) -> bool:
        """Count on, by at most ``limit`` bytes; whether something is left to count.

        Counting goes on in one thread while a jump to a line counts in another: each byte is counted once.
        """
        with self._counting:
            return self._advance(limit)

    def _advance(self, limit: int) -> bool:
        size = self._log.size()
        if size < self.counted:  # truncated: another log under the same name
            self._ends, self.counted, self.lines = array("Q", [0]), 0, 0
            self._finished = True
        stop = min(size, self.counted + limit)
        while self.counted < stop:
            room = BLOCK_BYTES - self.counted % BLOCK_BYTES
            block = self._log.read(self.counted, min(room, stop - self.counted))
            if not block:
                return False
            self.lines += block.count(b"\n")
            self.counted += len(block)
            self._finished = block.endswith(b"\n")
            if self.counted % BLOCK_BYTES == 0:
                self._ends.append(self.lines)
        return self.counted < size

    def number_at(self, offset: int) -> int | None:
        """The number, from 0, of the line that begins at a byte; None where the count has not come so far."""
        if offset > self.counted:
            return None
        block = offset // BLOCK_BYTES
        start = block * BLOCK_BYTES
        return self._ends[block] + self._log.read(start, offset - start).count(b"\n")

    def offset_of(self, number: int) -> int | None:
        """Where a line begins; None where the log has no such line, as far as it is counted."""
        if number < 0 or number > self.lines:
            return None
        if number == 0:
            return 0
        block = bisect_right(self._ends, number - 1) - 1
        start = block * BLOCK_BYTES
        missing = number - self._ends[block]
        data = self._log.read(start, BLOCK_BYTES)
        at = -1
        for _ in range(missing):
            at = data.find(b"\n", at + 1)
        return start + at + 1
