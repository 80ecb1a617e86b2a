"""Event files, read back by a reader of this test's own."""

import struct
from pathlib import Path

import pytest

from rwm_tui.trainer.event_file import EventFile, crc32c


def frames(content: bytes) -> list[bytes]:
    """Payloads of TFRecord frames; both checksums must fit."""
    payloads, offset = [], 0
    while offset < len(content):
        header = content[offset : offset + 8]
        (length,) = struct.unpack("<Q", header)
        payload = content[offset + 12 : offset + 12 + length]
        assert masked(header) == content[offset + 8 : offset + 12]
        assert masked(payload) == content[offset + 12 + length : offset + 16 + length]
        payloads.append(payload)
        offset += 16 + length
    return payloads


def masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def test_crc32c_of_the_check_string() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_an_empty_file_holds_the_version_only(tmp_path: Path) -> None:
    events = EventFile(tmp_path)
    events.close()
    assert events.path.name.startswith("events.out.tfevents.")
    (payload,) = frames(events.path.read_bytes())
    assert payload[9:] == b"\x1a\x0dbrain.Event:2"


def test_scalars_are_on_disk_at_once(tmp_path: Path) -> None:
    events = EventFile(tmp_path)
    events.add_scalars({"Loss/a": 1.5, "System Dynamics/b": float("inf")}, step=300)
    _, first, second = frames(events.path.read_bytes())
    events.close()
    # field 2 = step 300 as a varint, field 5 = summary, in it value, in it tag and simple_value
    assert first[9:] == b"\x10\xac\x02" + b"\x2a\x0f" + b"\x0a\x0d" + b"\x0a\x06Loss/a" + b"\x15" + struct.pack(
        "<f", 1.5
    )
    assert second.endswith(b"\x15" + struct.pack("<f", float("inf")))


def test_tensorboard_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventFile(tmp_path)
    for step in range(3):
        events.add_scalars({"Loss/a": step / 2.0}, step)
    events.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accumulator = EventAccumulator(str(tmp_path))
        accumulator.Reload()
    assert [(event.step, event.value) for event in accumulator.Scalars("Loss/a")] == [(0, 0.0), (1, 0.5), (2, 1.0)]
