"""The sha256 of a checkpoint, taken while its structure is read."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

_CHUNK_BYTES = 1024 * 1024


def sha256_of(path: Path) -> str | Absent | Unreadable:
    """The digest of a regular file in hexadecimal, in bounded memory."""
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        return opened
    try:
        digest = hashlib.sha256()
        with opened:
            while chunk := opened.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()
    except OSError as error:
        return Unreadable("not-read", error.strerror or "reading failed")


def read_with_digest(path: Path) -> tuple[Checkpoint | Absent | Unreadable, str | Absent | Unreadable]:
    """Structure and sha256 together: hashing leaves Python's lock to the reader, so that the two overlap."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        digest = pool.submit(sha256_of, path)
        return read_checkpoint(path), digest.result()
