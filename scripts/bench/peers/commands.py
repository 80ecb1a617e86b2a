"""How each peer is started, and where it is installed from."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Missing(Exception):
    """A peer that is not there; the text says why."""


def minimal_app() -> list[str]:
    return [sys.executable, str(HERE / "minimal_app.py")]


def naive_label(every_s: float, *, bare: bool = False) -> list[str]:
    return [sys.executable, str(HERE / "naive_label.py"), str(every_s), *(["bare"] if bare else [])]


def debian(program: str) -> str:
    """
    :raises Missing: it is not installed.
    """
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{program} is not installed (Debian: apt-get install {program})")
    return found


def toolong(cache: Path) -> str:
    """`tl` in a virtual environment of its own, installed from its package index on the first call.

    :raises Missing: the package could not be installed.
    """
    environment = cache / "toolong"
    command = environment / "bin" / "tl"
    if not command.exists():
        for step in (
            [sys.executable, "-m", "venv", str(environment)],
            [str(environment / "bin" / "pip"), "install", "--quiet", "toolong"],
        ):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"toolong could not be installed: {done.stderr.strip()[-200:]}")
    return str(command)
