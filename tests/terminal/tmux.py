"""A real terminal for tests: one tmux server of its own per test."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.waiting import until

_AND_REST = '"$@"; sleep 0.5'
"""tmux 3.3 loses what a program prints in the moment in which its pane dies."""


class Terminal:
    """The installed command in a tmux window of a given size."""

    def __init__(self, command: list[str], size: tuple[int, int], environment: Mapping[str, str], cwd: Path) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("no tmux on this machine")
        self._socket = f"rwm-{uuid.uuid4().hex[:12]}"
        width, height = size
        variables = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "test", "-x", str(width), "-y", str(height),
            "-c", str(cwd), *variables, "--", "sh", "-c", _AND_REST, "sh", *command,
        )  # fmt: skip
        self._tmux("set-option", "-g", "remain-on-exit", "on")

    def press(self, *keys: str) -> None:
        """Keys by tmux's names (``Enter``, ``Down``, ``C-c``) or as characters."""
        self._tmux("send-keys", "-t", "test", *keys)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "test")

    def wait_for(self, *texts: str, limit_s: float = 30.0) -> str:
        """The first screen on which all the texts stand."""
        shown = ""

        def look() -> str | None:
            nonlocal shown
            shown = self.screen()
            return shown if all(text in shown for text in texts) else None

        try:
            return until(look, limit_s, every_s=0.1)
        except AssertionError:
            raise AssertionError(f"{texts} not on the screen within {limit_s} s:\n{shown}") from None

    def has_ended(self) -> bool:
        """Whether the command is over. tmux 3.3 sometimes never learns its status."""
        return self._tmux("display-message", "-p", "-t", "test", "#{pane_dead}").strip() == "1"

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-t", "test", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        """What a lost SSH line does: the terminal is gone from one moment to the next."""
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        # readline sets COLUMNS and LINES beneath Python, and pytest's workers inherit them: a size that is not ours.
        known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], capture_output=True, text=True, check=False, env=known
        )
        assert done.returncode == 0, f"tmux {arguments[0]}: {done.stderr}"
        return done.stdout
