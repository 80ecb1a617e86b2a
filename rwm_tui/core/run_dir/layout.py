"""Which files a run directory holds (UPSTREAM-RUNS: params/, model_N.pt, events, git/; Isaac Lab 3: run.json)."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.unreadable import Absent

MAX_ENTRIES = 20_000  # of one folder; a run of 2000 iterations leaves 41 checkpoints

_CHECKPOINT = re.compile(r"model_(.*)\.pt", re.DOTALL)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)", re.ASCII)


class CheckpointFile(msgspec.Struct, frozen=True):
    """A `model_*.pt`. `number` is None where the name holds something else than a number."""

    path: Path
    number: int | None


class RunDirLayout(msgspec.Struct, frozen=True):
    """The files of one run directory, by what their names say; none has been opened.

    Attributes:
        checkpoints: sorted by number, those without one last.
        event_files: TensorBoard event files, oldest first.
        git_diffs: what the trainer stored of each repository's state.
    """

    path: Path
    checkpoints: tuple[CheckpointFile, ...]
    params_agent: Path | Absent
    params_env: Path | Absent
    event_files: tuple[Path, ...]
    git_diffs: tuple[Path, ...]
    run_json: Path | Absent

    @property
    def stamp(self) -> str | None:
        """The time stamp that the directory's own name begins with, e.g. `2026-11-23_18-08-36`; also of `.`."""
        return stamp_of(self.path) or stamp_of(Path(os.path.realpath(self.path)))


def stamped_time(name: str) -> float | None:
    """When a run began by the stamp that its name begins with, in seconds since the epoch; None without a valid one.

    Copying a run changes the times of its files, but not its name.
    """
    found = _STAMP.match(name)
    if found is None:
        return None
    try:
        return datetime.datetime.fromisoformat("{}T{}:{}:{}".format(*found.groups())).timestamp()
    except (ValueError, OverflowError):
        return None


def stamp_of(path: Path) -> str | None:
    """The time stamp that a run directory's name begins with; None where it was named otherwise."""
    found = _STAMP.match(path.name)
    return found[0] if found else None


def read_layout(path: Path) -> RunDirLayout:
    """The layout of a run directory.

    Raises:
        InputError: there is no such directory, it can't be read, or nothing in it is a trainer's.
    """
    try:
        names = _names(path)
    except OSError as error:
        raise InputError(
            "no run directory",
            f"{path}: {error.strerror or error}",
            "Give the folder that holds params/ and model_*.pt, e.g. logs/rsl_rl/anymal_d_flat/<stamp>_pretrain.",
        ) from error
    if not _looks_like_a_run(path, names):
        raise InputError(
            "no run directory",
            f"{path} holds neither params/ nor model_*.pt, a TensorBoard event file or run.json",
            "Give the folder that holds params/ and model_*.pt, e.g. logs/rsl_rl/anymal_d_flat/<stamp>_pretrain.",
        )
    return RunDirLayout(
        path=path,
        checkpoints=tuple(sorted(_checkpoints(path, names), key=_by_number)),
        params_agent=_present(path / "params" / "agent.yaml"),
        params_env=_present(path / "params" / "env.yaml"),
        event_files=tuple(path / name for name in sorted(filter(is_event_file_name, names))),
        git_diffs=_git_diffs(path / "git"),
        run_json=_present(path / "run.json"),
    )


def is_run_directory(path: Path) -> bool:
    """Whether a trainer wrote there; false for what can't be read."""
    try:
        return _looks_like_a_run(path, _names(path))
    except OSError:
        return False


def _names(path: Path) -> list[str]:
    names: list[str] = []
    with os.scandir(path) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) >= MAX_ENTRIES:
                break
    return names


def _looks_like_a_run(path: Path, names: Sequence[str]) -> bool:
    has_params = "params" in names and (path / "params").is_dir()
    return (
        has_params or "run.json" in names or any(is_checkpoint_name(name) or is_event_file_name(name) for name in names)
    )


def is_event_file_name(name: str) -> bool:
    return name.startswith("events.out.tfevents.")


def is_checkpoint_name(name: str) -> bool:
    return _CHECKPOINT.fullmatch(name) is not None


def checkpoint_number(name: str) -> int | None:
    """The number of `model_<number>.pt`; None where the name holds something else."""
    found = _CHECKPOINT.fullmatch(name)
    return int(found[1]) if found and _NUMBER.fullmatch(found[1]) else None


def _checkpoints(path: Path, names: Sequence[str]) -> Iterator[CheckpointFile]:
    for name in names:
        if is_checkpoint_name(name):
            yield CheckpointFile(path / name, checkpoint_number(name))


def _by_number(checkpoint: CheckpointFile) -> tuple[bool, int, str]:
    return checkpoint.number is None, checkpoint.number or 0, checkpoint.path.name


def _present(path: Path) -> Path | Absent:
    return path if path.exists() else Absent(f"there is no {path.parent.name}/{path.name}")


def _git_diffs(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(folder / name for name in sorted(_names(folder)) if name.endswith(".diff"))
    except OSError:
        return ()
