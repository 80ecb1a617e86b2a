"""SHA-256 of the files that a verdict rests on, by their place in the run directory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath

import msgspec

from rwm_tui.core.run_dir.layout import RunDirLayout
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

_CHUNK = 1 << 20


class FileDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. :param path: below the run directory, with `/`. :param sha256: None where it can't be read."""

    path: str
    bytes: int
    sha256: str | None


def digest_run(layout: RunDirLayout) -> tuple[FileDigest, ...]:
    """Every file that a trainer wrote there, by name."""
    named = [layout.params_agent, layout.params_env, layout.run_json]
    paths = [path for path in named if isinstance(path, Path)]
    paths += [file.path for file in layout.checkpoints] + [*layout.event_files, *layout.git_diffs]
    return tuple(
        digest_file(layout.path, relative)
        for relative in sorted(path.relative_to(layout.path).as_posix() for path in paths)
    )


def digest_file(run_directory: Path, relative: str) -> FileDigest:
    """Of a regular file inside the run directory; without a digest for anything else."""
    opened = open_regular(run_directory / relative) if is_inside(run_directory, relative) else Absent("outside")
    if isinstance(opened, Absent | Unreadable):
        return FileDigest(relative, 0, None)
    digest, size = hashlib.sha256(), 0
    try:
        with opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return FileDigest(relative, 0, None)
    return FileDigest(relative, size, digest.hexdigest())


def is_inside(run_directory: Path, relative: str) -> bool:
    """Whether the path is one below the run directory, also after links are followed."""
    path = PurePosixPath(relative)
    if not relative or path.is_absolute() or ".." in path.parts or "\0" in relative:
        return False
    folder = os.path.join(os.path.realpath(run_directory), "")
    return os.path.realpath(run_directory / relative).startswith(folder)
