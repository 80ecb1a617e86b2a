"""What the events of a console say of one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from rwm_tui.core.trainer_output.console_events import (
    CodeStateStored,
    ConfigurationNamed,
    ConsoleEvent,
    IterationReported,
    NumEnvsReported,
    ObservationGroupsResolved,
    OutOfMemorySeen,
    RunStampNamed,
    StageReached,
    TracebackSeen,
    TrainerAnnounced,
)
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.core.verdict.facts import ConsoleFacts, ConsoleLine, PhysicsReport
from rwm_tui.core.verdict.physics_report import read_physics_report

Event = TypeVar("Event")
_NO_REPORT = PhysicsReport((), (), would_show=False)


def digest_console(path: Path, events: Sequence[ConsoleEvent], run_stamp: str | None) -> ConsoleFacts:
    """The facts about the run with that stamp; about the console's last run where the directory's name has none."""
    stamps = tuple(dict.fromkeys(event.stamp.strip() for event in _all(events, RunStampNamed)))
    is_of_another_run = bool(run_stamp and stamps and run_stamp not in stamps)
    part = _part_about(events, run_stamp)
    own = () if is_of_another_run else events[part]
    announced = _last(events, TrainerAnnounced)  # any trace of the embedded trainer counts, wherever it stands
    num_envs = _last(own, NumEnvsReported)
    groups = _last(own, ObservationGroupsResolved)
    iteration = _last(own, IterationReported)
    return ConsoleFacts(
        path=path,
        stamps=stamps,
        is_of_another_run=is_of_another_run,
        names_this_run=run_stamp is not None and run_stamp in stamps,
        announced=ConsoleLine(announced.line, announced.text) if announced else None,
        configurations=tuple(ConsoleLine(named.line, named.entry_point) for named in _all(own, ConfigurationNamed)),
        num_envs=(num_envs.line, num_envs.num_envs) if num_envs else None,
        groups=(groups.line, groups.groups) if groups else None,
        environment_ready=_stage(own, Stage.ENVIRONMENT_READY),
        last_iteration=(iteration.line, iteration.iteration, iteration.total) if iteration else None,
        total_timesteps=_total_timesteps(own),
        ending=_ending(own),
        completed=_stage(own, Stage.TRAINING_COMPLETE),
        bad_losses=tuple(_bad_losses(own)),
        physics=_NO_REPORT if is_of_another_run else read_physics_report(path, *_lines_of(events, part)),
    )


def _part_about(events: Sequence[ConsoleEvent], stamp: str | None) -> slice:
    """From the line that names the run to the one that names the next; what precedes the first belongs to it."""
    starts = [index for index, event in enumerate(events) if isinstance(event, RunStampNamed)]
    own = [index for index in starts if _stamp_at(events, index) == stamp] or starts
    if not own:
        return slice(0, len(events))
    start = own[-1]
    later = [index for index in starts if index > start]
    return slice(0 if start == starts[0] else start, later[0] if later else len(events))


def _lines_of(events: Sequence[ConsoleEvent], part: slice) -> tuple[int, int | None]:
    """The first and the last line of a part; None: it goes on to the end of the console."""
    first = events[part.start].line if part.start else 1
    return first, events[part.stop].line - 1 if part.stop < len(events) else None


def _bad_losses(events: Sequence[ConsoleEvent]) -> Iterator[tuple[int, str, str]]:
    for block in _all(events, IterationReported):
        for label, value in block.not_finite.items():
            if _is_loss(label):
                yield block.line, label, value


def _is_loss(label: str) -> bool:
    """Before the first episode has ended, rsl_rl prints its losses without the word."""
    return "loss" in label.lower() or label in ("value_function", "surrogate", "entropy", "value")


def _stamp_at(events: Sequence[ConsoleEvent], index: int) -> str | None:
    event = events[index]
    return event.stamp.strip() if isinstance(event, RunStampNamed) else None


def _ending(events: Sequence[ConsoleEvent]) -> ConsoleLine | None:
    """The last error, unless the run went on or had already ended: a caught exception ends nothing."""
    for event in reversed(events):
        if isinstance(event, TracebackSeen):
            return ConsoleLine(event.line, event.last_line)
        if isinstance(event, OutOfMemorySeen):
            return ConsoleLine(event.line, event.text)
        if isinstance(
            event, IterationReported | CodeStateStored | ObservationGroupsResolved | NumEnvsReported | StageReached
        ):
            return None
    return None


def _total_timesteps(events: Sequence[ConsoleEvent]) -> tuple[int, int, int] | None:
    for block in reversed(_all(events, IterationReported)):
        if block.total_timesteps is not None:
            return block.line, block.iteration + 1, block.total_timesteps
    return None


def _stage(events: Sequence[ConsoleEvent], stage: Stage) -> ConsoleLine | None:
    reached = [event for event in _all(events, StageReached) if event.stage is stage]
    return ConsoleLine(reached[-1].line, reached[-1].text) if reached else None


def _all(events: Sequence[ConsoleEvent], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def _last(events: Sequence[ConsoleEvent], kind: type[Event]) -> Event | None:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)
