"""SHA-256 of the files that a verdict rests on: those of the run directory, its evaluations, the launch record."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import msgspec

from rwm_tui.core.evaluation.files import evaluation_files
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.run_dir import file_digest
from rwm_tui.core.run_dir.hydra_outputs import CONFIG, HYDRA, OVERRIDES, HydraOutputs
from rwm_tui.core.run_dir.layout import RunDirLayout
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_FILE_BYTES = 4 * 1024**3  # a checkpoint has 18 MB


class FileDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. :param path: below its directory, with `/`. :param sha256: None where it can't be read."""

    path: str
    bytes: int
    sha256: str | None


def digest_run(layout: RunDirLayout) -> tuple[FileDigest, ...]:
    """Every file that a trainer wrote there, and every evaluation beside it, by name."""
    named = [layout.params_agent, layout.params_env, layout.run_json]
    paths = [path for path in named if isinstance(path, Path)]
    paths += [file.path for file in layout.checkpoints] + [*layout.event_files, *layout.git_diffs]
    paths += evaluation_files(layout.path)
    return tuple(
        digest_file(layout.path, relative)
        for relative in sorted(path.relative_to(layout.path).as_posix() for path in paths)
    )


def digest_launch(launch_directory: Path | None) -> tuple[FileDigest, ...]:
    """What a launch record was read from; nothing for a run that nobody here launched."""
    if launch_directory is None:
        return ()
    paths = LaunchPaths(launch_directory)
    named = (paths.plan, paths.events, paths.outcome, paths.environment, paths.console)
    there = sorted(path.name for path in named if os.path.lexists(path))
    return tuple(digest_file(launch_directory, name) for name in there)


def digest_hydra(hydra: HydraOutputs | Absent) -> tuple[FileDigest, ...]:
    """What Hydra kept of the start, below the folder that the trainer was started in."""
    if isinstance(hydra, Absent):
        return ()
    names = sorted(name for name in (CONFIG, HYDRA, OVERRIDES) if os.path.lexists(hydra.folder / name))
    found = (digest_file(hydra.folder, name) for name in names)
    return tuple(msgspec.structs.replace(file, path=hydra.source(file.path)) for file in found)


def digest_file(run_directory: Path, relative: str) -> FileDigest:
    """Of a regular file inside the run directory, of at most `MAX_FILE_BYTES`; without a digest for anything else."""
    if not is_inside(run_directory, relative):
        return FileDigest(relative, 0, None)
    found = file_digest.digest_file(run_directory / relative, MAX_FILE_BYTES)
    if isinstance(found, Absent | Unreadable):
        return FileDigest(relative, 0, None)
    return FileDigest(relative, found.bytes, found.sha256)


def is_inside(run_directory: Path, relative: str) -> bool:
    """Whether the path is one below the run directory, also after links are followed."""
    path = PurePosixPath(relative)
    if not relative or path.is_absolute() or ".." in path.parts or "\0" in relative:
        return False
    folder = os.path.join(os.path.realpath(run_directory), "")
    return os.path.realpath(run_directory / relative).startswith(folder)
