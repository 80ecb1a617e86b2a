"""``rwm-tui evaluate``: how well a run's world model predicts what it was not trained on."""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec

from rwm_tui import judging_wiring
from rwm_tui.commands.terminal import in_plain_words, speaks_unicode
from rwm_tui.core.evaluation.judgement import judge_open_loop
from rwm_tui.core.evaluation.report import report_lines
from rwm_tui.core.evaluation.request import EvaluationRequest, EvaluationWritten
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import STATUS_WORDS, Checklist, check_document

MOVED_CLAIMS = ("predictive-accuracy", "generalization")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path)
    parser.add_argument("--checkpoint", metavar="model_N.pt", help="default: the final one")
    parser.add_argument(
        "--dataset",
        metavar="CSV",
        type=Path,
        help="raw rows of 45 state, 12 action, 8 contact and 1 termination numbers (default: the embedded simulator)",
    )
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="declare that the dataset is of the run's own task and that the run was not trained on it",
    )
    parser.add_argument("--episodes", metavar="N", type=int, help="in the simulator, of each kind (default: 50)")
    parser.add_argument("--seed", metavar="N", type=int, help="of the simulator; not the training's")


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where it was measured, whatever came out."""
    request = EvaluationRequest(
        options.run_dir, options.checkpoint, options.dataset, options.held_out, options.episodes, options.seed
    )
    written = asyncio.run(_evaluate(project, request))
    checklist = judging_wiring.check_run(project, options.run_dir)
    if options.json:
        print(documents.to_json(_document(written, checklist)))
        return 0
    for line in report_lines(written.evaluation.measurement, ascii_only=not speaks_unicode()):
        print(in_plain_words(clean_line(line)))
    print(in_plain_words(clean_line(f"\nwritten to {written.path}, with .csv and .png beside it")))
    for item in checklist.items:
        if item.id in MOVED_CLAIMS:
            print(in_plain_words(f"{item.id}: {STATUS_WORDS[item.status]}, because {item.reason}"))
    return 0


async def _evaluate(project: Project, request: EvaluationRequest) -> EvaluationWritten:
    async for said in judging_wiring.evaluate_in(project, request):
        if isinstance(said, EvaluationWritten):
            return said
        print(in_plain_words(clean_line(said)), file=sys.stderr, flush=True)
    raise AssertionError("an evaluation ends with what it wrote, or raises")


def _document(written: EvaluationWritten, checklist: Checklist) -> dict[str, object]:
    measurement = written.evaluation.measurement
    judgement = judge_open_loop(measurement.main.open_loop)
    return {
        "schema": documents.DOCUMENT_SCHEMA,
        "path": str(written.path),
        "outcome": str(judgement.usefulness),
        "reason": judgement.reason,
        "evaluation": msgspec.to_builtins(written.evaluation),
        "check": check_document(checklist),
    }
