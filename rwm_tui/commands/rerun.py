"""``rwm-tui rerun``: after an out-of-memory, the same again at a scale that fits."""

import argparse
import sys

from rwm_tui import wiring
from rwm_tui.commands.following import follow_headless
from rwm_tui.commands.show import watch
from rwm_tui.commands.terminal import has_terminal, in_plain_words
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.outcome import EXIT_CODES, Outcome
from rwm_tui.core.memory.rerun import NotOffered
from rwm_tui.core.memory.rerun_document import rerun_document, rerun_lines
from rwm_tui.core.review.history import find_launch
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("launch", metavar="LAUNCH", nargs="?")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--rung", dest="kind", action="store_const", const="rung", help="the next rung that fits")
    which.add_argument("--fit", dest="kind", action="store_const", const="fit", help="the largest plan that fits")
    parser.add_argument("--dry-run", action="store_true", help="say what would be launched, and launch nothing")
    parser.add_argument("--no-ui", action="store_true", help="progress lines instead of the app")


def answer(project: Project, options: argparse.Namespace) -> int:
    """The exit code of the rerun; 0 for a dry run.

    :raises InputError: where nothing is offered.
    """
    services = wiring.real_services(project)
    directory = find_launch(project, options.launch)
    offer = services.rerun_offer(directory)
    stream = sys.stderr if options.json else sys.stdout
    print(in_plain_words("\n".join(rerun_lines(offer))), file=stream, flush=True)
    if options.dry_run:
        if options.json:
            print(documents.to_json(rerun_document(offer) | {"launch": directory.name}))
        return 0
    chosen = offer.proposal(options.kind) if options.kind else offer.best
    if isinstance(chosen, NotOffered):
        raise InputError("no rerun", chosen.reason, chosen.remedy)
    started = services.rerun(directory, offer, chosen, lambda text: print(text, file=sys.stderr, flush=True))
    if has_terminal() and not (options.no_ui or options.json):
        return watch(project, started)
    status = follow_headless(project, started, json=options.json)
    if status == EXIT_CODES[Outcome.COMPLETED]:
        print(f"to go up again: rwm-tui fit --after {started.name}", file=sys.stderr)
    return status
