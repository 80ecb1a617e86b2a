"""``rwm-tui launches``: every launch, newest first."""

import argparse

from rwm_tui.commands.listing import add_listing_arguments, print_listing
from rwm_tui.core.review.history import list_launches
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_listing_arguments(parser)


def answer(project: Project, options: argparse.Namespace) -> int:
    return print_listing("launches", list_launches, project, options)
