"""Launches and run directories, one a line: chosen, sorted and, if asked, judged."""

import argparse
import gc
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.review.document import history_document, history_lines
from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.query import FIELDS, chosen, parse_condition, sorted_by
from rwm_tui.core.settings import Project

Listing = Callable[[Project], tuple[HistoryEntry, ...]]


def add_listing_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "keys:\n" + "\n".join(f"  {key:<13} {field.meaning}" for key, field in FIELDS.items())
    parser.add_argument(
        "--where", metavar="CONDITION", action="append", default=[],
        help="only these, e.g. outcome=COMPLETED, task=*Flat*, verdict=none, 'peak_vram>6000'; may be repeated",
    )  # fmt: skip
    parser.add_argument("--sort", metavar="KEY", default="date", help="date (default) or another key")
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument("--limit", metavar="N", type=int, help="no more than N")
    parser.add_argument("--judge", action="store_true", help="judge those that are listed and not judged yet")


def print_listing(name: str, listing: Listing, project: Project, options: argparse.Namespace) -> int:
    """Without garbage collection: looking through thousands of records that all stay takes a tenth of the time."""
    gc.disable()
    try:
        return _print_listing(name, listing, project, options)
    finally:
        gc.enable()


def _print_listing(name: str, listing: Listing, project: Project, options: argparse.Namespace) -> int:
    conditions = [parse_condition(text) for text in options.where]
    if options.limit is not None and options.limit < 1:
        raise InputError("usage", f"--limit {options.limit} lists nothing", "give a number from 1 on")

    def listed() -> tuple[HistoryEntry, ...]:
        return sorted_by(chosen(listing(project), conditions), options.sort, reverse=options.reverse)[: options.limit]

    entries = listed()
    if options.judge and _judge(project, entries):
        entries = listed()
    if options.json:
        from rwm_tui.core.launch.documents import to_json

        print(to_json(history_document(name, entries)))
    else:
        print("\n".join(history_lines(entries) or [f"no {name}"]))
    return 0


def _judge(project: Project, entries: Iterable[HistoryEntry]) -> int:
    """How many were judged; one that cannot be is told and passed over."""
    from rwm_tui import judging_wiring

    waiting: list[tuple[Path, Path | None]] = [
        (entry.run_directory, entry.launch_directory)
        for entry in entries
        if entry.run_directory and entry.verdict is None
    ]
    for number, (run_directory, launch_directory) in enumerate(waiting, 1):
        print(f"judging {number} of {len(waiting)}: {run_directory.name}", file=sys.stderr)
        try:
            judging_wiring.check_run(project, run_directory, launch_directory)
        except InputError as error:
            print(f"{error.title}: {error.message}", file=sys.stderr)
    return len(waiting)
