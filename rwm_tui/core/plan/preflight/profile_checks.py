"""Checks of what the profile asks for: risks that are known before the start."""

from pathlib import Path

from rwm_tui.core.plan.preflight.environment_checks import is_fork_task
from rwm_tui.core.plan.preflight.finding import Finding, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.profile import REFERENCE_NUM_ENVS, ScaleProfile, agent_config_of

FIRST_START_S = 600.0  # Isaac Lab's documentation: pulling the extensions takes upwards of ten minutes
KIT_DATA = (".local/share/ov/data/Kit", ".cache/ov/Kit")


def check_first_start(around: Surroundings, profile: ScaleProfile) -> Finding:
    if around.installation.kind == "isaaclab3":
        return not_applicable("a kit-less Isaac Lab 3 pulls no extensions")
    if profile.time_limit_s is None:
        return passed("no time limit, so a slow first start is only slow")
    booted = [one.boot_s for one in around.beginnings if one.backend == "isaaclab" and one.boot_s is not None]
    limit = f"the limit is {profile.time_limit_s:g} s"
    if booted:
        fact = f"earlier starts took {min(booted):.0f} to {max(booted):.0f} s; {limit}"
        if min(booted) >= profile.time_limit_s:
            return warning(fact, f"raise time_limit_s in the profile {profile.name}")
        return passed(fact)
    if around.installation.kind in ("conda", "venv") and any(_has_content(around.home / data) for data in KIT_DATA):
        return passed(f"Isaac Sim has been started here before; {limit}")
    if profile.time_limit_s >= FIRST_START_S:
        return passed(f"{limit}, enough for a first start")
    return warning(
        f"Isaac Sim seems not to have been started here: a first start can take ten minutes, and {limit}",
        f"raise time_limit_s in the profile {profile.name} for the first launch",
    )


def _has_content(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def check_replay_window(around: Surroundings, profile: ScaleProfile) -> Finding:
    """An evaluation draws windows without a termination; a small buffer of falling robots may hold none."""
    if not is_fork_task(profile):
        return not_applicable(f"{profile.task} trains no world model")
    config = agent_config_of(profile)
    length = config.algorithm.system_dynamics_len_eval_trajectory
    size = config.algorithm.system_dynamics_replay_buffer_size
    if profile.max_iterations <= config.save_interval:
        return passed(f"one evaluation only, at iteration 0 ({profile.max_iterations} iterations)")
    if size >= length or profile.num_envs >= REFERENCE_NUM_ENVS:
        return passed(f"a replay buffer of {size} steps of {profile.num_envs} environments; evaluation wants {length}")
    return warning(
        f"{profile.max_iterations} iterations with a replay buffer of {size} steps, and evaluation wants {length}: "
        "if every robot falls within it, the run ends in 'a must be greater than 0'",
        f"set algorithm.system_dynamics_replay_buffer_size to {length} or more",
    )
