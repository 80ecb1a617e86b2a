"""Checks of this machine: our own Python, folders, disk, and launches of ours that still run."""

from pathlib import Path

from rwm_tui.core.launch.leftovers import leftovers_among, running_among
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.surroundings import Surroundings, free_mib, is_writable, nearest_existing
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import ScaleProfile, agent_config_of

CHECKPOINT_MIB = 18.04  # 18,035,403 bytes; the reference model with ensemble size 1
ENSEMBLE_MEMBER_MIB = 1.76  # 25,054,639 bytes with five members
RUN_OVERHEAD_MIB = 16.0  # event file with its figures, params, console
COMFORT = 3.0


def check_python(around: Surroundings, profile: ScaleProfile) -> Finding:
    version = ".".join(map(str, around.python))
    if around.python < (3, 11):
        return failed(f"Python {version}", "rwm-tui and its trainer need Python 3.11 or newer")
    if around.python > (3, 13):
        return warning(f"Python {version}", "the embedded trainer was tried with Python 3.11 to 3.13")
    return passed(f"Python {version}")


def check_embedded_packages(around: Surroundings, profile: ScaleProfile) -> Finding:
    if around.missing_packages:
        return failed(
            f"our Python has no {' and no '.join(around.missing_packages)}",
            "pip install 'rwm-tui[embedded]' into the Python that runs rwm-tui",
        )
    return passed("torch, mujoco and numpy can be imported")


def check_logs_writable(around: Surroundings, profile: ScaleProfile) -> Finding:
    folders = [around.project.logs]
    if (run_root := _run_root(around, profile)) not in folders and run_root.parent.is_dir():
        folders.append(run_root)
    for folder in folders:
        if not is_writable(folder):
            return failed(
                f"{nearest_existing(folder)} cannot be written, so {folder} holds no new run",
                "mend the permissions (files of a container belong to root), or name another folder with --logs DIR",
            )
    return passed(f"can write to {' and '.join(map(str, folders))}")


def check_disk(around: Surroundings, profile: ScaleProfile) -> Finding:
    folder = _run_root(around, profile)
    free = free_mib(folder)
    if isinstance(free, NotAvailable):
        return warning(f"free space not available: {free.reason}", "look with df")
    need = written_mib(profile)
    fact = f"{free:,.0f} MiB free for {folder}; {profile.name} writes about {need:,.0f} MiB"
    if free < need:
        return failed(fact, "free some space, raise save_interval, or name another folder with --logs DIR")
    if free < COMFORT * need:
        return warning(fact, "little is left beside this one run: remove old checkpoints")
    return passed(fact)


def written_mib(profile: ScaleProfile) -> float:
    """What a run leaves on disk: a checkpoint each save_interval and the final one, and the rest."""
    config = agent_config_of(profile)
    checkpoints = (profile.max_iterations - 1) // config.save_interval + 2
    size = CHECKPOINT_MIB + ENSEMBLE_MEMBER_MIB * (config.system_dynamics.ensemble_size - 1)
    return checkpoints * size + RUN_OVERHEAD_MIB


def _run_root(around: Surroundings, profile: ScaleProfile) -> Path:
    if profile.backend == "embedded" or around.installation.kind == "isaaclab3":
        return around.project.logs
    return around.installation.workdir / "logs"


def check_own_launches(around: Surroundings, profile: ScaleProfile) -> Finding:
    left = leftovers_among(around.beginnings)
    if left:
        names = ", ".join(f"{one.launch_id} (process {one.trainer.pid})" for one in left if one.trainer)
        return warning(
            f"left over from earlier launches, unsupervised: {names}", "`rwm-tui doctor --end-leftovers` ends them"
        )
    running = running_among(around.beginnings)
    if running:
        names = ", ".join(one.launch_id for one in running)
        return warning(
            f"still running: {names}", "it shares this machine's memory: `rwm-tui attach`, or `rwm-tui stop`"
        )
    return passed("no launch of ours is running or left over")


def check_terminal(around: Surroundings, profile: ScaleProfile) -> Finding:
    chosen = profile.environment.get("TERM")
    if chosen == "dumb":
        return failed(
            f"profile {profile.name} sets TERM=dumb, at which isaaclab.sh dies in `tabs 4`",
            "remove TERM from the profile's environment",
        )
    if around.environ.get("TERM") == "dumb":
        return passed("TERM is dumb here; the launch gives the trainer a real one, for isaaclab.sh dies of it")
    return passed(f"TERM is {around.environ.get('TERM', 'unset')}")


def check_ros(around: Surroundings, profile: ScaleProfile) -> Finding:
    if around.installation.kind in ("container", "docker"):
        return not_applicable("the container does not inherit our PYTHONPATH")
    leaking = [
        name
        for name in ("PYTHONPATH", "LD_LIBRARY_PATH")
        if any(part.startswith("/opt/ros/") for part in around.environ.get(name, "").split(":"))
    ]
    if leaking:
        return warning(
            f"{' and '.join(leaking)} name(s) /opt/ros: packages of another Python leak into the trainer",
            "start rwm-tui from a shell that has not sourced ROS's setup.bash",
        )
    return passed("no ROS on PYTHONPATH or LD_LIBRARY_PATH")
