"""``rwm-tui compare``: two runs or launches side by side, or one with the last that worked."""

import argparse

from rwm_tui.commands.terminal import in_plain_words, width
from rwm_tui.core.compare.comparison import compare
from rwm_tui.core.compare.document import compare_document, compare_markdown, compare_text
from rwm_tui.core.compare.side import read_side
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.documents import to_json
from rwm_tui.core.review.find import find_entry, last_success_before
from rwm_tui.core.review.history import HistoryEntry, list_history
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="RUN_OR_LAUNCH", nargs="+", help="an id, a run directory's name, or a path")
    parser.add_argument(
        "--last-success", action="store_true", help="compare one with the last before it that completed"
    )
    parser.add_argument("--all", action="store_true", help="also what is the same")
    parser.add_argument("--markdown", action="store_true", help="a table for each aspect, ready to paste")


def answer(project: Project, options: argparse.Namespace) -> int:
    left, right = _entries(project, options)
    comparison = compare(*(read_side(entry.run_directory, entry.launch_directory) for entry in (left, right)))
    if options.json:
        print(to_json(compare_document(comparison, everything=options.all)))
    elif options.markdown:
        print(compare_markdown(comparison, everything=options.all), end="")
    else:
        for line in compare_text(comparison, width(), everything=options.all).splitlines():
            print(in_plain_words(line))
    return 0


def _entries(project: Project, options: argparse.Namespace) -> tuple[HistoryEntry, HistoryEntry]:
    wanted = 1 if options.last_success else 2
    if len(options.names) != wanted:
        message = f"{len(options.names)} given where {wanted} belong"
        raise InputError("usage", message, "rwm-tui compare A B, or rwm-tui compare --last-success A")
    history = list_history(project)
    found = [find_entry(history, name) for name in options.names]
    return (last_success_before(history, found[0]), found[0]) if options.last_success else (found[0], found[1])
