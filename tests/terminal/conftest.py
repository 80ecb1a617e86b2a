"""Terminals that are closed after the test, and a project of their own."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.tmux import Terminal

COMMAND = Path(sys.executable).with_name("rwm-tui")


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    """A project folder with the shipped profiles and empty logs."""
    shutil.copytree(project_root / "profiles", tmp_path / "profiles")
    return tmp_path


@pytest.fixture
def open_terminal(project: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_one(*arguments: str, size: tuple[int, int] = (80, 24), **environment: str) -> Terminal:
        variables = {"TERM": "tmux-256color", "LANG": "C.UTF-8"} | environment
        by_hand = ["env", *(f"{name}={value}" for name, value in environment.items())] if environment else []
        terminal = Terminal([*by_hand, str(COMMAND), *arguments], size, variables, project)  # tmux sets TERM itself
        opened.append(terminal)
        return terminal

    yield open_one
    for terminal in opened:
        terminal.close()
