"""CRC-32C (Castagnoli, RFC 3720) as TFRecord stores it: rotated and offset. Many records are checked at once.

The checksum goes through a message byte by byte, each step a look-up in one table. The same step of many messages is a
few operations on long numbers and `bytes.translate`, about twenty times quicker than a loop over every byte.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence

CHECKSUM_BYTES = 4

_FEW = 24  # records; for fewer, one at a time is quicker
_MASK_DELTA = 0xA282EAD8


def first_damaged(records: Sequence[bytes]) -> int | None:
    """The index of the first record whose payload does not fit the checksum behind it; None where all fit.

    Args:
        records: each a payload, and the 4 bytes of its masked checksum.
    """
    of_like_length = defaultdict(list)
    for record in records:
        of_like_length[len(record).bit_length()].append(record)
    if all(map(_are_sound, of_like_length.values())):
        return None
    return next(index for index, record in enumerate(records) if not _is_sound(record))


def masked_crc(data: bytes) -> int:
    crc = _crc(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _is_sound(record: bytes) -> bool:
    return masked_crc(record[:-CHECKSUM_BYTES]) == int.from_bytes(record[-CHECKSUM_BYTES:], "little")


def _are_sound(records: list[bytes]) -> bool:
    if len(records) < _FEW:
        return all(map(_is_sound, records))
    records.sort(key=len)
    lengths = [len(record) for record in records]
    stored, computed = _stored_planes(records), _planes_from_zero(records)
    return all(
        one ^ other == start for one, other, start in zip(stored, computed, _planes_of_starts(lengths), strict=True)
    )


def _planes_from_zero(records: Sequence[bytes]) -> tuple[int, int, int, int]:
    """The checksums that begin at 0, where zeros in front change nothing: so all payloads get one length.

    A plane has one byte of every checksum, the lowest byte's plane first; its byte N belongs to record N.
    """
    count, width = len(records), len(records[-1])
    rows = b"".join([record.rjust(width, b"\0") for record in records])
    lowest = second = third = highest = 0
    for place in range(width - CHECKSUM_BYTES):
        index = (lowest ^ int.from_bytes(rows[place::width], "little")).to_bytes(count, "little")
        lowest = second ^ int.from_bytes(index.translate(_PLANES[0]), "little")
        second = third ^ int.from_bytes(index.translate(_PLANES[1]), "little")
        third = highest ^ int.from_bytes(index.translate(_PLANES[2]), "little")
        highest = int.from_bytes(index.translate(_PLANES[3]), "little")
    return lowest, second, third, highest


def _planes_of_starts(sorted_lengths: Sequence[int]) -> Iterable[int]:
    """What the real start value adds to each checksum: that of as many zeros, since the checksum is linear."""
    starts = {length: _crc(bytes(length - CHECKSUM_BYTES)) for length in set(sorted_lengths)}
    packed = b"".join([struct.pack("<I", starts[length]) for length in sorted_lengths])
    return (int.from_bytes(packed[plane::4], "little") for plane in range(4))


def _stored_planes(records: Sequence[bytes]) -> Iterable[int]:
    """The checksums behind the payloads, without offset and rotation: all in one number, 64 bits for each."""
    lanes = b"".join([record[-CHECKSUM_BYTES:] + b"\0\0\0\0" for record in records])
    every_lane = int.from_bytes(b"\1\0\0\0\0\0\0\0" * len(records), "little")
    low_bits = every_lane * 0xFFFFFFFF
    rotated = int.from_bytes(lanes, "little") + every_lane * (2**32 - _MASK_DELTA) & low_bits
    stored = ((rotated >> 17 | rotated << 15) & low_bits).to_bytes(len(lanes), "little")
    return (int.from_bytes(stored[plane::8], "little") for plane in range(4))


def _crc(data: bytes) -> int:
    table = _TABLE
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_TABLE = _table()
_PLANES = tuple(struct.pack("<256I", *_TABLE)[plane::4] for plane in range(4))
