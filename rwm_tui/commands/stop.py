"""``rwm-tui stop``: SIGINT to a launch's trainer, SIGKILL after the grace."""

import argparse

from rwm_tui import wiring
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.review.history import find_launch
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("launch", metavar="LAUNCH", nargs="?")
    parser.add_argument("--kill", action="store_true", help="SIGKILL at once")


def answer(project: Project, options: argparse.Namespace) -> int:
    directory = find_launch(project, options.launch)
    state = read_state(directory)
    sentence = wiring.stop(project, state, directory, kill=options.kill)
    if options.json:
        print(documents.to_json(documents.run_document(state, directory, None) | {"message": sentence}))
    else:
        print(sentence)
    return 0
