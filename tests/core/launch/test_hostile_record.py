"""A launch directory in which files are none: nothing hangs, nothing is read without end, nothing is a traceback.

Logs may be shared, so that a launch record is as untrusted as a run directory.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui import judging_wiring
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.review.history import list_history
from rwm_tui.core.settings import Project
from tests.core.review.past import Past

FILES = ("plan.json", "events.jsonl", "gpu.jsonl", "outcome.json", "environment.json", "console.log", "memory.json")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [os.mkfifo, _sparse, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", FILES)
def test_no_file_of_a_launch_hangs_or_fills_memory(
    name: str, make: Callable[[Path], None], tmp_path: Path, project_root: Path
) -> None:
    project = Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True)
    past = Past(project)
    run = past.run("2026-01-01_00-00-00_pretrain")
    launch = past.launch(Outcome.COMPLETED, run)
    (launch / name).unlink(missing_ok=True)
    make(launch / name)
    judged = judging_wiring.check_run(project, run)
    assert str(next(item.status for item in judged.items if item.id == "predictive-accuracy")) == "not-verified"
    assert list_history(project)
    with contextlib.suppress(InputError):  # a clear error is an answer
        judging_wiring.check_run(project, launch)
    (launch / name).unlink()
