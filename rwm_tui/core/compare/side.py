"""One of the two that are compared, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.compare.curves import Curve, read_curves
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.environment_record import EnvironmentRecord
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.launch.launch_facts import launch_facts
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.facts import RunFacts

NO_LAUNCH = "it was not launched from here"
NO_RUN = "no run directory was left"


@dataclass(frozen=True, slots=True)
class SidePaths:
    """What one side is read from: at least one of the two."""

    run_directory: Path | None
    launch_directory: Path | None


@dataclass(frozen=True, slots=True)
class Side:
    """A launch with its run directory, or one without the other; `name` is the launch's id or the directory's name."""

    name: str
    launch_directory: Path | None
    run_directory: Path | None
    state: RunState | None
    environment: EnvironmentRecord | NotAvailable
    facts: RunFacts | None
    checklist: Checklist | None
    curves: Mapping[str, Curve]


def read_side_at(paths: SidePaths) -> Side:
    """
    :raises InputError: where neither can be read as what it is.
    """
    return read_side(paths.run_directory, paths.launch_directory)


def read_side(run_directory: Path | None, launch_directory: Path | None) -> Side:
    """
    :raises InputError: where neither can be read as what it is.
    """
    state = read_state(launch_directory) if launch_directory else None
    launch = launch_facts(state, LaunchPaths(launch_directory)) if state and launch_directory else None
    facts: RunFacts | None = None
    if run_directory:
        try:
            facts = collect_evidence(run_directory, launch=launch)
        except InputError:
            if state is None:
                raise  # else the record stays comparable, though its run directory is gone
    directory = launch_directory or run_directory
    assert directory is not None, "one of the two is given"
    return Side(
        name=directory.resolve().name,
        launch_directory=launch_directory,
        run_directory=run_directory if facts else None,
        state=state,
        environment=launch.environment if launch else NotAvailable(NO_LAUNCH),
        facts=facts,
        checklist=judge(facts) if facts else None,
        curves=read_curves(facts.layout.event_files) if facts else {},
    )
