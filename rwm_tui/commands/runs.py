"""``rwm-tui runs``: every run directory, newest first, whoever started it."""

import argparse

from rwm_tui.commands.listing import print_history
from rwm_tui.core.launch.history import list_runs
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def answer(project: Project, options: argparse.Namespace) -> int:
    print_history("runs", list_runs(project), json=options.json)
    return 0
