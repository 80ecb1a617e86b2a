"""Opening files of a run directory or a launch, which are untrusted: a named pipe there must not hang the reader."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_RECORD_BYTES = 16 * 1024 * 1024


class NotRegularError(OSError):
    """It is there, but no regular file."""


def open_record(path: Path) -> BufferedReader:
    """A regular file opened for reading, for whoever handles errors as such; the caller closes it.

    Raises:
        OSError: it is not there, may not be read, or is no regular file.
    """
    # O_NONBLOCK: opening a named pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "it is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_record(path: Path, max_bytes: int = MAX_RECORD_BYTES) -> bytes:
    """The content of a small regular file.

    Raises:
        OSError: as above, or it is larger than `max_bytes`.
    """
    with open_record(path) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it is larger than the {max_bytes} bytes that are read of such a file", str(path))
    return content


def open_regular(path: Path) -> BufferedReader | Absent | Unreadable:
    """The file opened for reading, if it is a regular one; the caller closes it."""
    try:
        return open_record(path)
    except NotRegularError as error:
        return Unreadable("not-a-file", str(error.strerror))
    except (FileNotFoundError, NotADirectoryError):
        return Absent(f"there is no {path.name}")
    except PermissionError:
        return Unreadable("not-permitted", "it may not be read by this user")
    except (OSError, ValueError) as error:
        return Unreadable("not-read", str(getattr(error, "strerror", None) or error))


def read_regular(path: Path, max_bytes: int) -> bytes | Absent | Unreadable:
    """The file's content, if it is a regular file of at most `max_bytes`."""
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        return opened
    try:
        with opened:
            content = opened.read(max_bytes + 1)
    except OSError as error:
        return Unreadable("not-read", error.strerror or "reading failed")
    if len(content) > max_bytes:
        return Unreadable("too-large", f"it is larger than the {max_bytes} bytes that are read of such a file")
    return content


def read_head(path: str, max_bytes: int) -> bytes:
    """The first bytes of a regular file, as one read gives them; empty where there is none to be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, max_bytes) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def link_out_of(folder: Path, path: Path) -> Unreadable | None:
    """The finding where a file of this folder is really a link to somewhere outside: that is no evidence of the run."""
    try:
        target = Path(os.path.realpath(path))
        if target.is_relative_to(os.path.realpath(folder)):
            return None
    except (OSError, ValueError) as error:
        return Unreadable("not-read", str(error)[:200])
    return Unreadable("link-out", f"it is a link out of the run directory, to {str(target)[:200]}")
