"""A launch that is over, folded from a journal and samples as a supervisor would have written them."""

from pathlib import Path

from rwm_tui.core.launch.events import DeviceWatched, JournalEntry, LaunchEvent
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord
from rwm_tui.core.launch.record import Batch, RunState, apply
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, MemorySample
from rwm_tui.core.profile import ScaleProfile, load_profiles
from rwm_tui.core.trainer_output.console_events import StageReached
from rwm_tui.core.trainer_output.stages import Stage

PROFILES = {p.name: p for p in load_profiles(Path(__file__).parents[3] / "profiles")}
GPU = DeviceDescription("NVIDIA Test 24GB", "GPU-1", "580.65", 24576.0, "the only GPU")
STAGES = ((2.0, Stage.BUILDING_SCENE), (10.0, Stage.OBSERVATION_GROUPS_RESOLVED), (14.0, Stage.TRAINING))
USE = {0: 500.0, 5: 2000.0, 12: 4500.0, 13: 4600.0, 14: 4600.0, 16: 14000.0, 17: 13900.0}


def sample(t: float, used_mib: float) -> MemorySample:
    return MemorySample(t, DeviceMemory(GPU.name, GPU.uuid, used_mib, GPU.total_mib), 900.0)


def past(
    profile: ScaleProfile,
    *further: LaunchEvent,
    launch_id: str = "20260528_100000_default",
    outcome: Outcome = Outcome.COMPLETED,
    use: dict[int, float] = USE,
    device: DeviceDescription = GPU,
) -> RunState:
    """:param use: seconds → MiB in use on the device."""
    plan = LaunchPlan(profile=profile, argv=("true",), cwd="/", environment={}, time_limit_s=None, grace_s=20.0)
    stages = (JournalEntry(t, StageReached(line=1, offset=0, stage=stage, text="")) for t, stage in STAGES)
    entries = (JournalEntry(0.0, DeviceWatched(device)), *stages, *(JournalEntry(16.5, event) for event in further))
    samples = tuple(sample(float(t), mib) for t, mib in use.items())
    ended = OutcomeRecord(outcome=outcome, reason="", exit_status=0, signal=None, ended_at=20.0, run_directory=None)
    return apply(RunState(launch_id=launch_id, plan=plan), Batch(entries=entries, samples=samples, outcome=ended))
