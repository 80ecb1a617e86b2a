"""The scalars of TensorBoard's `Event` messages, decoded as far as scalars need it.

Field numbers are those of TensorFlow's core/util/event.proto and core/framework/summary.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import msgspec

from rwm_tui.core.trainer_output.crc32c import CHECKSUM_BYTES

MAX_TAG_CHARACTERS = 200

_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5
_WALL_TIME, _STEP, _SUMMARY = 1 << 3 | _FIXED64, 2 << 3 | _VARINT, 5 << 3 | _LENGTH_DELIMITED  # as keys of an event
_SIMPLE_VALUE = bytes([2 << 3 | _FIXED32])  # as the key of a summary's value

_MAX_KNOWN_BYTES = 300
_MAX_KNOWN = 10_000

_BEGINNING = struct.Struct("<BdBB")  # key and content of the wall time; the next key, and the byte after it
_FLOAT = struct.Struct("<f")


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """One logged number. `step`: the iteration, but seconds for `…/time` tags; `wall_time`: seconds since the epoch."""

    tag: str
    step: int
    value: float
    wall_time: float


class ScalarDecoder:
    """Decodes events. Those of one tag differ in wall time, step and value only: what is between them is decoded once.

    SummaryWriter's event of a scalar is wall time, step (left out where 0), then a summary of one value, tag first and
    the number last.
    """

    def __init__(self) -> None:
        self._tags: dict[bytes, str | None] = {}

    def scalars(self, records: Sequence[bytes]) -> list[Scalar]:
        """The scalars of payloads with their checksums behind them; none of what is no such message."""
        tags = self._tags
        beginning, number = _BEGINNING.unpack_from, _FLOAT.unpack_from
        found: list[Scalar] = []
        for record in records:
            try:
                key, wall_time, next_key, first = beginning(record)
                if next_key == _STEP:
                    step, start = (first, 11) if first < 0x80 else _step(record)
                else:
                    step, start = 0, 9
                tag = tags[record[start:-8]] if key == _WALL_TIME else None
            except KeyError:
                tag = self._learn(record[start:-8])
            except (struct.error, ValueError):
                tag = None
            if tag is None:
                found += scalars_of(record[:-CHECKSUM_BYTES])
            else:
                found.append(Scalar(tag, step, number(record, len(record) - 8)[0], wall_time))
        return found

    def _learn(self, summary: bytes) -> str | None:
        tag = _tag_of(summary)
        if len(self._tags) < _MAX_KNOWN and len(summary) <= _MAX_KNOWN_BYTES:
            self._tags[summary] = tag
        return tag


def _step(record: bytes) -> tuple[int, int]:
    step, end = _varint(record, 10)
    return _signed(step), end


def _tag_of(beginning: bytes) -> str | None:
    """The tag, where 4 bytes after this are the number of an event's only scalar, and nothing else is said in it."""
    if not beginning.endswith(_SIMPLE_VALUE) or beginning[0] != _SUMMARY:
        return None
    try:
        length, start = _varint(beginning, 1)
    except ValueError:
        return None
    if start + length != len(beginning) + _FLOAT.size:
        return None
    tried = [scalars_of(beginning + _FLOAT.pack(number)) for number in (0.0, 1.0)]
    if [[scalar.value for scalar in scalars] for scalars in tried] != [[0.0], [1.0]]:
        return None
    return tried[0][0].tag


def scalars_of(payload: bytes) -> list[Scalar]:
    """The scalars of one `Event` message; none where it holds something else or is no such message."""
    wall_time, step = 0.0, 0
    summaries: list[bytes] = []
    try:
        for number, wire, value in _fields(payload):
            if number == 1 and wire == _FIXED64:
                (wall_time,) = struct.unpack("<d", _as_bytes(value))
            elif number == 2 and isinstance(value, int):
                step = _signed(value)
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
            (number_logged,) = _FLOAT.unpack(_as_bytes(value))
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


def _signed(number: int) -> int:
    """A varint as the int64 that it stands for."""
    number &= (1 << 64) - 1
    return number if number < 1 << 63 else number - (1 << 64)
