"""``rwm-tui diagnose``: why a run failed, from a console log from anywhere."""

import argparse
import sys
from pathlib import Path

from rwm_tui.commands.terminal import in_plain_words, width
from rwm_tui.core.diagnosis.diagnose import diagnose_file, diagnose_stream
from rwm_tui.core.diagnosis.document import diagnosis_document, diagnosis_text
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("console", metavar="CONSOLE_LOG", help="the console log, or - for stdin")
    parser.add_argument("--run-dir", metavar="DIR", help="the run directory, for what only files show")
    parser.add_argument("--exit-status", metavar="N", type=int, help="the trainer's; negative or 128+n for a signal")


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where an answer was given, whatever it says."""
    run_dir = Path(options.run_dir) if options.run_dir else None
    if options.console == "-":
        diagnosis = diagnose_stream(sys.stdin.buffer, "stdin", exit_status=options.exit_status, run_dir=run_dir)
    else:
        diagnosis = diagnose_file(Path(options.console), exit_status=options.exit_status, run_dir=run_dir)
    if options.json:
        print(documents.to_json(diagnosis_document(diagnosis)))
    else:
        print(in_plain_words(diagnosis_text(diagnosis, width())))
    return 0
