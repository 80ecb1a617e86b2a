"""The zip archive that `torch.save` writes: `<stem>/data.pkl`, `<stem>/byteorder`, `<stem>/data/<key>` per storage.

Entries are read through the central directory, never extracted, and bounded by what the file itself can hold.
"""

from __future__ import annotations

import bz2
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.run_dir.zip_directory import (
    BZIP2,
    DEFLATED,
    STORED,
    BadZipError,
    NoDirectoryError,
    ZipEntry,
    read_directory,
)

MAX_PICKLE_BYTES = 4 * 1024 * 1024  # the reference's has 20 kB
MAX_STORAGE_BYTES = 256 * 1024 * 1024  # the reference's largest has 786 kB
MAX_ENTRIES = 100_000  # the reference has 210
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024  # that many entries have less
MAX_EXPANSION = 50  # torch.save does not compress at all

# LZMA takes as much memory as its header asks for.
_METHODS = frozenset({STORED, DEFLATED, BZIP2})

_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
_LOCAL_HEADER = b"PK\x03\x04"
_PICKLE = "/data.pkl"
_BEFORE_ZIP = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # torch.save until 1.5, or asked not to write a zip

# What reading a damaged zip entry raises: wrong checksum, broken deflate stream, missing bytes, encrypted entry, …
DAMAGED = (zlib.error, EOFError, OSError, RuntimeError, struct.error, ValueError)

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
    pickle: ZipEntry
    byteorder: ZipEntry | None
    storages: Mapping[str, ZipEntry]  # by key


class TorchArchive:
    """An opened archive. Use `open_archive`; reading an entry raises one of `DAMAGED`."""

    def __init__(self, file: BinaryIO, entries: _Entries) -> None:
        self._file = file
        self._entries = entries
        self.prefix = entries.prefix
        self.size_bytes = os.fstat(file.fileno()).st_size
        self.storage_bytes = {key: entry.content_bytes for key, entry in entries.storages.items()}

    def __enter__(self) -> TorchArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def pickle(self) -> bytes:
        return self._content(self._entries.pickle)

    @property
    def stored_bytes(self) -> int:
        """Of all storages together."""
        return sum(self.storage_bytes.values())

    def storage_checksums(self) -> dict[str, int]:
        """CRC-32 by storage, as the archive's directory records it."""
        return {key: entry.checksum for key, entry in self._entries.storages.items()}

    def read_storage(self, key: str) -> bytes:
        entry = self._entries.storages[key]
        if entry.content_bytes > MAX_STORAGE_BYTES:
            raise TooLargeError(f"its storage {key[:20]} is larger than the {MAX_STORAGE_BYTES} bytes that are read")
        return self._content(entry)

    def is_little_endian(self) -> bool:
        """The byte order of the numbers; archives older than torch 2.1 do not say it and are little-endian."""
        entry = self._entries.byteorder
        return entry is None or entry.content_bytes > 16 or self._content(entry).strip() != b"big"

    def _content(self, entry: ZipEntry) -> bytes:
        """One entry, held against its checksum; the caller has bounded its length."""
        if entry.stored_bytes > MAX_STORAGE_BYTES:
            raise TooLargeError(f"its {entry.name[:60]} takes more than the {MAX_STORAGE_BYTES} bytes that are read")
        if entry.is_encrypted:
            raise BadZipError(f"{entry.name[:60]} is encrypted")
        content = entry.stored(self._file.fileno())
        if entry.method != STORED:  # torch.save does not compress
            unpack = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else bz2.BZ2Decompressor()
            content = unpack.decompress(content, entry.content_bytes + 1)
        if len(content) != entry.content_bytes or zlib.crc32(content) != entry.checksum:
            raise BadZipError(f"{entry.name[:60]} does not fit its checksum")
        return content


NOT_ENOUGH_MEMORY = Unreadable("too-large", "there is not enough memory to read it")


class TooLargeError(ValueError):
    """Something in the archive is larger than this reader takes in."""


def open_archive(path: Path) -> TorchArchive | Absent | Unreadable:
    """The archive, if it is a zip with torch's layout; else what it is instead."""
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        return opened
    try:
        found = read_directory(opened.fileno(), MAX_DIRECTORY_BYTES)
        entries = _find_entries(found, os.fstat(opened.fileno()).st_size)
    except DAMAGED as error:
        entries = _instead_of_a_zip(opened, error)
    if isinstance(entries, Unreadable):
        opened.close()
        return entries
    return TorchArchive(opened, entries)


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
    if start.startswith(_LOCAL_HEADER) and isinstance(error, NoDirectoryError):
        return Unreadable("truncated", f"the file is truncated: {size} bytes and no zip directory at its end")
    if start.startswith(_LOCAL_HEADER):
        return Unreadable("damaged", f"the file is damaged: {error}"[:200])
    return Unreadable("not-a-zip", f"the file is no checkpoint of torch.save: {error}"[:200])


def _find_entries(found: list[ZipEntry], size: int) -> _Entries | Unreadable:
    if len(found) > MAX_ENTRIES:
        return Unreadable("forbidden-content", f"the archive has {len(found)} entries")
    if sum(entry.stored_bytes for entry in found) > size:
        return Unreadable("forbidden-content", "the archive's entries overlap")
    if sum(entry.content_bytes for entry in found) > MAX_EXPANSION * size:
        return Unreadable("forbidden-content", f"the archive would expand to more than {MAX_EXPANSION} times its size")
    if not _METHODS.issuperset(entry.method for entry in found):
        return Unreadable("forbidden-content", "the archive is compressed by a method that is not read here")
    by_name = {entry.name: entry for entry in found}
    if len(by_name) != len(found):
        return Unreadable("forbidden-content", "the archive names an entry twice")
    prefixes = [name[: -len(_PICKLE)] for name in by_name if name.endswith(_PICKLE) and name.count("/") == 1]
    if len(prefixes) != 1:
        return Unreadable("not-a-checkpoint", "the zip has no data.pkl, so torch.save did not write it")
    (prefix,) = prefixes
    pickle = by_name[prefix + _PICKLE]
    if pickle.content_bytes > MAX_PICKLE_BYTES:
        return Unreadable("too-large", f"its data.pkl is larger than {MAX_PICKLE_BYTES} bytes")
    data = f"{prefix}/data/"
    storages = {name[len(data) :]: entry for name, entry in by_name.items() if name.startswith(data)}
    return _Entries(prefix, pickle, by_name.get(f"{prefix}/byteorder"), storages)


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
