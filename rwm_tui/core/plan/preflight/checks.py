"""Every check, in the order in which they are shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.preflight import (
    checkout_checks,
    environment_checks,
    finetune_checks,
    gpu_checks,
    host_checks,
    override_checks,
    package_checks,
    profile_checks,
)
from rwm_tui.core.plan.preflight.environment_checks import is_fork_task
from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Finding, Preflight, not_applicable
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.profile import ScaleProfile


@dataclass(frozen=True)
class Check:
    id: str
    title: str
    examine: Callable[[Surroundings, ScaleProfile], Finding]


GUARD_CHECK = "runner-guard"

EMBEDDED_CHECKS = (
    Check("python-version", "Python of rwm-tui", host_checks.check_python),
    Check("embedded-packages", "the embedded trainer's packages", host_checks.check_embedded_packages),
)
HOST_CHECKS = (
    Check("logs-writable", "run directories can be written", host_checks.check_logs_writable),
    Check("disk-space", "disk space", host_checks.check_disk),
    Check("own-launches", "our own earlier launches", host_checks.check_own_launches),
    Check("gpu-device", "the GPU that the trainer takes", gpu_checks.check_device),
)
ISAAC_LAB_CHECKS = (
    Check("isaac-lab-kind", "the kind of Isaac Lab that the profile needs", environment_checks.check_kind),
    Check("isaac-lab-found", "Isaac Lab's installation", environment_checks.check_installation),
    Check("isaac-lab-version", "Isaac Lab's version", environment_checks.check_isaac_lab_version),
    Check("eula", "NVIDIA Omniverse licence", environment_checks.check_eula),
    Check("torch-version", "torch of the environment", environment_checks.check_torch),
    Check("rsl-rl-is-the-fork", "rsl_rl is rsl_rl_rwm", environment_checks.check_fork),
    Check("mbrl-namespace", "mbrl is a real package", environment_checks.check_mbrl),
    Check("package-metadata", "installed versions match the checkout", environment_checks.check_metadata),
    Check("isaaclab-rl-version", "isaaclab_rl fits rsl_rl_rwm", package_checks.check_isaaclab_rl),
    Check("observation-sets", "observation sets left to the task", package_checks.check_observation_sets),
    Check("container-extras", "extras of Isaac Sim's own Python", package_checks.check_container_extras),
    Check("git-readable", "git can read the checkouts", checkout_checks.check_git),
    Check("commit-pair", "commits that fit together", checkout_checks.check_pair),
    Check("configuration-keys", "runner and configuration agree", checkout_checks.check_config_keys),
    Check(GUARD_CHECK, "runner survives disabled imagination", checkout_checks.check_guard),
    Check("lfs-pointers", "Git LFS files", checkout_checks.check_lfs),
    Check("finetune-paths", "checkpoints that the task loads", checkout_checks.check_finetune_paths),
    Check("load-run", "the run that the task goes on from", finetune_checks.check_load_run),
    Check("normalizer", "normalizer of the world model", finetune_checks.check_normalizer),
    Check("imagination-rewards", "rewards in imagination", checkout_checks.check_imagination_rewards),
    Check("ros-leak", "no ROS packages leak in", host_checks.check_ros),
    Check("terminal-type", "TERM for isaaclab.sh", host_checks.check_terminal),
    Check("free-vram", "free GPU memory", gpu_checks.check_free_memory),
    Check("gpu-tenants", "other processes on the GPU", gpu_checks.check_tenants),
    Check("unexplained-vram", "GPU memory without a visible owner", gpu_checks.check_unexplained_memory),
    Check("override-keys", "settings that are asked for exist", override_checks.check_override_keys),
    Check("first-start", "time for the first start", profile_checks.check_first_start),
    Check("replay-window", "replay buffer against run length", profile_checks.check_replay_window),
)
_NEED_READINGS = ("own-launches", "gpu-device")
NO_PROFILE = "there is no profile of this trainer"
NOT_INSTALLED = "there is no Isaac Lab here; only the embedded profiles run"


def examine_profile(around: Surroundings, profile: ScaleProfile) -> Preflight:
    """The checks that bear on launching this profile."""
    own = EMBEDDED_CHECKS if profile.backend == "embedded" else ISAAC_LAB_CHECKS
    return Preflight(
        profile=profile.name,
        environment=_environment(around, profile),
        checks=tuple(_results((*own, *HOST_CHECKS), around, profile)),
    )


def examine_start(around: Surroundings, profile: ScaleProfile) -> Preflight:
    """The checks before a launch. An embedded launch stays quick: its own memory and other launches are its affair."""
    if profile.backend == "isaaclab":
        return examine_profile(around, profile)
    checks = (*EMBEDDED_CHECKS, *(check for check in HOST_CHECKS if check.id not in _NEED_READINGS))
    return Preflight(
        profile=profile.name, environment={"kind": "embedded"}, checks=tuple(_results(checks, around, profile))
    )


def examine_machine(
    around: Surroundings, embedded: Sequence[ScaleProfile], isaac_lab: Sequence[ScaleProfile]
) -> Preflight:
    """The checks of both trainers, each for the smallest profile; Isaac Lab's only where something of it is here.

    :param embedded: that trainer's ladder, smallest first; likewise ``isaac_lab``.
    """
    absent = around.installation.is_absent
    ours, theirs = next(iter(embedded), None), None if absent else _smallest_that_fits(around, isaac_lab)
    reason = NOT_INSTALLED if absent else NO_PROFILE
    return Preflight(
        profile=None,
        environment=around.installation.document(),
        checks=(
            *_results_or(EMBEDDED_CHECKS, around, ours, NO_PROFILE),
            *_results_or(ISAAC_LAB_CHECKS, around, theirs, reason),
            *_results_or(HOST_CHECKS, around, theirs or ours, NO_PROFILE),
        ),
    )


def _smallest_that_fits(around: Surroundings, profiles: Sequence[ScaleProfile]) -> ScaleProfile | None:
    """The first whose task this installation runs: robotic_world_model's, but Isaac Lab 3 its own."""
    for profile in profiles:
        if is_fork_task(profile) == (around.installation.kind != "isaaclab3"):
            return profile
    return next(iter(profiles), None)


def refuse_failed(preflight: Preflight) -> None:
    """
    :raises InputError: where a check failed, naming it and its remedy.
    """
    failures = preflight.with_status(CheckStatus.FAIL)
    if failures:
        first = failures[0]
        more = f" (and {len(failures) - 1} more: `rwm-tui doctor {preflight.profile}`)" if failures[1:] else ""
        raise InputError(f"preflight failed: {first.id}", f"{first.fact}{more}", first.remedy)


def _environment(around: Surroundings, profile: ScaleProfile) -> dict[str, object]:
    return {"kind": "embedded"} if profile.backend == "embedded" else around.installation.document()


def _results(checks: Iterable[Check], around: Surroundings, profile: ScaleProfile) -> Iterable[CheckResult]:
    return [_result(check, check.examine(around, profile)) for check in checks]


def _results_or(
    checks: Iterable[Check], around: Surroundings, profile: ScaleProfile | None, reason: str
) -> Iterable[CheckResult]:
    if profile is None:
        return [_result(check, not_applicable(reason)) for check in checks]
    return _results(checks, around, profile)


def _result(check: Check, finding: Finding) -> CheckResult:
    return CheckResult(check.id, check.title, finding.status, finding.fact, finding.remedy)
