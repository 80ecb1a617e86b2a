"""``rwm-tui groups``: the observation groups of a run by console, env.yaml and checkpoints, side by side."""

import argparse
from pathlib import Path

from rwm_tui import judging_wiring
from rwm_tui.commands.terminal import in_plain_words, width
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.observation_table import groups_document, render_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_dir", metavar="RUN_DIR")
    parser.add_argument(
        "--console", metavar="FILE", help="the run's console log (default: its launch's, if it has one)"
    )


def answer(project: Project, options: argparse.Namespace) -> int:
    """1 where a source drifts from the reference."""
    console = Path(options.console) if options.console else None
    comparison = judging_wiring.compare_run_groups(project, Path(options.run_dir), console=console)
    if options.json:
        print(documents.to_json(groups_document(comparison, options.run_dir)))
    else:
        print(in_plain_words(render_text(comparison, width())))
    return 1 if comparison.drifted else 0
