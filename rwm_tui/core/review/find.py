"""Finding the entry of the history that a name means, and the one that last worked before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.review.history import HistoryEntry

_HINT = "`rwm-tui launches` and `rwm-tui runs` list what there is; a directory may be given too"


def find_entry(history: Sequence[HistoryEntry], name: str) -> HistoryEntry:
    """The entry with this launch id, run directory's name or path, or a unique beginning of a name.

    :raises InputError: where there is none, or more than one.
    """
    path = Path(name)
    if path.is_dir() and (os.sep in name or not _named(history, name)):
        return _entry_at(history, path)
    found = _named(history, name)
    if len(found) != 1:
        what = f"{len(found)} launches or runs are called or begin with" if found else "no launch or run is called"
        raise InputError("no such launch or run", f"{what} '{name}'", _HINT)
    return found[0]


def _named(history: Sequence[HistoryEntry], name: str) -> list[HistoryEntry]:
    """By the entry's own name before its run directory's, whole before beginning."""
    runs = [(entry, entry.run_directory.name) for entry in history if entry.run_directory]
    for names in ([(entry, entry.name) for entry in history], runs):
        whole = [entry for entry, known in names if known == name]
        if found := whole or [entry for entry, known in names if known.startswith(name)]:
            return found
    return []


def _entry_at(history: Sequence[HistoryEntry], path: Path) -> HistoryEntry:
    """A listed one where the folder is listed; else as it is given."""
    real = os.path.realpath(path)
    for entry in history:
        if any(own and os.path.realpath(own) == real for own in (entry.launch_directory, entry.run_directory)):
            return entry
    is_launch = LaunchPaths(path).plan.is_file()
    return HistoryEntry(
        when=path.stat().st_mtime,
        name=os.path.basename(real),
        launch_path=str(path) if is_launch else None,
        run_path=None if is_launch else str(path),
    )


def last_success_before(history: Sequence[HistoryEntry], entry: HistoryEntry) -> HistoryEntry:
    """The newest earlier entry of the same task and trainer that completed.

    :raises InputError: where there is none.
    """
    alike = (
        other
        for other in history
        if other.when < entry.when and (other.task, other.backend) == (entry.task, entry.backend) and _completed(other)
    )
    found = max(alike, key=lambda other: other.when, default=None)
    if found is None:
        raise InputError(
            "nothing to compare with",
            f"no earlier launch or run of {entry.task or 'an unrecorded task'} completed before {entry.name}",
            "name the other one: rwm-tui compare A B",
        )
    return found


def _completed(entry: HistoryEntry) -> bool:
    """By the launch's outcome; without a launch by the name of the final checkpoint."""
    if entry.outcome is not None:
        return entry.outcome is Outcome.COMPLETED
    return (
        entry.launch_directory is None
        and entry.last_checkpoint not in (None, 0)
        and (entry.last_checkpoint == entry.sizes.max_iterations)
    )
