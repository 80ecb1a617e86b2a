"""Bringing the index up to date: what has changed is read again, what is gone is dropped."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rwm_tui.core.review.file_stamps import TICK_S, is_settled
from rwm_tui.core.review.index import HistoryIndex, load_index, save_index
from rwm_tui.core.review.launch_summary import LaunchSummary, launch_stamp, summarize_launch
from rwm_tui.core.review.run_summary import RunSummary, run_stamp, summarize_run
from rwm_tui.core.review.run_walk import walk_runs
from rwm_tui.core.review.verdict_summary import JudgedFiles, look_at_files, summarize_verdict
from rwm_tui.core.settings import Project

if TYPE_CHECKING:  # lists are shown without the code that judges
    from rwm_tui.core.verdict.checklist import Checklist


def refreshed_index(project: Project) -> HistoryIndex:
    """Every launch and run directory as it is now; what can be kept for the next time is saved."""
    now_ns = time.time_ns()  # before anything is read
    saved = load_index(project.logs)
    runs = {path: _run(path, saved.runs.get(path)) for path in walk_runs(project.log_roots)}
    launches = {path: _launch(path, saved.launches.get(path)) for path in _launch_directories(project.launches)}
    kept = HistoryIndex(
        program=saved.program,
        runs={path: run for path, run in runs.items() if run is saved.runs.get(path) or is_settled(run.stamp, now_ns)},
        launches={
            path: launch
            for path, launch in launches.items()
            if launch.has_outcome_file and is_settled(launch.stamp, now_ns)
        },
        verdicts={path: verdict for path, verdict in saved.verdicts.items() if path in runs},
    )
    if kept != saved and not project.read_only:
        save_index(project.logs, kept)
    is_a_run = {path: run for path, run in runs.items() if run.is_run}
    return HistoryIndex(program=saved.program, runs=is_a_run, launches=launches, verdicts=kept.verdicts)


def files_to_judge(project: Project, run_directory: Path, launch_directory: Path | None) -> JudgedFiles | None:
    """The state of a listed run's files, to be taken before they are read; None for a run that no list shows.

    A run that is judged as soon as it ends has files from this very moment: they are given a clock's tick.
    """
    real = os.path.realpath(run_directory)
    for root in project.log_roots:
        inside = os.path.join(os.path.realpath(root), "")
        if real.startswith(os.path.join(inside, "rsl_rl", "")):
            listed = os.path.join(root, real.removeprefix(inside))
            record = str(project.launches / launch_directory.name) if launch_directory else None
            files = look_at_files(listed, record)
            if files.is_at_rest:
                return files
            time.sleep(TICK_S)
            return look_at_files(listed, record)
    return None


def remember_verdict(project: Project, checklist: Checklist, files: JudgedFiles) -> None:
    """Keep a verdict for the lists, where its files were at rest when they were looked at."""
    if project.read_only or not files.is_at_rest:
        return
    index = load_index(project.logs)
    verdict = summarize_verdict(checklist, files)
    if index.verdicts.get(files.run_directory) != verdict:
        verdicts = index.verdicts | {files.run_directory: verdict}
        save_index(project.logs, msgspec.structs.replace(index, verdicts=verdicts))


def _run(path: str, saved: RunSummary | None) -> RunSummary:
    stamp = run_stamp(path)
    return saved if saved and saved.stamp == stamp else summarize_run(path, stamp)


def _launch(directory: str, saved: LaunchSummary | None) -> LaunchSummary:
    stamp = launch_stamp(directory)
    return saved if saved and saved.stamp == stamp else summarize_launch(directory, stamp)


def _launch_directories(launches: Path) -> list[str]:
    try:
        with os.scandir(launches) as entries:
            return [entry.path for entry in entries if entry.is_dir()]
    except OSError:
        return []
