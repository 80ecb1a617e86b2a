"""A launch's device memory as data for a chart: used, others', ours, what was foretold, the limit, and a warning."""

from dataclasses import dataclass

from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.memory.launch_memory import CONTEXT_MIB
from rwm_tui.core.ports import NOT_LISTED, NOT_STARTED, DeviceMemory, MemorySample, NotAvailable


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """One reading, in MiB; None where it was not available then.

    :param t: seconds since the epoch.
    :param used_mib: of the device, by everybody.
    :param others_mib: what is not the trainer's.
    :param ours_mib: the trainer's, simulator and CUDA context included.
    """

    t: float
    used_mib: float | None
    others_mib: float | None
    ours_mib: float | None


@dataclass(frozen=True)
class LiveMemory:
    """``foretold_mib`` and ``limit_mib`` are heights on the same axis as ``used_mib``.

    :param shares_from: how ours and others' are told apart, in words.
    :param foretold_mib: bounds of the peak of the whole device: others as they are now, simulator, learner.
    :param limit_mib: what use of the device cannot pass: its total, or what a cap leaves the trainer beside the others.
    """

    points: tuple[MemoryPoint, ...]
    shares_from: str
    foretold_mib: tuple[float, float] | NotAvailable
    limit_mib: float | NotAvailable


def live_memory(state: RunState, forecast: ForecastRecord | NotAvailable) -> LiveMemory:
    """Of a launch as it stands, live or over. Pure."""
    before = next((s.device.used_mib for s in state.samples if isinstance(s.device, DeviceMemory)), None)
    by_process = any(isinstance(sample.ours_mib, float) for sample in state.samples)
    points = tuple(_point(sample, before, by_process) for sample in state.samples)
    others = next((p.others_mib for p in reversed(points) if p.others_mib is not None), None)
    return LiveMemory(
        points=points,
        shares_from="by process" if by_process else "ours is what the device's use has grown by since the start",
        foretold_mib=_foretold(forecast, others),
        limit_mib=_limit(state, others),
    )


def _point(sample: MemorySample, before_mib: float | None, by_process: bool) -> MemoryPoint:
    """Where the driver names the trainer's processes at all, one that it does not list holds nothing."""
    if not isinstance(sample.device, DeviceMemory):
        return MemoryPoint(sample.t, None, None, None)
    used = sample.device.used_mib
    if isinstance(sample.ours_mib, float):
        ours = min(sample.ours_mib, used)
    elif by_process and sample.ours_mib in (NOT_LISTED, NOT_STARTED):
        ours = 0.0
    else:
        ours = max(0.0, used - (before_mib if before_mib is not None else used))
    return MemoryPoint(sample.t, used, used - ours, ours)


def _foretold(forecast: ForecastRecord | NotAvailable, others_mib: float | None) -> tuple[float, float] | NotAvailable:
    if isinstance(forecast, NotAvailable):
        return forecast
    if others_mib is None:
        return NotAvailable("the device's memory has not been read")
    low, high = (
        others_mib + simulator + learner
        for simulator, learner in zip(forecast.simulator_mib, forecast.learner_interval_mib, strict=True)
    )
    return low, high


def _limit(state: RunState, others_mib: float | None) -> float | NotAvailable:
    device = next((s.device for s in reversed(state.samples) if isinstance(s.device, DeviceMemory)), None)
    if device is None or others_mib is None:
        return NotAvailable("the device's memory has not been read")
    cap = state.plan.profile.device_memory_cap_mib
    return device.total_mib if cap is None else min(device.total_mib, others_mib + CONTEXT_MIB[1] + cap)
