"""Run directories `<root>/rsl_rl/<experiment>/<run>`, found without opening a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

MAX_ENTRIES = 100_000


def walk_runs(roots: Sequence[Path]) -> Iterator[str]:
    """Every folder where a run may lie, once; links out of a root are not followed."""
    seen: set[str] = set()
    for root in roots:
        inside = os.path.realpath(root)
        experiments = os.path.join(os.fspath(root), "rsl_rl")
        if not _is_inside(experiments, inside):
            continue
        for experiment in _folders(experiments, inside):
            for run in _folders(experiment, inside):
                if run not in seen:
                    seen.add(run)
                    yield run


def _folders(path: str, inside: str) -> Iterator[str]:
    try:
        with os.scandir(path) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_ENTRIES:
                    return
                if entry.is_dir() and (not entry.is_symlink() or _is_inside(entry.path, inside)):
                    yield entry.path
    except OSError:
        return


def _is_inside(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(folder.rstrip(os.sep) + os.sep)
