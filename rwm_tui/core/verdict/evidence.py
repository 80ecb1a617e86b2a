"""Collecting evidence: all reading happens here and yields one frozen value."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.checkpoint import (
    DYNAMICS,
    DYNAMICS_OPTIMIZER,
    POLICY,
    POLICY_OPTIMIZER,
    Checkpoint,
    read_checkpoint,
    scan_finite,
)
from rwm_tui.core.run_dir.code_state import CodeState, read_code_state
from rwm_tui.core.run_dir.layout import CheckpointFile, RunDirLayout, read_layout
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.run_dir.regular_file import open_regular, read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.core.trainer_output.scalars import Scalar, ScalarReader
from rwm_tui.core.verdict.console_facts import digest_console
from rwm_tui.core.verdict.facts import (
    CheckpointFacts,
    ConsoleFacts,
    EventFacts,
    LaunchFacts,
    Params,
    RunFacts,
    Series,
)
from rwm_tui.core.verdict.finding import Evidence

__all__ = ["Evidence", "LaunchFacts", "RunFacts", "collect_evidence"]

MAX_RUN_JSON_BYTES = 256 * 1024
MAX_TAGS = 2000
MAX_TAG_VALUES_PER_FILE = 20_000_000


def collect_evidence(run_dir: Path, console: Path | None = None, launch: LaunchFacts | None = None) -> RunFacts:
    """Reads a run directory and, if given, its console and launch record.

    Args:
        run_dir: the trainer's own log directory.
        console: a console file that the user names; it must be readable.
        launch: the launch record bound to this run directory; its console is used where `console` is not given.

    Raises:
        InputError: `run_dir` is no run directory, or `console` can't be read.
    """
    layout = read_layout(run_dir)
    return RunFacts(
        layout=layout,
        agent=_params(layout.params_agent),
        env=_params(layout.params_env),
        run_json=_run_json(layout.run_json),
        checkpoints=tuple(_checkpoint(file) for file in layout.checkpoints),
        events=_events(layout.event_files),
        code_states=tuple(_code_states(layout.git_diffs)),
        console=_console(layout, console, launch),
        launch=launch,
    )


def _params(path: Path | Absent) -> Params:
    return path if isinstance(path, Absent) else load_params(path)


def _run_json(path: Path | Absent) -> Params:
    if isinstance(path, Absent):
        return path
    content = read_regular(path, MAX_RUN_JSON_BYTES)
    if not isinstance(content, bytes):
        return content
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Unreadable("not-json", f"no valid JSON: {error}"[:200])
    if not isinstance(manifest, dict):
        return Unreadable("not-a-mapping", "the file is no mapping of names to values")
    return manifest


def _checkpoint(file: CheckpointFile) -> CheckpointFacts:
    content = read_checkpoint(file.path)
    if not isinstance(content, Checkpoint):
        return CheckpointFacts(file, content, ())
    non_finite = scan_finite(content, (POLICY, DYNAMICS, POLICY_OPTIMIZER, DYNAMICS_OPTIMIZER))
    if isinstance(non_finite, Unreadable):
        return CheckpointFacts(file, non_finite, ())
    return CheckpointFacts(file, content, non_finite)


def _events(paths: Sequence[Path]) -> EventFacts:
    series: dict[str, Series] = {}
    unreadable: dict[str, Unreadable] = {}
    for path in paths:
        reader = ScalarReader(path)
        values = 0
        while (scalars := reader.read_new()) and values < MAX_TAG_VALUES_PER_FILE:
            values += len(scalars)
            _fold(series, scalars, path.name)
        if reader.finding:
            unreadable[path.name] = reader.finding
    return EventFacts(series, unreadable)


def _fold(series: dict[str, Series], scalars: Iterable[Scalar], source: str) -> None:
    for scalar in scalars:
        bad = None if math.isfinite(scalar.value) else (scalar.step, scalar.value)
        known = series.get(scalar.tag)
        if known:
            series[scalar.tag] = replace(
                known,
                count=known.count + 1,
                first_step=min(known.first_step, scalar.step),
                last_step=max(known.last_step, scalar.step),
                last_value=scalar.value,
                first_non_finite=known.first_non_finite or bad,
                source=source,
            )
        elif len(series) < MAX_TAGS:
            series[scalar.tag] = Series(scalar.tag, 1, scalar.step, scalar.step, scalar.value, bad, source)


def _code_states(paths: Sequence[Path]) -> Iterable[CodeState]:
    for path in paths:
        state = read_code_state(path)
        if isinstance(state, CodeState):
            yield state


def _console(layout: RunDirLayout, named: Path | None, launch: LaunchFacts | None) -> ConsoleFacts | Absent:
    path = named or (launch.console if launch else None)
    if path is None:
        return Absent("no console log was given")
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        reason = opened.reason
    else:
        opened.close()
        try:
            return digest_console(path, parse_console(path), layout.stamp)
        except OSError as error:
            reason = error.strerror or "reading failed"
    if named:
        raise InputError(
            "console log not readable", f"{path}: {reason}", "Give the file that holds the trainer's output."
        )
    return Absent(f"the console log of the launch can't be read: {reason}")
