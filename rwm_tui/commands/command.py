"""What every module of a command offers."""

import argparse
from typing import Protocol

from rwm_tui.core.settings import Project


class Command(Protocol):
    """A module of this package; a mistake of the user's is raised as InputError."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def answer(self, project: Project, options: argparse.Namespace) -> int:
        """Carry it out; the exit code (DESIGN §8)."""
        ...
