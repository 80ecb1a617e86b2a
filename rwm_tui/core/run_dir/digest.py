"""The sha256 of a checkpoint, taken while its structure is read."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.file_digest import FileDigest, digest_rest
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

_HEAD_BYTES = 8 * 1024 * 1024  # takes twice as long to hash as the reference's structure to read


def read_with_digest(
    path: Path, max_bytes: int
) -> tuple[Checkpoint | Absent | Unreadable, FileDigest | Absent | Unreadable]:
    """Structure and sha256 together, the latter of a file of at most ``max_bytes``.

    While the structure is read, a thread hashes the beginning in one call: for each further call it would have to wait
    until the reader gives up Python's lock.
    """
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        return opened, opened
    digest = hashlib.sha256()
    with opened:
        try:
            head = opened.read(_HEAD_BYTES)
        except OSError as error:
            finding = Unreadable("not-read", error.strerror or "reading failed")
            return finding, finding
        hashing = threading.Thread(target=digest.update, args=(head,))
        hashing.start()
        try:
            checkpoint = read_checkpoint(path)
        finally:
            hashing.join()
        return checkpoint, digest_rest(opened, digest, max_bytes)
