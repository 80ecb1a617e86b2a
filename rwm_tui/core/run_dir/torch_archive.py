"""The zip archive that `torch.save` writes: `<stem>/data.pkl`, `<stem>/byteorder`, `<stem>/data/<key>` per storage.

Entries are read through the central directory, never extracted, and bounded by what the file itself can hold.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_PICKLE_BYTES = 4 * 1024 * 1024  # the reference's has 20 kB
MAX_STORAGE_BYTES = 256 * 1024 * 1024  # the reference's largest has 786 kB
MAX_ENTRIES = 100_000  # the reference has 210
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024  # that many entries have less
MAX_EXPANSION = 50  # torch.save does not compress at all

# LZMA takes as much memory as its header asks for.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})

_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
_LOCAL_HEADER = b"PK\x03\x04"
_BEFORE_ZIP = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # torch.save until 1.5, or asked not to write a zip
_LOCAL_HEADER_BYTES = 30
_NAME_LENGTHS = struct.Struct("<26xHH")  # of name and extra field, in the header before an entry's content

# What reading a damaged zip entry raises: wrong checksum, broken deflate stream, missing bytes, encrypted entry, …
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    ValueError,
)

ITEM_BYTES: Mapping[str, int] = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}


@dataclass(frozen=True, slots=True)
class _Entries:
    prefix: str
    by_name: Mapping[str, zipfile.ZipInfo]


class TorchArchive:
    """An opened archive. Use `open_archive`; reading an entry raises one of `DAMAGED`."""

    def __init__(self, file: BinaryIO, archive: zipfile.ZipFile, entries: _Entries) -> None:
        self._file = file
        self._archive = archive
        self._entries = entries
        self.prefix = entries.prefix
        self.size_bytes = os.fstat(file.fileno()).st_size

    def __enter__(self) -> TorchArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()
        self._file.close()

    def pickle(self) -> bytes:
        return self._content(self._entries.by_name["data.pkl"])

    @property
    def stored_bytes(self) -> int:
        """Of all storages together."""
        return sum(entry.file_size for name, entry in self._entries.by_name.items() if name.startswith("data/"))

    def storage_bytes(self, key: str) -> int | None:
        """Size of a storage; None where the archive has none of that key."""
        entry = self._entries.by_name.get(f"data/{key}")
        return entry.file_size if entry else None

    def storage_checksums(self) -> dict[str, int]:
        """CRC-32 by storage, as the archive's directory records it."""
        prefix = "data/"
        return {
            name.removeprefix(prefix): entry.CRC
            for name, entry in self._entries.by_name.items()
            if name.startswith(prefix)
        }

    def read_storage(self, key: str) -> bytes:
        entry = self._entries.by_name[f"data/{key}"]
        if entry.file_size > MAX_STORAGE_BYTES:
            raise TooLargeError(f"its storage {key[:20]} is larger than the {MAX_STORAGE_BYTES} bytes that are read")
        return self._content(entry)

    def is_little_endian(self) -> bool:
        """The byte order of the numbers; archives older than torch 2.1 do not say it and are little-endian."""
        entry = self._entries.by_name.get("byteorder")
        return entry is None or entry.file_size > 16 or self._content(entry).strip() != b"big"

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        """One entry, held against its checksum. torch.save does not compress: what it stores is read in one go."""
        is_encrypted = entry.flag_bits & 1
        if entry.compress_type != zipfile.ZIP_STORED or is_encrypted:
            return self._archive.read(entry)
        header = os.pread(self._file.fileno(), _LOCAL_HEADER_BYTES, entry.header_offset)
        if not header.startswith(_LOCAL_HEADER) or entry.compress_size != entry.file_size:
            raise zipfile.BadZipFile(f"there is no {entry.filename[:60]} where the directory says")
        begin = entry.header_offset + _LOCAL_HEADER_BYTES + sum(_NAME_LENGTHS.unpack(header))
        content = os.pread(self._file.fileno(), entry.file_size, begin)
        if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise zipfile.BadZipFile(f"{entry.filename[:60]} does not fit its checksum")
        return content


NOT_ENOUGH_MEMORY = Unreadable("too-large", "there is not enough memory to read it")


class TooLargeError(ValueError):
    """Something in the archive is larger than this reader takes in."""


class _BoundedReads(io.BufferedReader):
    """A file that gives no more than `most` at once: zipfile reads a directory as long as the file says it is."""

    most = MAX_DIRECTORY_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self.most:
            raise zipfile.BadZipFile("its directory is too long")
        return super().read(self.most if size is None or size < 0 else size)


def open_archive(path: Path) -> TorchArchive | Absent | Unreadable:
    """The archive, if it is a zip with torch's layout; else what it is instead."""
    found = open_regular(path)
    if isinstance(found, Absent | Unreadable):
        return found
    opened = _BoundedReads(found.detach())
    try:
        archive = zipfile.ZipFile(opened)
    except DAMAGED as error:
        finding = _instead_of_a_zip(opened, error)
        opened.close()
        return finding
    entries = _find_entries(archive, opened.seek(0, 2))
    if isinstance(entries, Unreadable):
        archive.close()
        opened.close()
        return entries
    opened.most = MAX_STORAGE_BYTES
    return TorchArchive(opened, archive, entries)


def _instead_of_a_zip(file: BinaryIO, error: Exception) -> Unreadable:
    try:
        size = file.seek(0, 2)
        file.seek(0)
        start = file.read(len(_LFS_POINTER))
    except OSError as reading:
        return Unreadable("not-read", reading.strerror or "reading failed")
    if size == 0:
        return Unreadable("empty", "the file is empty")
    if start == _LFS_POINTER:
        return Unreadable("lfs-pointer", "the file is a Git LFS pointer, not the checkpoint it points to")
    if start.startswith(_BEFORE_ZIP):
        return Unreadable("old-format", "the file is in torch's format from before 1.6, which is not read here")
    if start.startswith(_LOCAL_HEADER):
        return Unreadable("truncated", f"the file is truncated: {size} bytes and no zip directory at its end")
    return Unreadable("not-a-zip", f"the file is no checkpoint of torch.save: {error}"[:200])


def _find_entries(archive: zipfile.ZipFile, size: int) -> _Entries | Unreadable:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        return Unreadable("forbidden-content", f"the archive has {len(infos)} entries")
    if sum(info.compress_size for info in infos) > size:
        return Unreadable("forbidden-content", "the archive's entries overlap")
    if sum(info.file_size for info in infos) > MAX_EXPANSION * size:
        return Unreadable("forbidden-content", f"the archive would expand to more than {MAX_EXPANSION} times its size")
    if not _METHODS.issuperset(info.compress_type for info in infos):
        return Unreadable("forbidden-content", "the archive is compressed by a method that is not read here")
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        return Unreadable("forbidden-content", "the archive names an entry twice")
    prefixes = [name.removesuffix("/data.pkl") for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(prefixes) != 1:
        return Unreadable("not-a-checkpoint", "the zip has no data.pkl, so torch.save did not write it")
    by_name = {info.filename.removeprefix(prefixes[0] + "/"): info for info in infos}
    if by_name["data.pkl"].file_size > MAX_PICKLE_BYTES:
        return Unreadable("too-large", f"its data.pkl is larger than {MAX_PICKLE_BYTES} bytes")
    return _Entries(prefixes[0], by_name)


def numbers_of(data: bytes, dtype: str, *, little_endian: bool) -> array[float]:
    """The floating-point numbers of a storage, as float32 or float64.

    Raises:
        ValueError: the dtype is none of torch's floating-point ones.
    """
    foreign = little_endian != (sys.byteorder == "little")
    if dtype == "bfloat16":  # the upper half of a float32
        first, second = data[0::2], data[1::2]
        widened = bytearray(2 * len(data))
        widened[2::4], widened[3::4] = (first, second) if little_endian else (second, first)
        numbers = array("f", bytes(widened))
        foreign = sys.byteorder == "big"
    elif dtype == "float16":
        return array("f", struct.unpack(f"{'<' if little_endian else '>'}{len(data) // 2}e", data))
    elif dtype in ("float32", "float64"):
        numbers = array("f" if dtype == "float32" else "d", data)
    else:
        raise ValueError(f"{dtype} is no floating-point type")
    if foreign:
        numbers.byteswap()
    return numbers
