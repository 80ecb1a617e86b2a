"""The simulator's share: what launches teach, where it is used, and what stands in where nothing is known."""

from pathlib import Path

import msgspec

from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.memory.baseline import SimulatorShare, merged_shares, share_of, simulator_baseline
from rwm_tui.core.memory.ceilings import learn_ceilings
from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR
from rwm_tui.core.memory.launch_memory import CONTEXT_MIB, LaunchMemory, memory_of, read_memory, write_memory
from rwm_tui.core.memory.report import forecast_document, forecast_lines, forecast_profile
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, NotAvailable
from rwm_tui.core.profile import with_settings
from tests.core.memory.past_launch import GPU, PROFILES, USE, past

NO_FORECAST = NotAvailable("none was made")


def learned(num_envs: int, grown_mib: float, device: DeviceDescription = GPU) -> LaunchMemory:
    """A launch whose device use grew by so much until training began."""
    use = USE | {13: USE[0] + grown_mib}
    memory = memory_of(
        past(with_settings(PROFILES["default"], {"num_envs": num_envs}), use=use, device=device), NO_FORECAST
    )
    assert memory is not None
    return memory


def shares_of(*memories: LaunchMemory) -> tuple[SimulatorShare, ...]:
    return merged_shares(share for memory in memories if (share := share_of(memory)))


def test_the_share_is_what_was_in_use_before_training_less_the_context() -> None:
    memory = learned(4096, 4100.0)
    assert memory.before_training_mib == 4100.0
    assert memory.peak_mib == 13500.0
    (share,) = shares_of(memory)
    assert (share.low_mib, share.high_mib) == (4100.0 - CONTEXT_MIB[1], 4100.0 - CONTEXT_MIB[0])
    baseline = simulator_baseline(PROFILES["default"], GPU, [share])
    assert (baseline.low_mib, baseline.high_mib) == (share.low_mib, share.high_mib)
    assert "learned from 1 launch of this task on NVIDIA Test 24GB, driver 580.65" in baseline.basis


def test_a_trainer_whose_memory_was_not_seen_on_this_gpu_teaches_nothing_of_it() -> None:
    unseen = memory_of(past(PROFILES["default"], use=dict.fromkeys(USE, 500.0)), NO_FORECAST)
    assert unseen is not None
    assert unseen.fitted
    assert shares_of(unseen) == ()
    assert learn_ceilings([unseen]).ceilings == ()


def test_several_launches_widen_the_share_and_the_same_again_changes_nothing() -> None:
    memories = [learned(4096, 4100.0), learned(4096, 4300.0)]
    (share,) = shares_of(*memories)
    assert share.high_mib - share.low_mib == 200.0 + CONTEXT_MIB[1] - CONTEXT_MIB[0]
    assert shares_of(*reversed(memories)) == (share,)
    assert merged_shares([share, share]) == (share,)


def test_other_numbers_of_environments_bound_it_from_their_side() -> None:
    few, many = learned(64, 3700.0), learned(4096, 4800.0)
    between = with_settings(PROFILES["default"], {"num_envs": 1024})
    both = simulator_baseline(between, GPU, shares_of(few, many))
    assert (both.low_mib, both.high_mib) == (3700.0 - CONTEXT_MIB[1], 4800.0 - CONTEXT_MIB[0])
    only_fewer = simulator_baseline(between, GPU, shares_of(few))
    assert only_fewer.high_mib == PUBLISHED_SIMULATOR.high_mib
    assert "published" in only_fewer.basis
    assert "64 environments" in only_fewer.basis


def test_what_the_driver_tells_of_our_processes_counts_before_what_the_device_grew_by() -> None:
    state = past(PROFILES["default"])
    told = tuple(
        msgspec.structs.replace(sample, ours_mib=3900.0 if sample.t >= 12 else 0.0) for sample in state.samples
    )
    memory = memory_of(msgspec.structs.replace(state, samples=told), NO_FORECAST)
    assert memory is not None
    assert memory.before_training_mib == 3900.0


def test_without_a_launch_or_a_device_the_published_figures_stand_and_say_so() -> None:
    assert simulator_baseline(PROFILES["default"], GPU, ()) == PUBLISHED_SIMULATOR
    assert simulator_baseline(PROFILES["default"], NotAvailable("no GPU"), ()) == PUBLISHED_SIMULATOR
    assert simulator_baseline(PROFILES["embedded"], GPU, ()) == NO_SIMULATOR


def test_a_launch_without_a_reading_before_training_teaches_no_share() -> None:
    use = {t: mib for t, mib in USE.items() if t == 0 or t >= 14}
    memory = memory_of(past(PROFILES["default"], use=use), NO_FORECAST)
    assert memory is not None
    assert isinstance(memory.before_training_mib, NotAvailable)
    assert share_of(memory) is None


def test_the_forecast_names_what_the_share_was_learned_from() -> None:
    shares = shares_of(learned(4096, 4100.0))
    simulator = simulator_baseline(PROFILES["default"], GPU, shares)
    answer = forecast_profile(PROFILES["default"], DeviceMemory(GPU.name, GPU.uuid, 480.0, GPU.total_mib), simulator)
    assert "learned from 1 launch" in forecast_document(answer)["basis"]
    assert any("learned from 1 launch" in line for line in forecast_lines(answer))
    assert answer.baseline.high_mib == simulator.high_mib + 480.0


def test_a_cap_counts_as_the_limit() -> None:
    device = DeviceMemory(GPU.name, GPU.uuid, 480.0, 81559.0)
    free = forecast_profile(PROFILES["embedded-default"], device, NO_SIMULATOR)
    assert free.verdict == "fits"
    capped = with_settings(PROFILES["embedded-default"], {"device_memory_cap_mib": 5000})
    assert forecast_profile(capped, device, NO_SIMULATOR).verdict == "will-not-fit"


def test_the_facts_are_kept_beside_the_launch_and_else_read_from_its_journal(tmp_path: Path) -> None:
    state = past(PROFILES["default"])
    memory = memory_of(state, NO_FORECAST)
    assert memory is not None
    paths = open_launch(state.plan, tmp_path, 0.0)
    assert read_memory(paths) is None  # not over
    write_memory(paths, memory)
    assert read_memory(LaunchPaths(paths.directory)) == memory
