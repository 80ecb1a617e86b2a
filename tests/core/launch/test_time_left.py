import msgspec
import pytest

from rwm_tui.core.launch.events import JournalEntry
from rwm_tui.core.launch.record import Batch, apply
from rwm_tui.core.launch.time_left import time_left_s
from rwm_tui.core.ports import MemorySample, NotAvailable
from tests.widgets.states import iteration, live_state

MEAN_S = 2.1  # of these iterations


def at(t: float, *, finished: int, total: int) -> float | None:
    """What is left at a time when the last of these iterations was reported at 1000."""
    reports = [msgspec.structs.replace(iteration(number), total=total) for number in range(finished)]
    entries = tuple(JournalEntry(1000.0, report) for report in reports)
    sample = MemorySample(t, NotAvailable("no GPU"), 512.0)
    return time_left_s(apply(live_state(), Batch(entries=entries, samples=(sample,))))


@pytest.mark.parametrize(
    ("t", "left_s"),
    [(1000.0, 2 * MEAN_S), (1001.0, 2 * MEAN_S - 1.0), (1090.0, MEAN_S), (900.0, 2 * MEAN_S)],
    ids=["just reported", "a second later", "overdue", "clock set back"],
)
def test_it_goes_down_until_the_next_iteration(t: float, left_s: float) -> None:
    assert at(t, finished=1, total=3) == pytest.approx(left_s)


def test_nothing_is_left_after_the_last_iteration() -> None:
    assert at(1005.0, finished=3, total=3) == 0.0


def test_more_than_a_day_is_more_than_a_day() -> None:
    assert at(1000.0, finished=1, total=100_001) == pytest.approx(100_000 * MEAN_S)


def test_a_resumed_run_goes_by_its_own_iterations() -> None:
    reports = [msgspec.structs.replace(iteration(number), total=200) for number in (100, 101)]
    state = apply(live_state(), Batch(entries=tuple(JournalEntry(1000.0, report) for report in reports)))
    assert time_left_s(state) == pytest.approx(98 * MEAN_S)


def test_it_is_not_known_before_an_iteration_told_its_time() -> None:
    assert time_left_s(live_state()) is None
    silent = msgspec.structs.replace(iteration(0), collection_s=None, iteration_s=None)
    assert time_left_s(apply(live_state(), Batch(entries=(JournalEntry(1000.0, silent),)))) is None
