"""``rwm-tui runs``: every run directory, newest first, whoever started it."""

import argparse

from rwm_tui.commands.listing import add_listing_arguments, print_listing
from rwm_tui.core.review.history import list_runs
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_listing_arguments(parser)


def answer(project: Project, options: argparse.Namespace) -> int:
    return print_listing("runs", list_runs, project, options)
