"""What a trainer is started with: the embedded one by our own Python, Isaac Lab's from its conda environment."""

import importlib.util
import sys
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.launch_plan import LaunchPlan, trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import Project

CONDA_SCRIPT = Path("miniforge3/etc/profile.d/conda.sh")  # below the home folder, as in the documented command
CONDA_ENVIRONMENT = "env_isaaclab_src"
TRAIN_SCRIPT = "scripts/reinforcement_learning/rsl_rl/train.py"

# Without PYTHONUNBUFFERED Python holds lines back in 8 KB lumps and loses them when it is killed;
# isaaclab.sh dies at `tabs 4` where TERM is "dumb".
ALWAYS_SET = {"PYTHONUNBUFFERED": "1", "TERM": "xterm-256color"}

# The activation hooks of a conda environment must run, so a login-free bash does what the user's shell does.
CONDA_LAUNCH = 'source "$1" && conda activate "$2" && shift 2 && exec "$@"'


def plan_launch(
    profile: ScaleProfile,
    project: Project,
    *,
    parent: str | None = None,
    follows_because: str | None = None,
) -> LaunchPlan:
    """What launching the profile in this project would run. Starts nothing, touches no file."""
    argv, cwd = _embedded(profile, project) if profile.backend == "embedded" else _isaaclab(profile, project)
    return LaunchPlan(
        profile=profile,
        argv=argv,
        cwd=str(cwd),
        environment=ALWAYS_SET | profile.environment,
        time_limit_s=profile.time_limit_s,
        grace_s=profile.grace_s,
        parent=parent,
        follows_because=follows_because,
    )


def _embedded(profile: ScaleProfile, project: Project) -> tuple[tuple[str, ...], Path]:
    command = (sys.executable, "-m", "rwm_tui.trainer", f"--logs={project.logs}")
    return (*command, *trainer_arguments(profile)), project.root


def _isaaclab(profile: ScaleProfile, project: Project) -> tuple[tuple[str, ...], Path]:
    activate = ("bash", "-c", CONDA_LAUNCH, "isaaclab", str(Path.home() / CONDA_SCRIPT), CONDA_ENVIRONMENT)
    launcher = project.root / "upstream" / "IsaacLab" / "isaaclab.sh"
    return (
        (*activate, str(launcher), "-p", TRAIN_SCRIPT, *trainer_arguments(profile)),
        project.root / "upstream" / "robotic_world_model",
    )


def require_startable(plan: LaunchPlan) -> None:
    """
    :raises InputError: where the launch cannot work on this machine, with what to install.
    """
    if plan.backend == "embedded":
        _require_embedded_packages()
    else:
        _require_isaaclab(plan)


def _require_embedded_packages() -> None:
    missing = [name for name in ("torch", "mujoco") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            "embedded trainer not installed",
            f"{sys.executable} has no {' and no '.join(missing)}",
            "./run in the project's folder sets it up; or pip install 'rwm-tui[embedded]' into a Python 3.11 to 3.13",
        )


def _require_isaaclab(plan: LaunchPlan) -> None:
    needed = {
        "Isaac Lab's launcher": Path(plan.argv[6]),
        "the robotic_world_model checkout": Path(plan.cwd),
        "conda's activation script": Path(plan.argv[4]),
    }
    for what, path in needed.items():
        if not path.exists():
            raise InputError(
                "Isaac Lab not found",
                f"{what} is not there: {path}",
                "install Isaac Lab under upstream/, or pick a profile of the embedded backend",
            )
