"""``rwm-tui check``: judge a run directory."""

import argparse
from pathlib import Path

from rwm_tui import judging_wiring
from rwm_tui.commands.terminal import speaks_unicode, width
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.checklist import check_document, render_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_dir", metavar="RUN_DIR")
    parser.add_argument("--console", metavar="FILE", help="the run's console log, as a further witness")


def answer(project: Project, options: argparse.Namespace) -> int:
    """1 where a claim is contradicted."""
    console = Path(options.console) if options.console else None
    checklist = judging_wiring.check_run(project, Path(options.run_dir), console=console)
    if options.json:
        print(documents.to_json(check_document(checklist)))
    else:
        print(render_text(checklist, width(), ascii=not speaks_unicode()))
    return 1 if checklist.has_contradiction else 0
