import itertools
from collections.abc import Iterator

import pytest

from rwm_tui.core.launch.kept_samples import MAX_SAMPLES, START_UP, with_samples
from rwm_tui.core.ports import DeviceActivity, DeviceMemory, HostLoad, MemorySample, NotAvailable

HOURS_12 = 12 * 3600


def sampled(seconds: int = HOURS_12) -> Iterator[MemorySample]:
    """One a second; everything peaks once, for one sample, and the device is gone for ten seconds."""
    for second in range(seconds):
        yield MemorySample(
            t=1e9 + second,
            device=_device(second),
            trainer_rss_mib=9000.0 if second == 11_111 else 900.0,
            ours_mib=7000.0 if second == 22_222 else 3000.0,
            activity=DeviceActivity(99.0 if second == 33_333 else 50.0, 60.0, NotAvailable("not told")),
            host=HostLoad(2048.0, 8192.0, 100.0 if second == 7_777 else 30.0, 5.0 if second == 8_888 else 100.0),
        )


def _device(second: int) -> DeviceMemory | NotAvailable:
    if 30_000 <= second < 30_010:
        return NotAvailable("the GPU is lost")
    return DeviceMemory(
        "a GPU", "GPU-1", 7900.0 if second == 22_222 else 1000.0 if second == 23_456 else 4000.0 + second % 50, 8192.0
    )


@pytest.fixture(scope="module")
def kept() -> tuple[MemorySample, ...]:
    return with_samples((), [*sampled()])


def test_no_peak_of_one_sample_is_lost_and_no_gap_closes(kept: tuple[MemorySample, ...]) -> None:
    assert len(kept) <= MAX_SAMPLES
    times = {sample.t - 1e9 for sample in kept}
    assert {7_777.0, 8_888.0, 11_111.0, 22_222.0, 23_456.0, 33_333.0} <= times
    assert any(isinstance(sample.device, NotAvailable) for sample in kept)


def test_all_of_the_start_and_the_newest_are_kept_and_the_rest_is_dense(kept: tuple[MemorySample, ...]) -> None:
    assert [sample.t for sample in kept[:START_UP]] == [1e9 + second for second in range(START_UP)]
    assert kept[-1].t == 1e9 + HOURS_12 - 1
    assert max(later.t - sample.t for sample, later in itertools.pairwise(kept)) <= 200.0


def test_how_the_looks_are_cut_makes_no_difference(kept: tuple[MemorySample, ...]) -> None:
    samples, looks = [*sampled()], tuple[MemorySample, ...]()
    for first in range(0, len(samples), 7_321):
        looks = with_samples(looks, samples[first : first + 7_321])
    assert looks == kept


def test_a_clock_that_jumps_leaves_no_more_than_are_allowed() -> None:
    jumping = [
        MemorySample(1e9 * (second % 2) + second, NotAvailable("none"), 1.0) for second in range(MAX_SAMPLES + 9)
    ]
    assert len(with_samples((), jumping)) <= MAX_SAMPLES
