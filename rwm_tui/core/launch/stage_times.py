"""What earlier launches of the same kind took: typical times of their stages, and how long they were silent."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import events
from rwm_tui.core.launch.events import JournalEntry, decode_entry
from rwm_tui.core.launch.follow import read_plan
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import StageEvent, stage_of
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.run_dir.regular_file import open_record
from rwm_tui.core.trainer_output.stages import Stage

LEARNED_FROM = 10
LOOKED_AT = 200
HEAD_BYTES = 256 * 1024  # the start-up and some 150 iterations
TAIL_BYTES = 16 * 1024  # the end


class StageTime(msgspec.Struct, frozen=True):
    """Seconds that a stage took, and from how many launches that is known."""

    seconds: float
    launches: int


class StageTimes(msgspec.Struct, frozen=True):
    """What ended launches of one kind took.

    :param typical: by stage the median of its first pass, of the launches that went on to the next stage.
    :param longest_quiet: by stage the longest time between two signs of life, after which it went on by itself.
    """

    typical: dict[Stage, StageTime] = {}
    longest_quiet: dict[Stage, StageTime] = {}


History = Sequence[Sequence[JournalEntry]]
"""A launch's journal in parts: what lies between two parts was not read."""


def learn(histories: Iterable[History]) -> StageTimes:
    """The times of these launches; pure."""
    took: dict[Stage, list[float]] = {}
    silent: dict[Stage, list[float]] = {}
    for history in histories:
        own = [part for part in history if part]
        for stage, seconds in _first_passes(own).items():
            took.setdefault(stage, []).append(seconds)
        for stage, seconds in _longest_silences(own).items():
            silent.setdefault(stage, []).append(seconds)
    return StageTimes(
        typical={stage: StageTime(median(seconds), len(seconds)) for stage, seconds in took.items()},
        longest_quiet={stage: StageTime(max(seconds), len(seconds)) for stage, seconds in silent.items()},
    )


def _first_passes(history: History) -> dict[Stage, float]:
    times: dict[Stage, float] = {}
    for part in history:
        for (stage, begin), (_, end) in pairwise(_stages_and_end(part)):
            if stage is not None:
                times.setdefault(stage, end - begin)
    return times


def _stages_and_end(part: Sequence[JournalEntry]) -> Iterator[tuple[Stage | None, float]]:
    """Each stage with its beginning; the trainer's own end closes the last one, where it was complete."""
    present: Stage | None = None
    for entry in part:
        if isinstance(entry.event, events.StopRequested):
            return
        if isinstance(entry.event, StageEvent) and stage_of(entry.event) is not present:
            present = stage_of(entry.event)
            yield present, entry.t
        elif isinstance(entry.event, events.TrainerExited) and present is Stage.TRAINING_COMPLETE:
            yield None, entry.t


def _longest_silences(history: History) -> dict[Stage, float]:
    """What ended in a stop or in the trainer's end before its time is no silence that it came out of."""
    times: dict[Stage, float] = {}
    for part in history:
        present: Stage | None = None
        for earlier, later in pairwise(part):
            if isinstance(earlier.event, StageEvent):
                present = stage_of(earlier.event)
            if isinstance(later.event, events.StopRequested | events.TrainerExited):
                break
            if present is not None:
                stage = quiet_stage(present)
                times[stage] = max(times.get(stage, 0.0), later.t - earlier.t)
    return times


def quiet_stage(stage: Stage) -> Stage:
    """The stage under which a silence is counted: saving the code state and training on are one coming and going."""
    return Stage.TRAINING if stage is Stage.SAVING_CODE_STATE else stage


def is_alike(plan: LaunchPlan, other: LaunchPlan) -> bool:
    """Whether two launches take the same time for the same stage: one trainer, environment, task and sizes."""
    return _kind(plan) == _kind(other)


def _kind(plan: LaunchPlan) -> tuple[object, ...]:
    profile = plan.profile
    return profile.backend, plan.environment_kind, profile.task, profile.num_envs, profile.agent


def read_stage_times(launches: Path, directory: Path) -> StageTimes:
    """Learned from the newest ended launches that are like the one in ``directory``, which itself does not count.

    :raises InputError: where ``directory`` is no launch directory.
    """
    plan = read_plan(LaunchPaths(directory))
    histories: list[History] = []
    for path in newest_launches(launches)[:LOOKED_AT]:
        if path.name != directory.name and _has_ended_alike(LaunchPaths(path), plan):
            histories.append(_read_history(LaunchPaths(path).events))
            if len(histories) == LEARNED_FROM:
                break
    return learn(histories)


def newest_launches(launches: Path) -> list[Path]:
    return sorted((path for path in launches.iterdir() if path.is_dir()), reverse=True) if launches.is_dir() else []


def earlier_launch(launches: Path, directory: Path) -> Path | None:
    """The newest ended launch before this one that is like it, else one of the same task and trainer.

    :raises InputError: where ``directory`` is no launch directory.
    """
    plan = read_plan(LaunchPaths(directory))
    before = [path for path in newest_launches(launches) if path.name < directory.name][:LOOKED_AT]
    alike = (path for path in before if _has_ended_alike(LaunchPaths(path), plan))
    return next(alike, None) or next((path for path in before if _has_ended_of_task(LaunchPaths(path), plan)), None)


def _has_ended_of_task(paths: LaunchPaths, plan: LaunchPlan) -> bool:
    try:
        return paths.outcome.exists() and _task(read_plan(paths)) == _task(plan)
    except InputError:
        return False


def _task(plan: LaunchPlan) -> tuple[object, ...]:
    return plan.profile.backend, plan.profile.task


def _has_ended_alike(paths: LaunchPaths, plan: LaunchPlan) -> bool:
    try:
        return paths.outcome.exists() and is_alike(read_plan(paths), plan)
    except InputError:
        return False


def _read_history(journal: Path) -> History:
    """The beginning and the end of a journal, which are all of it where it is short."""
    try:
        with open_record(journal) as file:
            head = file.read(HEAD_BYTES)
            size = file.seek(0, 2)
            file.seek(max(len(head), size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
    except OSError:
        return ()
    if len(head) + len(tail) == size:
        return (_entries(head + tail),)
    return _entries(head), _entries(tail)


def _entries(data: bytes) -> tuple[JournalEntry, ...]:
    """A line that was cut in two is left out."""
    return tuple(entry for line in data.splitlines() if (entry := decode_entry(line)))
