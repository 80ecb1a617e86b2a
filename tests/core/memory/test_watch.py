"""Warnings before the crash: what is said, when, how often, and that nothing is said where all is well."""

import msgspec

from rwm_tui.core.launch.events import MemoryWarned
from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.memory.report import forecast_profile, forecast_record
from rwm_tui.core.memory.watch import MemoryWatch
from rwm_tui.core.ports import DeviceMemory, DeviceProcess, DeviceTenants, MemorySample, NotAvailable
from rwm_tui.core.profile import with_settings
from rwm_tui.core.trainer_output.stages import Stage
from tests.core.memory.past_launch import PROFILES

UNTOLD = NotAvailable("NVML lists no process of the trainer")


def foretold(total_mib: float, profile: str = "default", **settings: float) -> ForecastRecord:
    """Of a profile (the default's learner needs 8 to 11 GiB) on an empty device."""
    chosen = with_settings(PROFILES[profile], settings)
    simulator = NO_SIMULATOR if chosen.backend == "embedded" else PUBLISHED_SIMULATOR
    return forecast_record(forecast_profile(chosen, DeviceMemory("Test", "GPU-1", 500.0, total_mib), simulator))


class Device:
    """Feeds a watch, one second a reading."""

    def __init__(self, forecast: ForecastRecord | NotAvailable, total_mib: float) -> None:
        self.watch = MemoryWatch(forecast)
        self.total_mib = total_mib
        self.t = 0.0

    def read(self, used: float, stage: Stage | None, ours: float | None = None, *held: DeviceProcess) -> list[str]:
        device = DeviceMemory("Test", "GPU-1", used, self.total_mib)
        sample = MemorySample(self.t, device, 100.0, UNTOLD if ours is None else ours)
        return [warned.text for warned in self.see(sample, stage, DeviceTenants(held, 0.0))]

    def see(
        self, sample: MemorySample, stage: Stage | None, tenants: DeviceTenants | NotAvailable = UNTOLD
    ) -> list[MemoryWarned]:
        self.t += 1.0
        return self.watch.see(sample, stage, tenants)


def test_share_and_forecast_beyond_the_limit_are_told_before_training() -> None:
    device = Device(foretold(12288.0), 12288.0)
    assert device.read(500.0, None) == []
    assert device.read(2500.0, Stage.BUILDING_SCENE) == []  # how much the simulator will hold is not known yet
    (said,) = device.read(5100.0, Stage.ENVIRONMENT_READY)
    assert said.startswith("will run out of device memory in the dynamics phase")
    assert "of 12.0" in said
    assert "simulator 3.7-4.0" in said
    assert device.read(5200.0, Stage.BUILDING_NETWORKS) == []  # once
    assert device.read(12000.0, Stage.TRAINING) == []


def test_a_sum_that_may_pass_the_limit_may_run_out() -> None:
    device = Device(foretold(14800.0), 14800.0)
    device.read(500.0, None)
    (said,) = device.read(5100.0, Stage.ENVIRONMENT_READY)
    assert said.startswith("may run out")


def test_where_it_fits_nothing_is_said() -> None:
    device = Device(foretold(24576.0), 24576.0)
    for used, stage in ((500.0, None), (5100.0, Stage.ENVIRONMENT_READY), (14000.0, Stage.TRAINING)):
        assert device.read(used, stage) == []


def test_a_cap_on_torch_is_a_limit_and_known_at_the_first_stage() -> None:
    device = Device(foretold(81559.0, "embedded-default", device_memory_cap_mib=5000), 81559.0)
    device.read(500.0, None)
    (said,) = device.read(500.0, Stage.LAUNCHING)
    assert said.startswith("will run out")
    assert "capped at 4.9 GiB" in said


def test_others_that_grow_into_what_is_needed_are_told_with_the_largest_process() -> None:
    device = Device(foretold(16384.0), 16384.0)
    device.read(500.0, None, 0.0)
    assert device.read(4600.0, Stage.ENVIRONMENT_READY, 4000.0) == []
    assert device.read(4800.0, Stage.TRAINING, 4000.0) == []  # a desktop
    (said,) = device.read(8600.0, Stage.TRAINING, 4000.0, DeviceProcess(573, 4000.0), DeviceProcess(7, 300.0))
    assert "other processes hold 4.0 GiB more of the GPU than at the start (process 573 holds 3.9 GiB)" in said
    assert "of 16.0" in said
    assert device.read(8700.0, Stage.TRAINING, 4000.0) == []
    assert device.read(11000.0, Stage.TRAINING, 4000.0) != []  # by more than another GiB


def test_others_that_leave_just_enough_are_told_for_their_next_step_is_one_too_far() -> None:
    """As seen on an 80 GB device: the trainer's memory told by process, another one takes all but 400 MiB."""
    few = {
        "num_envs": 64,
        "algorithm.system_dynamics_num_mini_batches": 4,
        "algorithm.system_dynamics_num_eval_trajectories": 20,
    }
    device = Device(foretold(81559.0, "embedded-default", **few), 81559.0)
    assert device.read(1100.0, None) == []  # before the start nothing is ours
    assert device.read(1100.0 + 540.0, Stage.LAUNCHING, 540.0) == []
    for _ in range(3):
        assert device.read(1100.0 + 8088.0, Stage.TRAINING, 8088.0) == []
    (said,) = device.read(81559.0 - 400.0, Stage.TRAINING, 8088.0, DeviceProcess(977, 72400.0))
    assert "other processes hold 70.3 GiB more of the GPU than at the start (process 977 holds 70.7 GiB)" in said
    assert "79.3 in use of 79.6" in said
    assert device.read(81559.0 - 390.0, Stage.TRAINING, 8088.0) == []  # once


def test_others_that_grow_where_there_is_room_are_no_matter() -> None:
    device = Device(foretold(81559.0), 81559.0)
    device.read(500.0, None, 0.0)
    device.read(4600.0, Stage.ENVIRONMENT_READY, 4000.0)
    assert device.read(24600.0, Stage.TRAINING, 4000.0) == []


def test_without_figures_by_process_what_cannot_be_ours_is_told_once() -> None:
    device = Device(foretold(24576.0), 24576.0)
    device.read(500.0, None)
    device.read(5100.0, Stage.ENVIRONMENT_READY)
    assert device.read(15000.0, Stage.TRAINING) == []
    (said,) = device.read(19000.0, Stage.TRAINING)
    assert "another process has grown, or the forecast is too low" in said
    assert device.read(20000.0, Stage.TRAINING) == []


def test_a_device_that_vanishes_is_told_once_and_one_that_never_was_is_not() -> None:
    device = Device(foretold(24576.0), 24576.0)
    gone = MemorySample(0.0, NotAvailable("NVML: the GPU is lost"), 100.0)
    assert device.see(gone, Stage.TRAINING) == []
    device.read(500.0, Stage.TRAINING)
    (warned,) = device.see(gone, Stage.TRAINING)
    assert warned.kind == "device-vanished"
    assert "the GPU is lost" in warned.text
    assert device.see(gone, Stage.TRAINING) == []


def test_without_a_forecast_nothing_is_foretold() -> None:
    device = Device(NotAvailable("no forecast was made before this launch"), 8192.0)
    device.read(500.0, None)
    assert device.read(8000.0, Stage.ENVIRONMENT_READY) == []


def test_the_simulators_share_is_read_at_trainings_first_reading_where_none_was_before() -> None:
    device = Device(foretold(12288.0), 12288.0)
    device.read(500.0, None)
    (said,) = device.read(5100.0, Stage.TRAINING)
    assert said.startswith("will run out")


def test_a_record_passes_through_its_file() -> None:
    record = foretold(8192.0)
    assert msgspec.json.decode(msgspec.json.encode(record), type=ForecastRecord) == record
