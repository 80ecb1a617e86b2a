import msgspec

from rwm_tui.core.charts.chart import value_at
from rwm_tui.core.charts.resource_charts import memory_chart, resource_charts
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.ports import (
    NOT_LISTED,
    NOT_STARTED,
    DeviceActivity,
    DeviceMemory,
    HostLoad,
    MemorySample,
    NotAvailable,
)
from tests.widgets.states import live_state

NO_FORECAST = NotAvailable("no forecast was made before this launch")
FORECAST = ForecastRecord(
    learner_mib=2048.0,
    learner_interval_mib=(1024.0, 3072.0),
    torch_allocated_mib=1.0,
    torch_reserved_mib=1.0,
    phase="rollout",
    simulator_mib=(512.0, 1024.0),
    others_mib=1024.0,
    limit_mib=8192.0,
    cap_mib=None,
    verdict="fits",
    basis="",
)


def on_gpu(t: float, used_mib: float, name: str = "NVIDIA Test") -> MemorySample:
    return MemorySample(t, DeviceMemory(name, "GPU-1", used_mib, 8192.0), 900.0)


def state_of(*samples: MemorySample) -> RunState:
    return msgspec.structs.replace(live_state(), samples=samples)


def test_a_gpus_memory_is_shown_with_others_limit_and_forecast() -> None:
    chart = memory_chart(state_of(on_gpu(0.0, 1024.0), on_gpu(1.0, 6144.0), on_gpu(2.0, 2048.0)), FORECAST)
    assert [value for _, value in chart.points] == [1.0, 6.0, 2.0]
    assert [value for _, value in chart.below] == [1.0, 1.0, 1.0]
    assert (chart.limit, chart.foretold) == (8.0, (2.5, 5.0))
    assert chart.notes[0] == "NVIDIA Test"
    assert "grown by since the start" in chart.notes[1]


def test_others_growth_is_never_ours_where_the_driver_names_processes() -> None:
    readings = ((1024.0, NOT_STARTED), (3072.0, NOT_LISTED), (6144.0, 3072.0), (3072.0, NOT_LISTED))
    samples = [
        msgspec.structs.replace(on_gpu(float(t), used), ours_mib=ours) for t, (used, ours) in enumerate(readings)
    ]
    chart = memory_chart(state_of(*samples), FORECAST)
    assert [value for _, value in chart.below] == [1.0, 3.0, 3.0, 3.0]
    assert chart.foretold == (4.5, 7.0)
    lost = msgspec.structs.replace(samples[3], ours_mib=NotAvailable("NVML: driver reset"))
    assert memory_chart(state_of(*samples[:3], lost), FORECAST).below[3] == (3.0, 1.0)


def test_without_a_gpu_the_trainers_own_memory_is_shown_and_named() -> None:
    absent = NotAvailable("NVML library not found")
    chart = memory_chart(state_of(MemorySample(0.0, absent, 512.0), MemorySample(1.0, absent, 768.0)), NO_FORECAST)
    assert chart.name == "trainer's own memory (RSS)"
    assert chart.notes == ("no GPU: NVML library not found",)
    assert chart.known == (0.5, 0.75)
    assert chart.limit is None


def test_a_reading_that_fails_is_a_gap_and_never_zero() -> None:
    state = state_of(on_gpu(0.0, 1024.0), MemorySample(1.0, NotAvailable("driver reset"), 900.0))
    chart = memory_chart(state, NO_FORECAST)
    assert chart.points[1] == chart.below[1] == (1.0, None)
    assert value_at(chart.points, 1.0, 2.0) is None
    assert value_at(chart.points, 0.5, 1.0) == 1.0


def test_a_hostile_device_name_reaches_no_terminal() -> None:
    chart = memory_chart(state_of(on_gpu(0.0, 1.0, "GPU\x1b]0;x\x07[bold]")), NO_FORECAST)
    assert chart.notes[0] == "GPU[bold]"


def test_beside_it_only_what_was_recorded() -> None:
    assert resource_charts(state_of(MemorySample(0.0, NotAvailable("no NVML"), 512.0))) == ()
    activity = DeviceActivity(50.0, NotAvailable("not told"), 300.0)
    host = HostLoad(2048.0, 8192.0, NotAvailable("first reading"), 4096.0)
    sample = msgspec.structs.replace(on_gpu(0.0, 1.0), activity=activity, host=host)
    charts = {chart.name: chart for chart in resource_charts(state_of(sample))}
    assert list(charts) == [
        "trainer's own memory (RSS)",
        "GPU utilisation",
        "GPU power",
        "host RAM used",
        "free disk",
    ]
    assert (charts["host RAM used"].limit, charts["host RAM used"].known) == (8.0, (2.0,))
