"""The part of the composition root that judges, evaluates and reports what runs left behind."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rwm_tui.core.compare.comparison import Comparison
from rwm_tui.core.compare.document import compare_document, compare_markdown
from rwm_tui.core.evaluation.request import EvaluationRequest, EvaluationWritten
from rwm_tui.core.launch.documents import to_json
from rwm_tui.core.launch.follow import bound_run_directory
from rwm_tui.core.launch.launch_facts import read_launch_facts
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ledger.ledger import Ledger, ledger_markdown, make_ledger
from rwm_tui.core.report_files import write_report
from rwm_tui.core.review.history import launch_of_run, unreadable_launch_of_run
from rwm_tui.core.review.refresh import files_to_judge, remember_verdict
from rwm_tui.core.run_dir.layout import is_run_directory, read_layout
from rwm_tui.core.settings import (
    Project,
    refuse_where_read_only,
)
from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.evidence import RunFacts, collect_evidence
from rwm_tui.core.verdict.observation_readings import GroupComparison, compare_groups


def check_run(
    project: Project, run_directory: Path, launch_directory: Path | None = None, console: Path | None = None
) -> Checklist:
    """Judge a run directory, with the launch record that is bound to it, if there is one; lists then tell the verdict.

    A launch directory stands for the run directory that is bound to it.

    :param console: a further witness; a verdict that rests on it is not the run's own and not remembered.
    """
    if launch_directory is None and LaunchPaths(run_directory).plan.exists() and not is_run_directory(run_directory):
        launch_directory, run_directory = run_directory, bound_run_directory(run_directory)
    record = launch_directory or launch_of_run(project, run_directory)
    files = files_to_judge(project, run_directory, record)
    checklist = judge(_evidence(project, run_directory, record, console))
    if files and console is None:
        remember_verdict(project, checklist, files)
    return checklist


def compare_run_groups(
    project: Project, run_directory: Path, launch_directory: Path | None = None, console: Path | None = None
) -> GroupComparison:
    """The observation groups of a run directory, by every source that shows them."""
    record = launch_directory or launch_of_run(project, run_directory)
    return compare_groups(_evidence(project, run_directory, record, console))


def _evidence(project: Project, run_directory: Path, record: Path | None, console: Path | None) -> RunFacts:
    record = record or unreadable_launch_of_run(project, run_directory)
    return collect_evidence(run_directory, console, read_launch_facts(record) if record else None)


def evaluate_in(project: Project, request: EvaluationRequest) -> AsyncIterator[str | EvaluationWritten]:
    refuse_where_read_only(project, "evaluate a run, whose result is written beside it,")
    return evaluate(request)


async def evaluate(request: EvaluationRequest) -> AsyncIterator[str | EvaluationWritten]:
    """Measure in a process of its own and write the result beside the run; progress in words, then the file.

    :raises InputError: for what cannot be evaluated or written.
    """
    from rwm_tui.core.evaluation.files import prepare_folder, write_evaluation
    from rwm_tui.hosts.evaluator import measure_in_process

    await asyncio.to_thread(read_layout, request.run_dir)
    await asyncio.to_thread(prepare_folder, request.run_dir)
    async for said in measure_in_process(request):
        if isinstance(said, str):
            yield said
            continue
        created = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        path, evaluation = await asyncio.to_thread(write_evaluation, request.run_dir, said, created)
        yield EvaluationWritten(path, evaluation)


@dataclass(frozen=True)
class JudgedRun:
    """A run with everything that its ledger and manifest are written from."""

    facts: RunFacts
    checklist: Checklist
    ledger: Ledger


def judge_for_ledger(project: Project, run_directory: Path) -> JudgedRun:
    """Judge a run and write its ledger down, with names in place of this machine's folders."""
    record = launch_of_run(project, run_directory) or unreadable_launch_of_run(project, run_directory)
    facts = _evidence(project, run_directory, record, None)
    checklist = judge(facts)
    places = {str(project.logs): "$LOGS", str(project.root): "$PROJECT_ROOT", str(Path.home()): "~"}
    return JudgedRun(facts, checklist, make_ledger(checklist, places, record))


def write_ledger(project: Project, run_directory: Path) -> tuple[Path, Path]:
    """The ledger of a run in the logs folder, as Markdown and as the JSON that `verify` takes.

    :raises InputError: where the logs folder can't be written, or nothing may be.
    """
    refuse_where_read_only(project, "write a ledger")
    judged = judge_for_ledger(project, run_directory)
    document = f"{to_json(msgspec.to_builtins(judged.ledger))}\n"
    markdown = ledger_markdown(judged.ledger, judged.checklist)
    return write_report(project.logs / "ledgers", (judged.ledger.run,), markdown, document)


def write_comparison(project: Project, comparison: Comparison) -> tuple[Path, Path]:
    """Markdown with what differs, JSON with everything.

    :raises InputError: where the logs folder can't be written, or nothing may be.
    """
    refuse_where_read_only(project, "write a comparison")
    document = f"{to_json(compare_document(comparison, everything=True))}\n"
    markdown = compare_markdown(comparison, everything=False)
    names = comparison.left.name, comparison.right.name
    return write_report(project.logs / "comparisons", names, markdown, document)


def ledger_text(project: Project, run_directory: Path) -> str:
    """The ledger of a run as Markdown, ready to paste."""
    judged = judge_for_ledger(project, run_directory)
    return ledger_markdown(judged.ledger, judged.checklist)
