"""``rwm-tui attach``: watch a launch again, live or ended."""

import argparse

from rwm_tui.commands.show import watch
from rwm_tui.commands.terminal import has_terminal
from rwm_tui.core.review.history import find_launch
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("launch", metavar="LAUNCH", nargs="?")
    parser.add_argument("--no-ui", action="store_true", help="progress lines instead of the app")


def answer(project: Project, options: argparse.Namespace) -> int:
    directory = find_launch(project, options.launch)
    if has_terminal() and not (options.no_ui or options.json):
        return watch(project, directory)
    from rwm_tui.commands.following import follow_headless

    return follow_headless(project, directory, json=options.json)
