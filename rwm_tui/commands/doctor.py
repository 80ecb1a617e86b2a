"""``rwm-tui doctor``: the preflight as a list, and the end of what earlier launches left running."""

import argparse
import sys

from rwm_tui import wiring
from rwm_tui.commands.terminal import in_plain_words, width
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.beginnings import read_beginnings
from rwm_tui.core.launch.leftovers import leftovers_among
from rwm_tui.core.plan.preflight.finding import CheckStatus
from rwm_tui.core.plan.preflight.report import doctor_document, report_lines
from rwm_tui.core.profile import load_profile_named
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", metavar="PROFILE", nargs="?", help="for this profile (default: this machine)")
    parser.add_argument(
        "--end-leftovers", action="store_true", help="end trainers of our own that nobody supervises any more"
    )


def answer(project: Project, options: argparse.Namespace) -> int:
    """1 where a check failed."""
    ended = _end_leftovers(project, quiet=options.json) if options.end_leftovers else []
    services = wiring.real_services(project)
    profile = load_profile_named(project.profiles, options.profile) if options.profile else None
    preflight = services.preflight(profile)
    if options.json:
        print(documents.to_json(doctor_document(preflight) | {"ended": ended}))
    else:
        for line in report_lines(preflight, width()):
            print(in_plain_words(line))
    return 1 if preflight.with_status(CheckStatus.FAIL) else 0


def _end_leftovers(project: Project, *, quiet: bool) -> list[str]:
    """List them, then end them; what was done, in sentences."""
    stream = sys.stderr if quiet else sys.stdout
    leftovers = leftovers_among(read_beginnings(project.launches))
    if not leftovers:
        print("no leftovers of earlier launches", file=stream)
    for leftover in leftovers:
        if leftover.trainer:
            print(f"left over: {leftover.launch_id}, process group {leftover.trainer.pid}", file=stream, flush=True)
    ended = []
    for sentence in wiring.end_trainers(project, leftovers, wiring.real_clock()):
        print(sentence, file=stream, flush=True)
        ended.append(sentence)
    return ended
