"""What a launch record tells at a glance: the fold of its files, without the figures of its run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.status import Status
from rwm_tui.core.review.file_stamps import Stamp, stamp_of
from rwm_tui.core.review.run_summary import Backend, Sizes

if TYPE_CHECKING:  # a list whose launches the index knows is shown without the code that reads one
    from rwm_tui.core.launch.record import RunState
    from rwm_tui.core.profile import ScaleProfile


class LaunchSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One launch at a glance.

    :param stamp: of its files; the summary of an ended launch holds as long as it stays.
    :param problem: why the record cannot be read; everything else is then unknown.
    :param asked: the sizes that were asked for.
    :param peak_device_mib: highest memory in use on the GPU while it ran, by all processes together.
    """

    stamp: Stamp
    when: float
    problem: str | None = None
    run_directory: str | None = None
    profile: str | None = None
    backend: Backend | None = None
    task: str | None = None
    asked: Sizes = Sizes()
    status: Status | None = None
    outcome: Outcome | None = None
    parent: str | None = None
    follows_because: str | None = None
    peak_device_mib: float | None = None
    peak_rss_mib: float | None = None
    has_outcome_file: bool = False
    kit_log: str | None = None


def launch_stamp(directory: str) -> Stamp:
    return stamp_of(f"{directory}/{name}" for name in ("outcome.json", "plan.json", "events.jsonl", "gpu.jsonl"))


def summarize_launch(directory: str, stamp: Stamp) -> LaunchSummary:
    """:param stamp: taken before."""
    from rwm_tui.core.launch.follow import read_state

    when = _changed(directory)
    try:
        state = read_state(Path(directory))
        profile = state.plan.profile
        asked = _asked(profile)
    except InputError as error:
        return LaunchSummary(stamp, when, error.message)
    return LaunchSummary(
        stamp=stamp,
        when=state.started_at or when,
        run_directory=state.run_directory,
        profile=profile.name,
        backend=profile.backend,
        task=profile.task,
        asked=asked,
        status=state.status,
        outcome=state.outcome.outcome if state.outcome else None,
        parent=state.plan.parent,
        follows_because=state.plan.follows_because,
        peak_device_mib=state.peak_device_mib,
        peak_rss_mib=state.peak_rss_mib,
        has_outcome_file=_has_outcome_file(state, stamp),
        kit_log=state.kit_log,
    )


def _has_outcome_file(state: "RunState", stamp: Stamp) -> bool:
    """Without it the launch is live, or was lost: that is looked up anew each time."""
    return state.is_over and stamp[0] >= 0


def _asked(profile: "ScaleProfile") -> Sizes:
    """The world model's sizes are known only for the tasks whose configuration is known here."""
    from rwm_tui.core.profile import EMBEDDED_TASK, PRETRAIN_TASK, agent_config_of

    if profile.task not in (EMBEDDED_TASK, PRETRAIN_TASK):
        return Sizes(num_envs=profile.num_envs, max_iterations=profile.max_iterations)
    algorithm = agent_config_of(profile).algorithm
    return Sizes(
        num_envs=profile.num_envs,
        max_iterations=profile.max_iterations,
        mini_batch_size=algorithm.system_dynamics_mini_batch_size,
        num_mini_batches=algorithm.system_dynamics_num_mini_batches,
        replay_buffer_size=algorithm.system_dynamics_replay_buffer_size,
        forecast_horizon=algorithm.system_dynamics_forecast_horizon,
    )


def _changed(directory: str) -> float:
    """Stands in where the record does not say when the launch began."""
    try:
        return os.stat(directory).st_mtime
    except OSError:
        return 0.0
