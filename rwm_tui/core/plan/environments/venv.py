"""Isaac Lab in a virtual environment made by pip or uv: its ``isaaclab.sh``, or without a checkout ``python``."""

from rwm_tui.core.plan.environments.trainer_start import TRAIN_SCRIPT, TrainerStart
from rwm_tui.core.plan.launch_plan import NeededPath, trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved

# isaaclab.sh prefers CONDA_PREFIX to VIRTUAL_ENV, so an active conda environment would win.
ACTIVATE = 'unset CONDA_PREFIX CONDA_DEFAULT_ENV; source "$1" || exit 2; shift; exec "$@"'


def start(
    profile: ScaleProfile, project: Project, settings: IsaacLabSettings, variables: dict[str, str]
) -> TrainerStart:
    script = resolved(project, settings.venv) / "bin" / "activate"
    workdir = resolved(project, settings.workdir)
    needed: tuple[NeededPath, ...] = (
        NeededPath("the virtual environment's activation script", str(script)),
        NeededPath("the robotic_world_model checkout", str(workdir)),
    )
    if settings.root is None:
        command: tuple[str, ...] = ("python",)
    else:
        launcher = resolved(project, settings.root) / "isaaclab.sh"
        command = (str(launcher), "-p")
        needed = (NeededPath("Isaac Lab's launcher", str(launcher)), *needed)
    activate = ("bash", "-c", ACTIVATE, "isaaclab", str(script))
    return TrainerStart(
        argv=(*activate, *command, TRAIN_SCRIPT, *trainer_arguments(profile)),
        cwd=str(workdir),
        environment=variables,
        needed=needed,
    )
