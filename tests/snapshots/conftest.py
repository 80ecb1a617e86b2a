"""A world that is the same on every machine, and `--update-pictures`."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwm_tui.core.settings import Project
from tests.screens.world import World


@pytest.fixture
def world(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Its folder's name has the same length everywhere, so that lines break alike."""
    for name in ("NO_COLOR", "COLORTERM", "TMUX", "TEXTUAL_DRIVER", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HOME", "/home/user")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(sys, "executable", "/home/user/rwm/.venv/bin/python")
    folder = Path(tempfile.mkdtemp(prefix="rwm-", dir="/tmp"))
    shutil.copytree(project_root / "profiles", folder / "profiles")
    yield World(Project(root=folder, profiles=folder / "profiles", logs=folder / "logs", found=True))
    shutil.rmtree(folder)
    monkeypatch.undo()
    time.tzset()
