"""The bar: parts in proportion, the device's end, what lies beyond it, and the words beside it."""

from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR, Baseline
from rwm_tui.core.memory.report import forecast_profile
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import with_settings
from rwm_tui.widgets.memory_bar import BAR_WIDTH, bar, memory_lines
from tests.core.memory.past_launch import PROFILES


def test_parts_stand_in_proportion_to_the_device() -> None:
    drawn = bar([("o", 1000.0), ("t", 4000.0)], 10000.0)
    assert drawn == "[" + "o" * 5 + "t" * 20 + "." * 25 + "|"


def test_what_lies_beyond_the_device_stands_behind_its_end() -> None:
    drawn = bar([("s", 5000.0), ("t", 15000.0)], 10000.0)
    before, beyond = drawn.removeprefix("[").split("|")
    assert len(before) == len(beyond) == BAR_WIDTH // 2
    assert set(beyond) == {"t"}
    assert bar([("t", 10001.0)], 10000.0).endswith("|t")


def test_a_small_part_is_seen() -> None:
    assert bar([("o", 1.0), ("t", 4000.0)], 80000.0).startswith("[ot")


def test_the_learned_share_and_where_it_is_from_are_told() -> None:
    learned = Baseline(3000.0, 4096.0, "simulator 3000 to 4096 MiB, learned from 2 launches of this task on Test")
    device = DeviceMemory("Test", "GPU-1", 1024.0, 24576.0)
    lines = memory_lines(forecast_profile(PROFILES["default"], device, learned))
    assert lines[0].startswith("fits: needs ")
    assert lines[0].endswith(" of 24.0 (Test)")
    assert "o others 1.0" in lines[2]
    assert "s simulator 4.0" in lines[2]
    assert any("learned from 2 launches" in line for line in lines)


def test_each_verdict_in_words() -> None:
    small = DeviceMemory("Test", "GPU-1", 0.0, 8192.0)
    assert memory_lines(forecast_profile(PROFILES["default"], small, PUBLISHED_SIMULATOR))[0].startswith("will not fit")
    absent = NotAvailable("no NVIDIA driver")
    lines = memory_lines(forecast_profile(PROFILES["default"], absent, PUBLISHED_SIMULATOR))
    assert lines[0].startswith("unknown, no NVIDIA driver: needs ")
    assert "|" not in lines[1]


def test_a_cap_is_told_and_an_absent_simulator_is_not_drawn() -> None:
    capped = with_settings(PROFILES["embedded-default"], {"device_memory_cap_mib": 2048})
    lines = memory_lines(forecast_profile(capped, DeviceMemory("Test", "GPU-1", 0.0, 81920.0), NO_SIMULATOR))
    assert lines[0].startswith("will not fit")
    assert "torch may reserve 2.0 GiB, by the profile" in lines
    assert "simulator" not in lines[2]
