"""What one launch taught of device memory: who held what, what it needed, whether it fitted, what had been foretold."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.forecast_record import ForecastRecord, read_forecast
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, MemorySample, NotAvailable
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.trainer_output.console_events import OutOfMemorySeen
from rwm_tui.core.trainer_output.out_of_memory import read_figures
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.core.typed_reading import decode_json

NO_DEVICE = NotAvailable("no GPU was sampled")
MEMORY_SCHEMA = 1
LEARNED_FROM = 200
CONTEXT_MIB = (500.0, 762.0)  # least and most, measured and reported, of what torch itself needs beside its allocator
_ITERATION_PROVES = 1  # the first one updates the world model and the policy, and evaluates


class LaunchMemory(msgspec.Struct, frozen=True, kw_only=True):
    """``memory.json``: all in MiB. Where others' memory moved while the launch ran, that counts as its own.

    :param others_mib: in use on the device before the trainer held any.
    :param before_training_mib: what the device's use had grown by when the world model's first update was still ahead:
        the simulator, and the CUDA context.
    :param peak_mib: the most that the trainer held.
    :param fitted: whether the sizes fitted; None where it ended for another reason before that was known.
    :param available_mib: what the trainer could have had of the device, its CUDA context included; where torch was
        capped, the profile's cap says it instead.
    :param forecast: what was foretold before the launch.
    """

    schema: int = MEMORY_SCHEMA
    launch_id: str
    profile: ScaleProfile
    outcome: Outcome
    ended_at: float
    device: DeviceDescription | NotAvailable
    others_mib: float | NotAvailable
    before_training_mib: float | NotAvailable
    peak_mib: float | NotAvailable
    fitted: bool | None
    available_mib: float | NotAvailable
    forecast: ForecastRecord | NotAvailable

    @property
    def was_seen(self) -> bool:
        """Whether the trainer held at least a CUDA context of this GPU: else it was on another one."""
        return not isinstance(self.peak_mib, NotAvailable) and self.peak_mib >= CONTEXT_MIB[0]


def memory_of(state: RunState, forecast: ForecastRecord | NotAvailable) -> LaunchMemory | None:
    """The facts of a launch that is over; None while it is not. Pure."""
    if state.outcome is None:
        return None
    readings = [(s.t, s.device) for s in state.samples if isinstance(s.device, DeviceMemory)]
    others = readings[0][1].used_mib if readings else NO_DEVICE
    return LaunchMemory(
        launch_id=state.launch_id,
        profile=state.plan.profile,
        outcome=state.outcome.outcome,
        ended_at=state.outcome.ended_at,
        device=state.device or (_unnamed(readings[-1][1]) if readings else NO_DEVICE),
        others_mib=others,
        before_training_mib=grown_before_training(state),
        peak_mib=_peak_mib(state, others),
        fitted=_has_fitted(state),
        available_mib=_available_mib(state, others),
        forecast=forecast,
    )


def _peak_mib(state: RunState, others_mib: float | NotAvailable) -> float | NotAvailable:
    """The most that the driver tells of the trainer's processes, else that the device's use has grown by."""
    told = [sample.ours_mib for sample in state.samples if isinstance(sample.ours_mib, float)]
    if told:
        return max(told)
    if isinstance(others_mib, NotAvailable) or state.peak_device_mib is None:
        return NO_DEVICE
    return max(0.0, state.peak_device_mib - others_mib)


def grown_before_training(state: RunState) -> float | NotAvailable:
    """By how much the device's use had grown at the last reading before training began."""
    ready = [mark for mark in state.stages if mark.stage.order >= Stage.OBSERVATION_GROUPS_RESOLVED.order]
    if not ready:
        return NotAvailable("the simulator was not seen to stand")
    training = next((mark.t for mark in ready if mark.stage.order >= Stage.TRAINING.order), None)
    known = [sample for sample in state.samples if isinstance(sample.device, DeviceMemory)]
    if not known:
        return NO_DEVICE
    between = [s for s in known if s.t >= ready[0].t and (training is None or s.t < training)]
    if not between:
        return NotAvailable("no reading fell between the simulator's start and training")
    return _grown(between[-1], known[0])


def _grown(sample: MemorySample, first: MemorySample) -> float | NotAvailable:
    """What the driver tells of the trainer's processes, else what the device's use has grown by."""
    if isinstance(sample.ours_mib, float):
        return sample.ours_mib
    assert isinstance(sample.device, DeviceMemory)
    assert isinstance(first.device, DeviceMemory)
    return max(0.0, sample.device.used_mib - first.device.used_mib)


def _unnamed(device: DeviceMemory) -> DeviceDescription:
    """The device of a record that does not describe it."""
    return DeviceDescription(device.name, device.uuid, "not recorded", device.total_mib, "not recorded")


def _has_fitted(state: RunState) -> bool | None:
    """Only memory that the sizes can free counts as a failure: torch's and PhysX's on the GPU."""
    assert state.outcome is not None
    completed = state.outcome.outcome is Outcome.COMPLETED
    if state.out_of_memory is not None and not completed:
        return False if state.out_of_memory.kind in ("torch-cuda", "physx") else None
    return True if completed or len(state.iterations) >= _ITERATION_PROVES else None


def _available_mib(state: RunState, others_mib: float | NotAvailable) -> float | NotAvailable:
    """By torch's message where it ran out, else what was free before the trainer held any."""
    if state.plan.profile.device_memory_cap_mib is not None:
        return NotAvailable("torch was capped, and that was the limit")
    seen = state.out_of_memory
    told = _told_by_message(seen) if seen is not None and seen.kind == "torch-cuda" else None
    if told is not None:
        return told
    device = next((s.device for s in state.samples if isinstance(s.device, DeviceMemory)), None)
    if device is None or isinstance(others_mib, NotAvailable):
        return NO_DEVICE
    return device.total_mib - others_mib


def _told_by_message(seen: OutOfMemorySeen) -> float | None:
    figures = read_figures(seen.text)
    if figures.allowed_mib is not None:
        return figures.allowed_mib + figures.beside_torch_mib if figures.beside_torch_mib is not None else None
    if figures.process_mib is None or figures.free_mib is None:
        return None
    return figures.process_mib + figures.free_mib


def write_memory(paths: LaunchPaths, memory: LaunchMemory) -> None:
    """
    :raises OSError: where it can't be written.
    """
    write_atomically(paths.memory, msgspec.json.format(msgspec.json.encode(memory), indent=2))


def read_memory(paths: LaunchPaths) -> LaunchMemory | None:
    """What the supervisor wrote at the end, else what the journal tells; None where the launch is not over.

    :raises InputError: where the folder is no launch directory, or its record is damaged.
    """
    kept = _kept_memory(paths)
    return kept or memory_of(read_state(paths.directory), read_forecast(paths))


def _kept_memory(paths: LaunchPaths) -> LaunchMemory | None:
    try:
        return decode_json(read_record(paths.memory), LaunchMemory)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def kept_memories(launches: Sequence[LaunchPaths]) -> tuple[LaunchMemory, ...]:
    """What supervisors wrote at the end: quick, and without launches whose supervisor was killed."""
    return tuple(memory for paths in launches if (memory := _kept_memory(paths)))


def newest_launches(launches: Path) -> tuple[LaunchPaths, ...]:
    """The newest launch directories, newest first."""
    found = sorted((path for path in launches.iterdir() if path.is_dir()), reverse=True) if launches.is_dir() else []
    return tuple(LaunchPaths(path) for path in found[:LEARNED_FROM])


def read_memories(launches: Sequence[LaunchPaths]) -> tuple[LaunchMemory, ...]:
    """Of every launch that is over and can be read."""
    found = []
    for paths in launches:
        try:
            memory = read_memory(paths)
        except InputError:
            continue
        if memory is not None:
            found.append(memory)
    return tuple(found)
