"""Scalars of a TensorBoard event file, read as it grows and without TensorFlow.

The file is a row of TFRecord frames: length (8 bytes), masked CRC-32C of the length (4), payload, masked CRC-32C of the
payload (4). The payload is an `Event` message, read here only as far as scalars need it (TensorFlow's
core/lib/io/record_writer.h, core/util/event.proto, core/framework/summary.proto).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

# A scalar takes some 60 bytes and a figure up to a few MB; what is longer than the first is skipped unread.
MAX_SCALAR_RECORD_BYTES = 16 * 1024
MAX_RECORD_BYTES = 256 * 1024 * 1024
MAX_SCALARS_PER_READ = 100_000
MAX_TAG_CHARACTERS = 200

_HEADER_BYTES = 12
_FOOTER_BYTES = 4
_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Scalar:
    """One logged number. `step`: the iteration, but seconds for `…/time` tags; `wall_time`: seconds since the epoch."""

    tag: str
    step: int
    value: float
    wall_time: float


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

    def read_new(self) -> list[Scalar]:
        """The scalars of the records complete by now, at most `MAX_SCALARS_PER_READ`; never raises on content."""
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
            return self._stop("shrunk", f"the file became shorter: {size} bytes after {self._offset} were read")
        file.seek(self._offset)
        scalars: list[Scalar] = []
        while len(scalars) < MAX_SCALARS_PER_READ:
            header = file.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:
                break
            length, length_crc = struct.unpack("<QI", header)
            if _masked_crc(header[:8]) != length_crc:
                return scalars + self._stop("damaged", f"wrong checksum of the record at byte {self._offset}")
            if length > MAX_RECORD_BYTES:
                return scalars + self._stop(
                    "damaged", f"absurd length of the record at byte {self._offset}: {length} bytes"
                )
            end = self._offset + _HEADER_BYTES + length + _FOOTER_BYTES
            if end > size:
                break
            if length <= MAX_SCALAR_RECORD_BYTES:
                body = file.read(length + _FOOTER_BYTES)
                if len(body) < length + _FOOTER_BYTES:
                    break
                payload = body[:length]
                if _masked_crc(payload) != struct.unpack("<I", body[length:])[0]:
                    return scalars + self._stop("damaged", f"wrong checksum of the record at byte {self._offset}")
                scalars.extend(_scalars_of(payload))
            else:
                file.seek(end)
            self._offset = end
        self.waiting_bytes = size - self._offset
        return scalars

    def _stop(self, kind: str, reason: str) -> list[Scalar]:
        self.finding = Unreadable(kind, reason)
        return []


def _scalars_of(payload: bytes) -> list[Scalar]:
    """The scalars of one `Event` message; none where it holds something else or is no such message."""
    wall_time, step = 0.0, 0
    summaries: list[bytes] = []
    try:
        for number, wire, value in _fields(payload):
            if number == 1 and wire == _FIXED64:
                (wall_time,) = struct.unpack("<d", _as_bytes(value))
            elif number == 2 and isinstance(value, int):
                step = value if value < 1 << 63 else value - (1 << 64)
            elif number == 5 and wire == _LENGTH_DELIMITED:
                summaries.append(_as_bytes(value))
        return [
            Scalar(tag, step, number_logged, wall_time)
            for summary in summaries
            for field, wire, value in _fields(summary)
            if field == 1 and wire == _LENGTH_DELIMITED
            for tag, number_logged in _simple_value(_as_bytes(value))
        ]
    except (ValueError, struct.error):
        return []


def _simple_value(message: bytes) -> Iterator[tuple[str, float]]:
    tag: str | None = None
    number_logged: float | None = None
    for field, wire, value in _fields(message):
        if field == 1 and wire == _LENGTH_DELIMITED:
            tag = _as_bytes(value).decode("utf-8", "replace")[:MAX_TAG_CHARACTERS]
        elif field == 2 and wire == _FIXED32:
            (number_logged,) = struct.unpack("<f", _as_bytes(value))
    if tag is not None and number_logged is not None:
        yield tag, number_logged


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes belong")
    return value


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Field number, wire type and value of each field of a protocol buffer message; ValueError where it is none."""
    position, end = 0, len(message)
    while position < end:
        key, position = _varint(message, position)
        wire = key & 7
        if wire == _VARINT:
            number, position = _varint(message, position)
            yield key >> 3, wire, number
            continue
        if wire == _LENGTH_DELIMITED:
            length, position = _varint(message, position)
        elif wire == _FIXED64:
            length = 8
        elif wire == _FIXED32:
            length = 4
        else:
            raise ValueError(f"wire type {wire}")
        if position + length > end:
            raise ValueError("a field is longer than its message")
        yield key >> 3, wire, message[position : position + length]
        position += length


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number without end")


def _crc32c_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC32C = _crc32c_table()


def _masked_crc(data: bytes) -> int:
    """CRC-32C (Castagnoli), rotated and offset as TFRecord stores it."""
    table = _CRC32C
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
