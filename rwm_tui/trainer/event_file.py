"""TensorBoard event files: TFRecord frames around a few fields of the ``Event`` protocol buffer.

Formats: TensorFlow's ``record_writer.cc`` (frame: length, masked CRC-32C of it, payload, masked CRC-32C of that) and
``event.proto``/``summary.proto`` (wall_time = 1, step = 2, file_version = 3, summary = 5; value = 1, tag = 1,
simple_value = 2). Only scalars are written.
"""

import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from rwm_tui.core.errors import InputError

_CRC32C_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


class EventFile:
    """``events.out.tfevents.<unix time>.<host>.<pid>.0`` in a folder; every batch of scalars is flushed.

    :raises InputError: from every method, where the disk is full or not writable.
    """

    def __init__(self, folder: Path) -> None:
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.0"
        self.path = folder / name
        self._file = self._opened()
        self._write(_text_field(3, "brain.Event:2"))

    def add_scalars(self, values: Mapping[str, float], step: int) -> None:
        """One event per tag, as the reference's writer does."""
        for tag, value in values.items():
            entry = _text_field(1, tag) + _tag(2, 5) + struct.pack("<f", value)
            self._write(_tag(2, 0) + _varint(step) + _bytes_field(5, _bytes_field(1, entry)))

    def close(self) -> None:
        self._file.close()

    def _write(self, fields: bytes) -> None:
        payload = _tag(1, 1) + struct.pack("<d", time.time()) + fields
        length = struct.pack("<Q", len(payload))
        try:
            self._file.write(length + _masked_crc(length) + payload + _masked_crc(payload))
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("wb")
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> InputError:
        message = f"{self.path}: {error.strerror or error}"
        return InputError("event file not written", message, "free disk space or choose another --logs DIR")


def _tag(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _bytes_field(field: int, content: bytes) -> bytes:
    return _tag(field, 2) + _varint(len(content)) + content


def _text_field(field: int, text: str) -> bytes:
    return _bytes_field(field, text.encode())


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_CRC32C_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc32c(content: bytes) -> int:
    """CRC-32C (Castagnoli) of some bytes."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _masked_crc(content: bytes) -> bytes:
    crc = crc32c(content)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + _MASK_DELTA) & 0xFFFFFFFF)
