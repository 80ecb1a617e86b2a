"""The user's command that is started with news of a launch: an argv, never a shell's text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from rwm_tui.core.launch.news import News

LIMIT_S = 60.0
"""How long it may take after the launch has ended."""


class NewsCommand:
    """Started beside the launch, whose course does not depend on it. What it prints goes where our own words go."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)
        self._started: list[subprocess.Popen[bytes]] = []

    def __call__(self, news: News) -> None:
        try:
            process = subprocess.Popen(
                self._argv,
                cwd=news.launch_directory,
                env=os.environ | news.variables(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            sys.stderr.write(f"notify.command: {self._argv[0]}: {error.strerror}\n")
        else:
            self._started.append(process)

    def wait(self, limit_s: float = LIMIT_S) -> None:
        """Until what was started has ended; a command that takes longer is killed."""
        for process in self._started:
            try:
                status = process.wait(limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                sys.stderr.write(f"notify.command: killed, not over after {limit_s:g} s\n")
            else:
                if status:
                    sys.stderr.write(f"notify.command: exit status {status}\n")
