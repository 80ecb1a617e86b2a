"""``rwm-tui replay``: a launch that is over, gone through again in the app."""

import argparse

from rwm_tui.commands.show import show_app
from rwm_tui.commands.terminal import has_terminal
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.review.history import find_launch
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("launch", metavar="LAUNCH", nargs="?")


def answer(project: Project, options: argparse.Namespace) -> int:
    directory = find_launch(project, options.launch)
    if options.json or not has_terminal():
        raise InputError("nothing to replay on", "a replay needs a terminal", "`rwm-tui attach --json` has the record")
    if not read_state(directory).is_over:
        raise InputError("not over yet", f"{directory.name} goes on", f"rwm-tui attach {directory.name}")
    from rwm_tui.messages import Replay  # Textual is loaded where there is something to show

    return show_app(project, Replay(directory))
