"""The directory of a zip file, held against what `zipfile` reads of it."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.run_dir import torch_archive
from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.unreadable import Unreadable
from rwm_tui.core.run_dir.zip_directory import BadZipError, ZipEntry, read_directory
from tests.core.run_dir.torch_file import saved_state, write_torch_file

MOST = 1 << 20
CONTENTS = {"a/data.pkl": b"pickle", "a/data/0": b"number " * 100, "Größe": b"", "a/data/1": bytes(5000)}


def directory_of(path: Path, max_bytes: int = MOST) -> list[ZipEntry]:
    with path.open("rb") as file:
        return read_directory(file.fileno(), max_bytes)


def reason_of(path: Path) -> str:
    finding = read_checkpoint(path)
    assert isinstance(finding, Unreadable), finding
    return f"{finding.kind}: {finding.reason}"


def write(path: Path, method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.comment = comment
        for name, content in CONTENTS.items():
            archive.writestr(name, content)


def behind_something_else(path: Path) -> None:
    write(path)
    path.write_bytes(b"#!/bin/sh\n" * 1000 + path.read_bytes())


@pytest.mark.parametrize(
    "make",
    [
        write,
        lambda path: write(path, zipfile.ZIP_DEFLATED),
        lambda path: write(path, comment=b"PK\x05 " * 16_000),
        behind_something_else,
        lambda path: zipfile.ZipFile(path, "w").close(),
    ],
)
@pytest.mark.parametrize("limit", [None, 100, -1])
def test_the_same_as_zipfile(
    make: Callable[[Path], None], limit: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that is passed makes zipfile write zip64: of some sizes at 100 bytes, of every size and offset at -1."""
    path = tmp_path / "x.zip"
    if limit is not None:
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", limit)
    make(path)
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        assert directory_of(path) == [
            ZipEntry(
                info.filename,
                False,
                info.compress_type,
                info.CRC,
                info.compress_size,
                info.file_size,
                info.header_offset,
            )
            for info in archive.infolist()
        ]
        for entry in directory_of(path):
            assert len(entry.stored(file.fileno())) == entry.stored_bytes
            if entry.method == zipfile.ZIP_STORED:
                assert entry.stored(file.fileno()) == archive.read(entry.name)


def end_record(content: bytearray) -> int:
    return content.rindex(b"PK\x05\x06")


def last_entry(content: bytearray) -> int:
    return content.rindex(b"PK\x01\x02")


def no_signature(content: bytearray) -> None:
    content[last_entry(content) + 1] ^= 1


def later_version(content: bytearray) -> None:
    content[last_entry(content) + 6] = 64


def longer_than_the_file(content: bytearray) -> None:
    struct.pack_into("<I", content, end_record(content) + 12, len(content))


def comment_beyond_its_end(content: bytearray) -> None:
    content[last_entry(content) + 32] = 1


def begin_beyond_it(content: bytearray) -> None:
    struct.pack_into("<I", content, last_entry(content) + 42, len(content))


def begin_before_it(content: bytearray) -> None:
    struct.pack_into("<I", content, end_record(content) + 16, len(content))


def nothing_at_the_end(content: bytearray) -> None:
    content[end_record(content)] ^= 1


def cut_in_the_end_record(content: bytearray) -> None:
    del content[-1]


@pytest.mark.parametrize(
    "damage",
    [
        no_signature,
        later_version,
        longer_than_the_file,
        comment_beyond_its_end,
        begin_beyond_it,
        begin_before_it,
        nothing_at_the_end,
        cut_in_the_end_record,
        bytearray.clear,
    ],
)
def test_what_is_refused(damage: Callable[[bytearray], None], tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    write(path)
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    with pytest.raises(BadZipError):
        directory_of(path)
    assert reason_of(path).startswith(("damaged: ", "truncated: ", "empty: "))


def test_a_directory_that_is_too_long(tmp_path: Path) -> None:
    write(tmp_path / "x.zip")
    with pytest.raises(BadZipError, match="too long"):
        directory_of(tmp_path / "x.zip", 100)


def test_an_entry_that_is_not_where_the_directory_says(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    write(path)
    first = directory_of(path)[0]
    with path.open("rb") as file:
        for wrong in (first.offset + 1, path.stat().st_size - 2, path.stat().st_size + 2):
            moved = ZipEntry(first.name, False, 0, first.checksum, first.stored_bytes, first.content_bytes, wrong)
            with pytest.raises(BadZipError):
                moved.stored(file.fileno())
        too_long = ZipEntry(first.name, False, 0, first.checksum, MOST, MOST, first.offset)
        with pytest.raises(BadZipError, match="cut off"):
            too_long.stored(file.fileno())


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A checkpoint whose entries are deflated."""
    written, path = tmp_path / "model_0.pt", tmp_path / "packed.pt"
    write_torch_file(written, saved_state(iteration=0, dynamics_steps=1.0, state=2, hidden=2))
    with zipfile.ZipFile(written) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as other:
        for info in archive.infolist():
            other.writestr(info.filename, archive.read(info))
    return path


def edit_first_entry(path: Path, place: int, form: str, value: int) -> None:
    """The first entry of a written checkpoint is its pickle."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.index(b"PK\x01\x02") + place, value)
    path.write_bytes(content)


def test_a_deflated_entry_that_is_not_as_long_as_the_directory_says(packed: Path) -> None:
    assert isinstance(read_checkpoint(packed), Checkpoint)
    length = directory_of(packed)[0].content_bytes
    for wrong in (length - 1, length + 1, 0):
        edit_first_entry(packed, 24, "<I", wrong)
        assert "does not fit its checksum" in reason_of(packed)


def test_an_encrypted_entry_is_named(packed: Path) -> None:
    edit_first_entry(packed, 8, "<H", 1)
    assert "is encrypted" in reason_of(packed)


def test_what_takes_too_much_in_the_file_is_not_read(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_archive, "MAX_STORAGE_BYTES", 100)
    assert reason_of(packed).startswith("too-large: ")
