"""Run states for the tests of widgets."""

from rwm_tui.core.launch.record import RunState, StageMark
from rwm_tui.core.launch.status import Status
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.profile import EMBEDDED_TASK, ScaleProfile
from rwm_tui.core.trainer_output.console import IterationReported
from rwm_tui.core.trainer_output.stages import Stage

PROFILE = ScaleProfile(
    name="tiny",
    purpose="tests",
    backend="embedded",
    task=EMBEDDED_TASK,
    num_envs=4,
    max_iterations=3,
    time_limit_s=600.0,
)
PLAN = LaunchPlan(
    profile=PROFILE, argv=("true",), cwd="/", environment={}, time_limit_s=PROFILE.time_limit_s, grace_s=PROFILE.grace_s
)


def live_state() -> RunState:
    return RunState(
        launch_id="20261123_200000_tiny",
        plan=PLAN,
        status=Status.RUNNING,
        started_at=1000.0,
        stages=(StageMark(Stage.LAUNCHING, 1000.0), StageMark(Stage.TRAINING, 1004.0)),
    )


def iteration(number: int, **values: float) -> IterationReported:
    return IterationReported(
        line=1,
        offset=0,
        iteration=number,
        total=3,
        steps_per_s=729.0,
        collection_s=0.2,
        learning_s=1.9,
        iteration_s=2.1,
        total_timesteps=1536,
        elapsed_text="00:00:02",
        eta_text="00:00:04",
        mean_reward=None,
        mean_episode_length=None,
        values=values,
        not_finite={"surrogate": "nan"},
    )
