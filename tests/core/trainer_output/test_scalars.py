"""Reading scalars of event files as they grow."""

from __future__ import annotations

import math
import struct
import time
from pathlib import Path

import pytest

from rwm_tui.core.trainer_output.scalars import Scalar, ScalarReader


def crc32c(data: bytes) -> int:
    """Bit by bit, as the polynomial defines it; masked as TFRecord does."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", crc32c(length)) + payload + struct.pack("<I", crc32c(payload))


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def scalar_record(tag: str, step: int, value: float) -> bytes:
    summary = field(1, field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
    return record(b"\x09" + struct.pack("<d", 1000.5) + b"\x10" + varint(step) + field(5, summary))


HEADER = record(b"\x09" + struct.pack("<d", 1000.0) + field(3, b"brain.Event:2"))
IMAGE = record(b"\x09" + struct.pack("<d", 1000.0) + field(5, field(1, field(1, b"figure") + field(4, bytes(40_000)))))


def test_the_checksum_is_castagnolis() -> None:
    """Its published check value (RFC 3720) holds for this test's own writer, on which the others rest."""
    unmasked = (crc32c(b"123456789") - 0xA282EAD8) & 0xFFFFFFFF
    assert ((unmasked >> 17) | (unmasked << 15)) & 0xFFFFFFFF == 0xE3069283


def test_a_growing_file_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "events"
    content = HEADER + scalar_record("a/b", 0, 1.5) + IMAGE[:100] + IMAGE[100:] + scalar_record("a/b", 300, -2.0)
    reader = ScalarReader(path)
    assert reader.read_new() == []  # not there yet
    found: list[Scalar] = []
    for end in [*range(0, 400, 7), *range(40_000, len(content), 13), len(content)]:
        path.write_bytes(content[:end])
        found += reader.read_new()
        assert reader.finding is None
    assert found == [Scalar("a/b", 0, 1.5, 1000.5), Scalar("a/b", 300, -2.0, 1000.5)]
    assert reader.waiting_bytes == 0
    assert reader.read_new() == []


def test_an_unfinished_record_waits(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(HEADER + scalar_record("a", 1, 1.0)[:-3])
    reader = ScalarReader(path)
    assert reader.read_new() == []
    assert reader.finding is None
    assert reader.waiting_bytes > 0


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite_are_kept(value: float, tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(scalar_record("System Dynamics/autoregressive_error", 0, value))
    (scalar,) = ScalarReader(path).read_new()
    assert scalar.value == value or (math.isnan(scalar.value) and math.isnan(value))


def test_a_wrong_checksum_stops_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events"
    damaged = bytearray(scalar_record("b", 1, 1.0))
    damaged[20] ^= 1
    path.write_bytes(HEADER + scalar_record("a", 0, 1.0) + damaged + scalar_record("c", 2, 1.0))
    reader = ScalarReader(path)
    assert [scalar.tag for scalar in reader.read_new()] == ["a"]
    assert reader.finding is not None
    assert "checksum" in reader.finding.reason
    assert reader.read_new() == []


def test_an_absurd_length_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events"
    length = struct.pack("<Q", 1 << 60)
    path.write_bytes(HEADER + length + struct.pack("<I", crc32c(length)))
    reader = ScalarReader(path)
    assert reader.read_new() == []
    assert reader.finding is not None
    assert "absurd length" in reader.finding.reason


def test_a_file_that_shrinks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(HEADER + scalar_record("a", 0, 1.0))
    reader = ScalarReader(path)
    assert len(reader.read_new()) == 1
    path.write_bytes(HEADER)
    assert reader.read_new() == []
    assert reader.finding is not None
    assert reader.finding.kind == "shrunk"


def test_the_real_file_has_the_41_tags(shared_fixtures: Path) -> None:
    (path,) = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok").rglob("events.out.tfevents.*")
    scalars = {scalar.tag: scalar for scalar in ScalarReader(path).read_new()}
    assert len(scalars) == 41
    assert scalars["System Dynamics/bound_loss"].value == 1.0
    assert math.isinf(scalars["System Dynamics/autoregressive_error"].value)
    assert scalars["Loss/value_function"].step == 0


def test_thousands_of_scalars_are_quick(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"".join(scalar_record(f"Loss/{i % 40}", i, float(i)) for i in range(500)) * 12)
    started = time.process_time()
    assert len(ScalarReader(path).read_new()) == 6000
    assert time.process_time() - started < 0.5


def test_damage_amid_thousands_is_named_by_its_byte_and_what_is_before_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "events"
    records = [scalar_record(f"Loss/{number % 40}", number, float(number)) for number in range(2000)]
    damaged = bytearray(records[1500])
    damaged[-9] ^= 4
    path.write_bytes(b"".join([*records[:1500], damaged, *records[1501:]]))
    reader = ScalarReader(path)
    assert [scalar.step for scalar in reader.read_new()] == list(range(1500))
    assert reader.finding is not None
    assert f"byte {sum(map(len, records[:1500]))}" in reader.finding.reason


def test_the_first_damage_is_named_where_a_later_header_is_wrong_too(tmp_path: Path) -> None:
    path = tmp_path / "events"
    wrong_payload, wrong_header = bytearray(scalar_record("b", 1, 1.0)), bytearray(scalar_record("c", 2, 1.0))
    wrong_payload[20] ^= 1
    wrong_header[9] ^= 1
    path.write_bytes(HEADER + wrong_payload + wrong_header)
    reader = ScalarReader(path)
    assert reader.read_new() == []
    assert reader.finding is not None
    assert f"byte {len(HEADER)}" in reader.finding.reason


def test_files_of_several_blocks(tmp_path: Path) -> None:
    path = tmp_path / "events"
    figure = record(b"\x09" + struct.pack("<d", 1.0) + field(5, field(1, field(1, b"f") + field(4, bytes(900_000)))))
    some = b"".join(scalar_record("Perf/total_fps", step, 1.0) for step in range(300))
    path.write_bytes((some + figure) * 4 + some[:-1])
    reader = ScalarReader(path)
    assert len(reader.read_new()) == 5 * 300 - 1
    assert reader.finding is None
    with path.open("ab") as file:
        file.write(some[-1:])
    assert [scalar.step for scalar in reader.read_new()] == [299]
