"""The directory at the end of a zip file: what lies where. `zipfile.ZipFile` takes twice as long.

After APPNOTE.TXT 6.3 of PKWARE, as far as `zipfile` goes too: one disk, zip64, a comment of any length, and a zip that
was appended to something else.
"""

from __future__ import annotations

import os
import struct

import msgspec

STORED, DEFLATED, BZIP2 = 0, 8, 12  # methods of compression

_END = struct.Struct("<4s8xII2x")
_MAX_COMMENT_BYTES = 0xFFFF
_END_64_LOCATOR = struct.Struct("<4sI8xI")
_END_64 = struct.Struct("<4s36xQQ")
_ENTRY = struct.Struct("<4s2xHHH4xIIIHHH8xI")
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_SIGNATURE = b"PK\x03\x04"

_LATEST_VERSION = 63  # 6.3, of what is needed to read an entry
_IS_ENCRYPTED = 1 << 0
_IS_UTF8 = 1 << 11
_IN_ZIP64_FIELD = 0xFFFFFFFF


class BadZipError(ValueError):
    """It is no zip, or a damaged one."""


class NoDirectoryError(BadZipError):
    """It is no zip, or one that is cut off."""


class ZipEntry(msgspec.Struct, frozen=True, gc=False):
    """What the directory says of one entry.

    Attributes:
        method: of compression.
        checksum: CRC-32 of its content.
        stored_bytes: what it takes in the file.
        content_bytes: what its content takes.
        offset: of the header before its content, in the file.
    """

    name: str
    is_encrypted: bool
    method: int
    checksum: int
    stored_bytes: int
    content_bytes: int
    offset: int

    def stored(self, descriptor: int) -> bytes:
        """Its bytes as they lie in the file. Bound `stored_bytes` first: so much memory is taken.

        Raises:
            BadZipError: they are not there.
            OSError: reading failed.
        """
        header = os.pread(descriptor, _LOCAL_HEADER.size, self.offset)
        if not header.startswith(_LOCAL_SIGNATURE) or len(header) < _LOCAL_HEADER.size:
            raise BadZipError(f"there is no {self.name[:60]} where the directory says")
        _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        stored = os.pread(descriptor, self.stored_bytes, self.offset + len(header) + name_bytes + extra_bytes)
        if len(stored) != self.stored_bytes:
            raise BadZipError(f"{self.name[:60]} is cut off")
        return stored


def read_directory(descriptor: int, max_bytes: int) -> list[ZipEntry]:
    """The entries in the directory's order, of a directory of at most ``max_bytes``.

    Raises:
        NoDirectoryError: there is none.
        BadZipError, struct.error, UnicodeDecodeError: it is damaged.
        OSError: reading failed.
    """
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _END.size, max(size - _END.size, 0))
    if not (tail.startswith(b"PK\x05\x06") and tail.endswith(b"\0\0")):  # a comment follows it
        tail = os.pread(descriptor, _END.size + _MAX_COMMENT_BYTES, max(size - _END.size - _MAX_COMMENT_BYTES, 0))
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        raise NoDirectoryError("there is no zip directory at its end")
    _, directory_bytes, offset = _END.unpack_from(tail, place)
    end = size - len(tail) + place
    if zip64 := _read_zip64_end(descriptor, end):
        end, directory_bytes, offset = zip64
    begin = end - directory_bytes
    if begin < 0 or directory_bytes > max_bytes:
        raise BadZipError("its directory is too long")
    directory = os.pread(descriptor, directory_bytes, begin)
    if len(directory) != directory_bytes:
        raise BadZipError("its directory is cut off")
    entries = _entries(directory, begin - offset)
    if not all(0 <= entry.offset < begin for entry in entries):
        raise BadZipError("its directory names a place outside of it")
    return entries


def _read_zip64_end(descriptor: int, end: int) -> tuple[int, int, int] | None:
    """Where the directory ends, its length, and where it says that it begins; None where the 32 bits are enough."""
    begin = end - _END_64_LOCATOR.size - _END_64.size
    if begin < 0:
        return None
    records = os.pread(descriptor, end - begin, begin)
    locator, disk, disks = _END_64_LOCATOR.unpack_from(records, _END_64.size)
    if locator != b"PK\x06\x07":
        return None
    if disk or disks > 1:
        raise BadZipError("it is one of several disks")
    signature, directory_bytes, offset = _END_64.unpack_from(records)
    return (begin, directory_bytes, offset) if signature == b"PK\x06\x06" else None


def _entries(directory: bytes, shift: int) -> list[ZipEntry]:
    """`shift`: by how much the zip lies further behind in the file than it says itself."""
    entries = []
    place = 0
    while place < len(directory):
        signature, version, flags, method, checksum, stored, content, name_bytes, extra_bytes, comment_bytes, offset = (
            _ENTRY.unpack_from(directory, place)
        )
        if signature != b"PK\x01\x02" or version > _LATEST_VERSION:
            raise BadZipError("its directory is damaged")
        place += _ENTRY.size
        name = directory[place : place + name_bytes].decode("utf-8" if flags & _IS_UTF8 else "cp437")
        place += name_bytes
        if _IN_ZIP64_FIELD in (stored, content, offset):
            content, stored, offset = _in_64_bits(directory[place : place + extra_bytes], content, stored, offset)
        place += extra_bytes + comment_bytes
        is_encrypted = bool(flags & _IS_ENCRYPTED)
        entries.append(ZipEntry(name, is_encrypted, method, checksum, stored, content, offset + shift))
    if place != len(directory):
        raise BadZipError("its directory is cut off")
    return entries


def _in_64_bits(extra: bytes, *sizes: int) -> list[int]:
    """The sizes, each that does not fit into 32 bits from the zip64 field."""
    place = 0
    while place < len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        place += 4
        if kind == 1:
            long = iter(struct.unpack_from(f"<{min(length, 24) // 8}Q", extra, place))
            return [next(long, size) if size == _IN_ZIP64_FIELD else size for size in sizes]
        place += length
    return list(sizes)
