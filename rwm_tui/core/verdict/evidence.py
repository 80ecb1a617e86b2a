"""Collecting evidence: all reading happens here and yields one frozen value."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.code_state import CodeState, read_code_state
from rwm_tui.core.run_dir.hydra_outputs import read_hydra_outputs
from rwm_tui.core.run_dir.layout import CheckpointFile, RunDirLayout, read_layout
from rwm_tui.core.run_dir.noise_std import mean_noise_std
from rwm_tui.core.run_dir.number_scan import NumberScan, scan_numbers
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.run_dir.regular_file import link_out_of, open_regular, read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.core.verdict.console_facts import digest_console
from rwm_tui.core.verdict.evaluations import read_evaluations
from rwm_tui.core.verdict.event_series import read_event_series
from rwm_tui.core.verdict.facts import (
    CheckpointFacts,
    ConsoleFacts,
    EventFacts,
    LaunchFacts,
    Params,
    RunFacts,
    UnreadableLaunch,
)
from rwm_tui.core.verdict.finding import Evidence

__all__ = ["Evidence", "LaunchFacts", "RunFacts", "collect_evidence"]

MAX_RUN_JSON_BYTES = 256 * 1024
MAX_CONSOLE_BYTES = 4 * 1024**3
_NOT_LOOKED_AT = NumberScan((), {})


def collect_evidence(
    run_dir: Path, console: Path | None = None, launch: LaunchFacts | UnreadableLaunch | None = None
) -> RunFacts:
    """Reads a run directory and, if given, its console and launch record.

    Args:
        run_dir: the trainer's own log directory.
        console: a console file that the user names; it must be readable.
        launch: the launch record bound to this run directory; its console is used where `console` is not given.

    Raises:
        InputError: `run_dir` is no run directory, or `console` can't be read.
    """
    layout = read_layout(run_dir)
    readable = launch if isinstance(launch, LaunchFacts) else None
    return RunFacts(
        layout=layout,
        agent=_params(layout, layout.params_agent),
        env=_params(layout, layout.params_env),
        run_json=_run_json(layout),
        checkpoints=tuple(_checkpoint(layout, file) for file in layout.checkpoints),
        events=_events(layout),
        code_states=tuple(_code_states(layout)),
        console=_console(layout, console, readable),
        launch=readable,
        evaluations=read_evaluations(run_dir),
        hydra=read_hydra_outputs(run_dir),
        unreadable_launch=launch if isinstance(launch, UnreadableLaunch) else None,
    )


def _params(layout: RunDirLayout, path: Path | Absent) -> Params:
    return path if isinstance(path, Absent) else link_out_of(layout.path, path) or load_params(path)


def _run_json(layout: RunDirLayout) -> Params:
    path = layout.run_json
    if isinstance(path, Absent):
        return path
    content = link_out_of(layout.path, path) or read_regular(path, MAX_RUN_JSON_BYTES)
    if not isinstance(content, bytes):
        return content
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Unreadable("not-json", f"no valid JSON: {error}"[:200])
    if not isinstance(manifest, dict):
        return Unreadable("not-a-mapping", "the file is no mapping of names to values")
    return manifest


def _checkpoint(layout: RunDirLayout, file: CheckpointFile) -> CheckpointFacts:
    content = link_out_of(layout.path, file.path) or read_checkpoint(file.path)
    if not isinstance(content, Checkpoint):
        return CheckpointFacts(file, content, _NOT_LOOKED_AT)
    numbers = scan_numbers(content)
    if isinstance(numbers, Unreadable):
        return CheckpointFacts(file, numbers, _NOT_LOOKED_AT)
    return CheckpointFacts(file, content, numbers, mean_noise_std(content))


def _events(layout: RunDirLayout) -> EventFacts:
    links = {path.name: link for path in layout.event_files if (link := link_out_of(layout.path, path))}
    facts = read_event_series([path for path in layout.event_files if path.name not in links])
    return replace(facts, unreadable={**facts.unreadable, **links})


def _code_states(layout: RunDirLayout) -> Iterable[CodeState | Unreadable]:
    for path in layout.git_diffs:
        state = link_out_of(layout.path, path) or read_code_state(path)
        if isinstance(state, Unreadable):
            yield Unreadable(state.kind, f"git/{path.name}: {state.reason}")
        elif isinstance(state, CodeState):
            yield state


def _console(layout: RunDirLayout, named: Path | None, launch: LaunchFacts | None) -> ConsoleFacts | Absent:
    path = named or (launch.console if launch else None)
    if path is None:
        return Absent("no console log was given")
    opened = open_regular(path)
    if isinstance(opened, Absent | Unreadable):
        reason = opened.reason
    else:
        with opened:
            size = os.fstat(opened.fileno()).st_size
        if size > MAX_CONSOLE_BYTES:
            reason = f"it has {size} bytes, more than the {MAX_CONSOLE_BYTES} that are read"
        else:
            try:
                return digest_console(path, parse_console(path), layout.stamp)
            except OSError as error:
                reason = error.strerror or "reading failed"
    if named:
        raise InputError(
            "console log not readable", f"{path}: {reason}", "Give the file that holds the trainer's output."
        )
    return Absent(f"the console log of the launch can't be read: {reason}")
