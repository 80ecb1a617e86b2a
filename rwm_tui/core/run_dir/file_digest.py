"""Size and sha256 of a file that is not trusted."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and sha256 of a file."""

    bytes: int
    sha256: str


def digest_file(path: Path, max_bytes: int) -> FileDigest | Absent | Unreadable:
    """Size and sha256 of a regular file of at most ``max_bytes``."""
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        return opened
    with opened:
        return digest_rest(opened, hashlib.sha256(), max_bytes)


def digest_rest(file: BufferedReader, digest: hashlib._Hash, max_bytes: int) -> FileDigest | Unreadable:
    """The same of an opened file, of which ``digest`` has seen what is before the place where it stands."""
    try:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            return Unreadable("too-large", f"it has {size} bytes, more than the {max_bytes} that are read")
        buffer = memoryview(bytearray(_CHUNK_BYTES))  # one for all: fresh ones cost a page fault for every 4 KiB
        while read := file.readinto(buffer):
            digest.update(buffer[:read])
        return FileDigest(size, digest.hexdigest())
    except OSError as error:
        return Unreadable("not-read", error.strerror or "reading failed")
