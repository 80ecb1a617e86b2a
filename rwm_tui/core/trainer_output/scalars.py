"""Scalars of a TensorBoard event file, read as it grows and without TensorFlow.

The file is a row of TFRecord frames: length (8 bytes), masked CRC-32C of the length (4), payload, masked CRC-32C of the
payload (4), as TensorFlow's core/lib/io/record_writer.h has it. Every payload that is taken fits its checksum.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.trainer_output.crc32c import CHECKSUM_BYTES, first_damaged, masked_crc
from rwm_tui.core.trainer_output.scalar_events import Scalar, ScalarDecoder

# A scalar takes some 60 bytes and a figure up to a few MB; what is longer than the first is skipped unread.
MAX_SCALAR_RECORD_BYTES = 16 * 1024
MAX_RECORD_BYTES = 256 * 1024 * 1024
MAX_SCALARS_PER_READ = 100_000

_BLOCK_BYTES = 1024 * 1024
_HEADER_BYTES = 12

__all__ = ["Scalar", "ScalarReader"]


class ScalarReader:
    """Reads what an event file has gained since the last look.

    Attributes:
        finding: why nothing more can be read from this file; None while all is well. An unfinished last record is no
            finding: it waits for its rest.
        waiting_bytes: length of that unfinished record's part which is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.finding: Unreadable | None = None
        self.waiting_bytes = 0
        self._offset = 0
        self._lengths: dict[bytes, int] = {}  # by header, of scalars' records: its checksum is looked at once
        self._decoder = ScalarDecoder()

    def read_new(self) -> list[Scalar]:
        """The scalars of the records complete by now; never raises on content.

        Once `MAX_SCALARS_PER_READ` is reached the rest is left for the next call.
        """
        if self.finding:
            return []
        opened = open_regular(self.path)
        if isinstance(opened, Absent):
            return []
        if isinstance(opened, Unreadable):
            self.finding = opened
            return []
        try:
            with opened as file:
                return self._read_records(file)
        except OSError as error:
            self.finding = Unreadable("not-read", error.strerror or "reading failed")
            return []

    def _read_records(self, file: BinaryIO) -> list[Scalar]:
        size = file.seek(0, 2)
        if size < self._offset:
            self._stop("shrunk", f"the file became shorter: {size} bytes after {self._offset} were read")
            return []
        scalars: list[Scalar] = []
        while len(scalars) < MAX_SCALARS_PER_READ and not self.finding:
            before = self._offset
            scalars += self._read_block(file, size)
            if self._offset == before:
                break
        self.waiting_bytes = size - self._offset
        return scalars

    def _read_block(self, file: BinaryIO, size: int) -> list[Scalar]:
        """The scalars of the next records; moves on behind them."""
        began = file.seek(self._offset)
        block = file.read(_BLOCK_BYTES)
        records: list[bytes] = []
        places: list[int] = []
        place = 0
        while (length := self._length_of(block[place : place + _HEADER_BYTES], began + place)) is not None:
            end = place + _HEADER_BYTES + length + CHECKSUM_BYTES
            if length > MAX_SCALAR_RECORD_BYTES:
                if began + end > size:
                    break
            elif end > len(block):
                break
            else:
                records.append(block[place + _HEADER_BYTES : end])
                places.append(place)
            place = end
        damaged = first_damaged(records)
        if damaged is not None:
            place = places[damaged]
            self._stop("damaged", f"wrong checksum of the record at byte {began + place}")
        self._offset = began + place
        return self._decoder.scalars(records[:damaged])

    def _length_of(self, header: bytes, place: int) -> int | None:
        """The payload's length; None where the header is not whole, or a finding."""
        known = self._lengths.get(header)
        if known is not None or len(header) < _HEADER_BYTES:
            return known
        length, checksum = struct.unpack("<QI", header)
        if masked_crc(header[:8]) != checksum:
            self._stop("damaged", f"wrong checksum of the record at byte {place}")
            return None
        if length > MAX_RECORD_BYTES:
            self._stop("damaged", f"absurd length of the record at byte {place}: {length} bytes")
            return None
        if length <= MAX_SCALAR_RECORD_BYTES:
            self._lengths[header] = length
        return int(length)

    def _stop(self, kind: str, reason: str) -> None:
        self.finding = Unreadable(kind, reason)
