"""The search for the largest size that fits, and the wait before a launch."""

from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.memory.free_memory import WAIT_LIMIT_S, wait_for_memory
from rwm_tui.core.memory.shrinking import BATCH, BATCHES, resized
from rwm_tui.core.memory.size_search import SizeSearch, Try, knob_named, resumed, save_search, search_after
from rwm_tui.core.ports import DeviceMemory, DeviceProcess, DeviceTenants, NotAvailable
from rwm_tui.core.profile import load_profile, with_settings

PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "embedded-default.yaml")
SEARCH = SizeSearch(profile=PROFILE, key=BATCH, device="GPU-1")


def searched(limit: int, guess: int, search: SizeSearch = SEARCH) -> SizeSearch:
    """The search on a device that holds sizes up to the limit."""
    while (value := search.next_value(guess)) is not None:
        assert len(search.tries) < 20
        search = search.with_try(Try(value, value <= limit, f"launch-{value}"))
    return search


@pytest.mark.parametrize("limit", [130, 700, 2963, 4990])
@pytest.mark.parametrize("guess", [128, 1500, 2800, 5000])
def test_it_ends_within_five_percent_of_the_largest_that_fits(limit: int, guess: int) -> None:
    found = searched(limit, guess)
    assert found.largest_fitting is not None
    assert found.largest_fitting <= limit <= max(found.largest_fitting * 1.05, found.largest_fitting + 4)


def test_all_and_nothing() -> None:
    assert searched(9000, 3000).largest_fitting == 5000
    assert searched(5, 3000).largest_fitting is None


def test_it_goes_on_where_it_was_ended(tmp_path: Path) -> None:
    begun = SEARCH.with_try(Try(2800, True, "a")).with_try(Try(3080, False, "b"))
    save_search(tmp_path, begun)
    assert resumed(tmp_path, SEARCH) == begun
    other = SizeSearch(profile=PROFILE, key=BATCH, device="GPU-2")
    assert resumed(tmp_path, other) == other


def test_going_up_again_starts_from_what_the_lineage_tried() -> None:
    fitted = resized(PROFILE, BATCH, 2732)
    search = search_after([("b", fitted, True), ("a", PROFILE, False)], "GPU-1")
    assert (search.asked, search.largest_fitting, search.smallest_failing) == (5000, 2732, 5000)
    assert search.profile.agent[BATCHES] == 20
    with pytest.raises(InputError, match="no smaller than what failed"):
        search_after([("b", PROFILE, True), ("a", PROFILE, False)], "GPU-1")


def test_a_knob_that_is_none_is_named() -> None:
    assert knob_named("mini_batch_size").key == knob_named(BATCH).key == BATCH
    with pytest.raises(InputError, match="gamma"):
        knob_named("gamma")


class Clock:
    t = 0.0

    def now(self) -> float:
        return self.t

    def monotonic(self) -> float:
        return self.t

    def sleep(self, seconds: float) -> None:
        self.t += seconds


class Device:
    """Its memory is free after some seconds."""

    def __init__(self, clock: Clock, free_after_s: float) -> None:
        self._clock = clock
        self._free_after_s = free_after_s

    def read(self) -> DeviceMemory | NotAvailable:
        return DeviceMemory("GPU", "GPU-1", 100.0 if self._clock.t >= self._free_after_s else 7000.0, 8192.0)

    def read_tenants(self) -> DeviceTenants | NotAvailable:
        return DeviceTenants((DeviceProcess(573, 6900.0),), 0.0)


class Unreadable:
    def read(self) -> NotAvailable:
        return NotAvailable("no NVML")

    read_tenants = read


def test_memory_that_the_driver_still_holds_is_waited_for() -> None:
    clock, told = Clock(), list[str]()
    wait_for_memory(5000.0, Device(clock, 6.0), clock, told.append)
    assert 6.0 <= clock.t < 8.0
    assert told[0] == "waiting for device memory: 1192 MiB of 5000 are free"


def test_the_wait_ends_and_names_who_holds_the_memory() -> None:
    clock = Clock()
    with pytest.raises(InputError, match="process 573"):
        wait_for_memory(5000.0, Device(clock, 1e9), clock, lambda text: None)
    assert clock.t >= WAIT_LIMIT_S


def test_memory_that_cannot_be_read_is_not_waited_for_and_that_is_told() -> None:
    clock, told = Clock(), list[str]()
    wait_for_memory(5000.0, Unreadable(), clock, told.append)
    assert clock.t == 0.0
    assert "no NVML" in told[0]


def test_more_than_the_device_has_is_not_waited_for_and_that_is_told() -> None:
    clock, told = Clock(), list[str]()
    wait_for_memory(81_000.0, Device(clock, 1e9), clock, told.append)
    assert clock.t == 0.0
    assert "more than GPU has as a whole" in told[0]


def test_the_cap_takes_part_in_the_identity_of_a_search(tmp_path: Path) -> None:
    save_search(tmp_path, SEARCH.with_try(Try(2800, True, "a")))
    capped = SizeSearch(profile=with_settings(PROFILE, {"device_memory_cap_mib": 5000}), key=BATCH, device="GPU-1")
    assert resumed(tmp_path, capped).tries == ()
