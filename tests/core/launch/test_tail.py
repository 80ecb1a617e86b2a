"""Reading by whole lines."""

import errno
from pathlib import Path

import pytest

from rwm_tui.core.launch.events import JournalWriter
from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.ports import MemorySample, NotAvailable


def test_an_unfinished_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = Tail(path)
    assert tail.read_lines() == []
    path.write_bytes(b"one\ntwo\nthr")
    assert tail.read_lines() == [b"one", b"two"]
    assert tail.line_offset == 8
    with path.open("ab") as file:
        file.write(b"ee\n")
    assert tail.read_lines() == [b"three"]
    assert tail.rest() == b""


def test_reading_in_small_steps_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [f"line {n}".encode() for n in range(100)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    tail, found = Tail(path), []
    while tail.offset < path.stat().st_size:
        found += tail.read_lines(limit=7)
    assert found == lines


def test_what_a_full_disk_refuses_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gpu.jsonl"
    writer = JournalWriter(path)
    sample = MemorySample(1.0, NotAvailable("no GPU"), 1.0)
    with monkeypatch.context() as full:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr(Path, "open", refuse)
        assert not writer.write(sample)
    assert writer.write(sample)
    assert len(path.read_bytes().splitlines()) == 2
