import pytest

from rwm_tui.core.durations import duration_text
from rwm_tui.core.ports import DeviceMemory, MemorySample, NotAvailable
from rwm_tui.widgets.vram_chart import chart_lines, memory_series

NO_GPU = NotAvailable("NVML library not found")


def on_gpu(t: float, used_mib: float) -> MemorySample:
    return MemorySample(t, DeviceMemory("NVIDIA Test", "GPU-1", used_mib, 8192.0), 900.0)


def without_gpu(t: float, rss_mib: float) -> MemorySample:
    return MemorySample(t, NO_GPU, rss_mib)


def test_a_gpus_memory_is_shown_with_its_limit_and_peak() -> None:
    series = memory_series([on_gpu(0.0, 1024.0), on_gpu(1.0, 6144.0), on_gpu(2.0, 2048.0)])
    lines = chart_lines(series, width=80, height=8)
    assert lines[0] == "VRAM used 2.00 of 8.00 GiB, peak 6.00 GiB - NVIDIA Test, all processes"
    assert lines[1].startswith("  8.00│")
    assert len(lines) == 8


def test_without_a_gpu_the_trainers_own_memory_is_shown_and_named() -> None:
    series = memory_series([without_gpu(0.0, 512.0), without_gpu(1.0, 768.0)])
    lines = chart_lines(series, width=100, height=8)
    expected = "trainer's own memory (RSS) 0.75 GiB, peak 0.75 GiB - no GPU: NVML library not found"
    assert lines[0] == expected
    assert series.limit_gib is None


def test_a_reading_that_fails_is_a_gap_and_never_zero() -> None:
    samples = [on_gpu(0.0, 1024.0), MemorySample(1.0, NotAvailable("driver reset"), 900.0)]
    series = memory_series(samples)
    assert series.points[1] == (1.0, None)
    assert "not available of 8.00 GiB, peak 1.00 GiB" in chart_lines(series, width=80, height=8)[0]


def test_before_the_first_reading_it_says_so() -> None:
    assert chart_lines(memory_series([]), width=80, height=8)[1] == "no reading yet"


def test_a_hostile_device_name_reaches_no_terminal() -> None:
    sample = MemorySample(0.0, DeviceMemory("GPU\x1b]0;x\x07[bold]", "u", 1.0, 8192.0), 1.0)
    assert chart_lines(memory_series([sample]), width=80, height=8)[0].endswith("- GPU[bold], all processes")


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize(("width", "height"), [(80, 8), (30, 4), (120, 14), (10, 2), (1, 1)])
def test_it_never_outgrows_its_box(width: int, height: int, ascii_only: bool) -> None:
    series = memory_series([on_gpu(float(t), 1000.0 + t) for t in range(500)])
    lines = chart_lines(series, width=width, height=height, ascii_only=ascii_only)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_the_ascii_form_is_ascii() -> None:
    series = memory_series([on_gpu(float(t), 1000.0 + t) for t in range(500)])
    assert all(line.isascii() for line in chart_lines(series, width=80, height=8, ascii_only=True))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (185.0, "3 min 05 s"), (7620.0, "2 h 07 min")]
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
