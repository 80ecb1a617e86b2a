"""Whether files are still those that were read: by size, change time and inode, without opening them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

Stamp = tuple[int, ...]

MAX_DEPTH = 3  # a run directory's own folders: params/, git/, an evaluation's
MAX_FILES = 20_000
_ABSENT = (-1, 0, 0)
_SECOND_NS = 1_000_000_000
# A file that changes twice within one tick of its file system's clock keeps its times: what was read a moment after a
# change is not remembered. Kernels tick every 1 to 10 ms; some network file systems keep whole seconds only.
TICK_S = 0.02
_TICK_NS = int(TICK_S * _SECOND_NS)
_COARSE_TICK_NS = 2 * _SECOND_NS


def stamp_of(paths: Iterable[str]) -> Stamp:
    """Size, change time (ns) and inode of each file in turn; one that is not there has a stamp of its own."""
    stamp: list[int] = []
    for path in paths:
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            stamp += _ABSENT
        else:
            stamp += (status.st_size, status.st_mtime_ns, status.st_ino)
    return tuple(stamp)


def is_settled(stamp: Stamp, now_ns: int) -> bool:
    """Whether every file changed long enough before `now_ns` for a later change to show in its time."""
    return all(now_ns - changed > _tick_ns(changed) for changed in stamp[1::3])


def _tick_ns(changed_ns: int) -> int:
    return _TICK_NS if changed_ns % _SECOND_NS else _COARSE_TICK_NS


def stamp_of_trees(paths: Iterable[str]) -> tuple[str, int]:
    """One digest over every file in and below these folders (or over these files), and the newest change time in ns."""
    import hashlib  # only where something was judged: a list of runs alone needs no digest

    digest, newest = hashlib.blake2b(digest_size=16), 0
    for path in paths:
        for name, status in sorted(_files_below(path, MAX_DEPTH), key=lambda item: item[0]):
            newest = max(newest, status.st_mtime_ns)
            digest.update(f"{name}\0{status.st_size}.{status.st_mtime_ns}.{status.st_ino}\0".encode("utf-8", "replace"))
        digest.update(b"\0")
    return digest.hexdigest(), newest


def _files_below(path: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    """Folders that are links are not entered: they are told by their own stamp."""
    try:
        yield path, os.stat(path)
        with os.scandir(path) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_FILES:
                    return
                if depth > 1 and entry.is_dir(follow_symlinks=False):
                    yield from _files_below(entry.path, depth - 1)
                else:
                    yield entry.path, _status(entry)
    except (OSError, ValueError):  # a file, no folder; or gone, or not permitted: then its stamp is that it is not seen
        return


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:  # a link that leads nowhere
        return entry.stat(follow_symlinks=False)
