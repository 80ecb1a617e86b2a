"""The run directory by process and time, for a console that does not name it.

An event file's name tells the process that began it, and when. A directory is this launch's where that process is one
of the trainer's, the time lies within the launch, and the directory's own files agree with where it lies. Nothing less
will do: a directory that merely came into being meanwhile may be another trainer's.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rwm_tui.core.run_dir.event_file_name import EventFileName, parse_event_file_name
from rwm_tui.core.run_dir.layout import is_run_directory
from rwm_tui.core.run_dir.params import load_params

MAX_DIRECTORIES = 50_000  # of one root: what a folder full of other things may cost
SLACK_S = 1.0  # an event file's name holds whole seconds
SERVER_SLACK_S = 300.0  # a file server's clock, which stamps directories, may differ from ours


class Writer(Protocol):
    """Whoever may have written a run directory."""

    def owns(self, event_file: EventFileName) -> bool:
        """Whether the process that began the event file is provably its own."""


@dataclass(frozen=True)
class FoundRun:
    """:param known_from: the facts that bind it, in words."""

    path: Path
    known_from: str


@dataclass(frozen=True)
class NoRun:
    """:param reason: why none was bound though something is there; empty where nothing is."""

    reason: str = ""


def find_run(parents: Iterable[Path], writer: Writer, began: float, now: float) -> FoundRun | NoRun:
    """The one run directory of the writer.

    :param parents: folders of run directories, e.g. ``logs/rsl_rl/anymal_d_flat``.
    :param began: when the writer was started, in seconds since the epoch.
    """
    proven: list[FoundRun] = []
    doubts: list[str] = []
    for path in _changed_since(parents, began - SERVER_SLACK_S):
        named = list(_event_files(path))
        ours = next((event for event in named if began - SLACK_S <= event.begun_at <= now and writer.owns(event)), None)
        if ours is None:
            if not named and is_run_directory(path):
                doubts.append(f"{path} changed meanwhile, but no event file in it names a process of this launch")
        elif disagreement := _disagreement(path):
            doubts.append(f"{path} was written by process {ours.pid} of this launch, but {disagreement}")
        else:
            after_s = max(ours.begun_at - began, 0)
            fact = f"process and time: its event file names process {ours.pid} of this launch, {after_s:.0f} s after"
            proven.append(FoundRun(path, f"{fact} the start"))
    if len(proven) > 1:
        return NoRun(f"this launch wrote more than one: {', '.join(str(found.path) for found in proven)}")
    return proven[0] if proven else NoRun("; ".join(doubts[:3]))


def shared_with(run: Path, writer: Writer, began: float, now: float) -> EventFileName | None:
    """Another's event file beside the writer's own, begun meanwhile: two trainers took the same second's name."""
    meanwhile = [event for event in _event_files(run) if began - SLACK_S <= event.begun_at <= now]
    others = [event for event in meanwhile if not writer.owns(event)]
    return others[0] if others and len(others) < len(meanwhile) else None


def experiments_in(log_folders: Iterable[Path]) -> Iterator[Path]:
    """The folders of run directories, where rsl_rl's trainers put them: ``logs/rsl_rl/<experiment>``."""
    for logs in log_folders:
        yield from _directories(logs / "rsl_rl")


def _changed_since(parents: Iterable[Path], earliest: float) -> list[Path]:
    """Directories in which something was made or removed since then; each once, however many links lead to it."""
    found: dict[Path, Path] = {}
    for parent in parents:
        for path in _directories(parent):
            try:
                if path.stat().st_mtime >= earliest:
                    found.setdefault(path.resolve(), path)
            except OSError:
                continue
    return list(found.values())


def _directories(folder: Path) -> list[Path]:
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MAX_DIRECTORIES:
                    break
                if entry.is_dir():
                    found.append(folder / entry.name)
    except OSError:
        return []
    return found


def _event_files(path: Path) -> Iterator[EventFileName]:
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in sorted(names):
        if event := parse_event_file_name(name):
            yield event


def _disagreement(path: Path) -> str | None:
    """In what the run's own configuration contradicts the place where it lies."""
    agent = load_params(path / "params" / "agent.yaml")
    if not isinstance(agent, Mapping):
        return f"its params/agent.yaml cannot be read: {agent.reason}"
    experiment, run_name = agent.get("experiment_name"), agent.get("run_name")
    if isinstance(experiment, str) and Path(experiment).name != path.parent.name:
        return f"its agent.yaml names the experiment {experiment!r:.100}"
    if isinstance(run_name, str) and run_name and not path.name.endswith(f"_{run_name}"):
        return f"its agent.yaml names the run {run_name!r:.100}"
    return None
