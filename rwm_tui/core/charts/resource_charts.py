"""Charts of what a launch uses: device memory and load, the trainer's own memory, the machine's."""

from __future__ import annotations

from collections.abc import Callable

from rwm_tui.core.charts.chart import Chart, Point
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.memory.live import live_memory
from rwm_tui.core.ports import DeviceActivity, DeviceMemory, HostLoad, MemorySample, NotAvailable
from rwm_tui.core.trainer_output.terminal_text import clean_line

MIB_PER_GIB = 1024.0


def memory_chart(state: RunState, forecast: ForecastRecord | NotAvailable) -> Chart:
    """The GPU's memory where any sample has it, else the trainer's resident memory with the reason."""
    device = next((s.device for s in reversed(state.samples) if isinstance(s.device, DeviceMemory)), None)
    return _trainer_memory(state) if device is None else _device_memory(state, device, forecast)


def _device_memory(state: RunState, device: DeviceMemory, forecast: ForecastRecord | NotAvailable) -> Chart:
    live = live_memory(state, forecast)
    notes = [] if live.shares_from == "by process" else [live.shares_from]
    if isinstance(live.foretold_mib, NotAvailable):
        notes.append(live.foretold_mib.reason)
    return Chart(
        name="VRAM used",
        unit="GiB",
        points=tuple((point.t, _gib(point.used_mib)) for point in live.points),
        below=tuple((point.t, _gib(point.others_mib)) for point in live.points),
        below_name="others",
        limit=_gib(device.total_mib if isinstance(live.limit_mib, NotAvailable) else live.limit_mib),
        foretold=None if isinstance(live.foretold_mib, NotAvailable) else _gib_bounds(live.foretold_mib),
        notes=(clean_line(device.name), *notes),
    )


def _trainer_memory(state: RunState) -> Chart:
    absent = state.samples[-1].device if state.samples else None
    return Chart(
        name="trainer's own memory (RSS)",
        unit="GiB",
        points=tuple((s.t, _gib(_known(s.trainer_rss_mib))) for s in state.samples),
        notes=(_why_no_gpu(absent),) if isinstance(absent, NotAvailable) else (),
    )


def _why_no_gpu(absent: NotAvailable) -> str:
    reason = clean_line(absent.reason)
    return reason if reason.startswith("no GPU") else f"no GPU: {reason}"


def resource_charts(state: RunState) -> tuple[Chart, ...]:
    """What is recorded beside the memory, where any sample has it."""
    ram_mib = next((_host(s, "ram_total_mib") for s in reversed(state.samples) if isinstance(s.host, HostLoad)), None)
    has_gpu = any(isinstance(sample.device, DeviceMemory) for sample in state.samples)
    charts = (
        *((_trainer_memory(state),) if has_gpu else ()),
        _of_samples(state, "GPU utilisation", "%", lambda s: _activity(s, "utilisation_percent"), limit=100.0),
        _of_samples(state, "GPU temperature", "C", lambda s: _activity(s, "temperature_c"), filled=False),
        _of_samples(state, "GPU power", "W", lambda s: _activity(s, "power_w")),
        _of_samples(state, "host RAM used", "GiB", lambda s: _gib(_host(s, "ram_used_mib")), limit=_gib(ram_mib)),
        _of_samples(state, "host CPU, all cores", "%", lambda s: _host(s, "cpu_percent"), limit=100.0),
        _of_samples(state, "free disk", "GiB", lambda s: _gib(_host(s, "disk_free_mib")), filled=False),
    )
    return tuple(chart for chart in charts if chart.known)


def _of_samples(
    state: RunState,
    name: str,
    unit: str,
    value: Callable[[MemorySample], float | None],
    *,
    limit: float | None = None,
    filled: bool = True,
) -> Chart:
    points: tuple[Point, ...] = tuple((sample.t, value(sample)) for sample in state.samples)
    return Chart(name, unit, points, limit=limit, filled=filled)


def _activity(sample: MemorySample, field: str) -> float | None:
    return _known(getattr(sample.activity, field)) if isinstance(sample.activity, DeviceActivity) else None


def _host(sample: MemorySample, field: str) -> float | None:
    return _known(getattr(sample.host, field)) if isinstance(sample.host, HostLoad) else None


def _known(value: float | NotAvailable) -> float | None:
    return None if isinstance(value, NotAvailable) else value


def _gib(mib: float | None) -> float | None:
    return None if mib is None else mib / MIB_PER_GIB


def _gib_bounds(mib: tuple[float, float]) -> tuple[float, float]:
    return mib[0] / MIB_PER_GIB, mib[1] / MIB_PER_GIB
