"""The launch record as one value: a fold over what the supervisor wrote.

A live run is a past run that is still growing, so the same fold serves both.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from rwm_tui.core.charts.figures import Figure, NamedPoint, of_iteration, of_scalar, with_points
from rwm_tui.core.launch import events
from rwm_tui.core.launch.container import ContainerProcess, outside_path
from rwm_tui.core.launch.kept_samples import with_samples
from rwm_tui.core.launch.outcome import OutcomeRecord
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.launch.status import Status
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, MemorySample
from rwm_tui.core.trainer_output import console_events as console
from rwm_tui.core.trainer_output.scalars import Scalar
from rwm_tui.core.trainer_output.stages import Stage

MAX_ITERATIONS = 10_000

Item = TypeVar("Item")


class StageMark(msgspec.Struct, frozen=True):
    """A stage and when the supervisor saw it begin, in seconds since the epoch."""

    stage: Stage
    t: float


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the launch's files brought, in the order of the files."""

    entries: tuple[events.JournalEntry, ...] = ()
    samples: tuple[MemorySample, ...] = ()
    scalars: tuple[Scalar, ...] = ()
    outcome: OutcomeRecord | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.entries or self.samples or self.scalars or self.outcome)


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of one launch; replaced whole, never changed.

    :param device: the GPU that is sampled.
    :param scalars: newest value of every TensorBoard tag, e.g. ``System Dynamics/state_loss``.
    :param figures: reward, episodes, speed and losses over time, by name.
    :param iterations: the newest, at most `MAX_ITERATIONS`.
    :param iterations_finished: how many there were in all.
    :param iteration_at: when the last finished iteration was reported, in seconds since the epoch.
    :param last_event_at: when the supervisor last saw the trainer do something, in seconds since the epoch.
    :param last_output_at: when the console last grew; known while the launch is live.
    :param run_directory_known_from: the facts that bind the run directory to this launch.
    :param kit_log: Isaac Sim's own log as this machine sees it.
    :param kit_log_known_from: empty where the console named it.
    :param out_of_memory: the first that the console shows; at line 0 what the kernel's counter proves.
    :param unsupervised: the trainer runs on but its supervisor is gone: nobody enforces the time limit.
    """

    launch_id: str
    plan: LaunchPlan
    status: Status = Status.PLANNED
    outcome: OutcomeRecord | None = None
    supervisor: ProcessIdentity | None = None
    trainer: ProcessIdentity | None = None
    container_process: ContainerProcess | None = None
    started_at: float | None = None
    last_event_at: float | None = None
    last_output_at: float | None = None
    announced: str | None = None
    device: DeviceDescription | None = None
    stages: tuple[StageMark, ...] = ()
    iterations: tuple[console.IterationReported, ...] = ()
    iterations_finished: int = 0
    iteration_at: float | None = None
    observation_groups: tuple[console.ObservationGroup, ...] = ()
    samples: tuple[MemorySample, ...] = ()
    peak_device_mib: float | None = None
    peak_rss_mib: float | None = None
    scalars: dict[str, Scalar] = {}
    figures: dict[str, Figure] = {}
    run_directory: str | None = None
    memory_warnings: tuple[events.MemoryWarned, ...] = ()
    run_directory_known_from: str | None = None
    out_of_memory: console.OutOfMemorySeen | None = None
    traceback: console.TracebackSeen | None = None
    stop_requested_by: str | None = None
    exited: events.TrainerExited | None = None
    unsupervised: bool = False
    kit_log: str | None = None
    kit_log_known_from: str = ""

    @property
    def stage(self) -> Stage | None:
        return self.stages[-1].stage if self.stages else None

    @property
    def iteration(self) -> console.IterationReported | None:
        """The last finished iteration."""
        return self.iterations[-1] if self.iterations else None

    @property
    def is_over(self) -> bool:
        return self.status is Status.ENDED


def apply(state: RunState, batch: Batch) -> RunState:
    """The state after a batch."""
    for entry in batch.entries:
        state = _after_event(state, entry)
    state = _after_samples(state, batch.samples)
    if points := [*_figures_of(batch)]:
        state = msgspec.structs.replace(state, figures=with_points(state.figures, points))
    if batch.scalars:
        newest = {scalar.tag: scalar for scalar in batch.scalars}
        state = msgspec.structs.replace(state, scalars=state.scalars | newest)
    if batch.outcome:
        state = msgspec.structs.replace(
            state,
            outcome=batch.outcome,
            status=Status.ENDED,
            unsupervised=False,
            run_directory=batch.outcome.run_directory or state.run_directory,
        )
    return state


def _figures_of(batch: Batch) -> Iterator[NamedPoint]:
    for entry in batch.entries:
        if isinstance(entry.event, console.IterationReported):
            yield from of_iteration(entry.t, entry.event)
    for scalar in batch.scalars:
        yield from of_scalar(scalar)


def fold(state: RunState, batches: Iterable[Batch]) -> RunState:
    for batch in batches:
        state = apply(state, batch)
    return state


def _after_event(state: RunState, entry: events.JournalEntry) -> RunState:
    changes: dict[str, object]
    match entry.event:
        case events.SupervisorStarted(supervisor=supervisor):
            changes = {"supervisor": supervisor, "status": Status.STARTING}
        case events.TrainerStarted(trainer=trainer):
            changes = {"trainer": trainer, "status": Status.RUNNING, "started_at": entry.t}
        case events.DeviceWatched(device=device):
            changes = {"device": device}
        case events.ContainerProcessNamed(process=process):
            changes = {"container_process": process}
        case events.RunDirectoryBound(path=path, known_from=known_from):
            changes = {"run_directory": path, "run_directory_known_from": known_from}
        case events.RunDirectoryUnbound():
            changes = {"run_directory": None, "run_directory_known_from": None}
        case events.MemoryWarned() as warned:
            changes = {"memory_warnings": (*state.memory_warnings, warned)}
        case events.StopRequested(by=by):
            changes = {"stop_requested_by": by, "status": Status.STOPPING}
        case events.TrainerExited() as exited:
            changes = {"exited": exited}
        case console.StageReached() | events.StageInferred() | events.FinalCheckpointSeen() as reached:
            changes = {"stages": _reached(state.stages, stage_of(reached), entry.t)}
        case console.KitLogNamed(path=path):
            changes = {"kit_log": outside_path(path, state.plan.container), "kit_log_known_from": ""}
        case events.KitLogFound(path=path, known_from=known_from):
            changes = {"kit_log": path, "kit_log_known_from": known_from}
        case console.TrainerAnnounced(text=text):
            changes = {"announced": text}
        case console.ObservationGroupsResolved(groups=groups):
            changes = {"observation_groups": groups}
        case console.IterationReported() as iteration:
            iterations = _bounded((*state.iterations, iteration), MAX_ITERATIONS)
            finished = state.iterations_finished + 1
            changes = {"iterations": iterations, "iterations_finished": finished, "iteration_at": entry.t}
        case console.OutOfMemorySeen() as out_of_memory:
            changes = {"out_of_memory": state.out_of_memory or out_of_memory}
        case events.HostMemoryKilled(proof=proof):
            killed = console.OutOfMemorySeen(line=0, offset=0, kind="host", text=proof)
            changes = {"out_of_memory": killed}
        case console.TracebackSeen() as traceback:
            changes = {"traceback": traceback}
        case _:
            changes = {}
    if not isinstance(
        entry.event, events.StopRequested | events.SignalSent | events.MemoryWarned
    ):  # ours, not the trainer's
        changes["last_event_at"] = entry.t
    return msgspec.structs.replace(state, **changes)


StageEvent = console.StageReached | events.StageInferred | events.FinalCheckpointSeen


def stage_of(event: StageEvent) -> Stage:
    """The stage that begins with this event."""
    return Stage.TRAINING_COMPLETE if isinstance(event, events.FinalCheckpointSeen) else event.stage


def _reached(stages: tuple[StageMark, ...], stage: Stage, t: float) -> tuple[StageMark, ...]:
    return stages if stages and stages[-1].stage is stage else (*stages, StageMark(stage, t))


def _after_samples(state: RunState, samples: Sequence[MemorySample]) -> RunState:
    if not samples:
        return state
    device = [sample.device.used_mib for sample in samples if isinstance(sample.device, DeviceMemory)]
    rss = [sample.trainer_rss_mib for sample in samples if isinstance(sample.trainer_rss_mib, float)]
    return msgspec.structs.replace(
        state,
        samples=with_samples(state.samples, samples),
        peak_device_mib=_peak(state.peak_device_mib, device),
        peak_rss_mib=_peak(state.peak_rss_mib, rss),
    )


def _peak(before: float | None, values: Sequence[float]) -> float | None:
    known = [*values] if before is None else [before, *values]
    return max(known, default=None)


def _bounded(items: tuple[Item, ...], limit: int) -> tuple[Item, ...]:
    return items[-limit:]
