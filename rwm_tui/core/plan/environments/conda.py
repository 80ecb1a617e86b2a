"""The documented set-up: Isaac Lab from source in a conda environment, started by its own ``isaaclab.sh``."""

from rwm_tui.core.plan.environments.trainer_start import TRAIN_SCRIPT, TrainerStart
from rwm_tui.core.plan.launch_plan import NeededPath, trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved

# The environment's activation hooks must run, so a login-free bash does what the user's shell does. isaaclab.sh takes
# whatever CONDA_PREFIX there is, base included: the name is therefore checked after the activation.
ACTIVATE = (
    'source "$1" && conda activate "$2" && [ "$CONDA_DEFAULT_ENV" = "$2" ] || '
    '{ echo "[ERROR] rwm-tui: conda environment $2 is not active" >&2; exit 2; }; shift 2; exec "$@"'
)


def start(
    profile: ScaleProfile, project: Project, settings: IsaacLabSettings, variables: dict[str, str]
) -> TrainerStart:
    assert settings.root is not None, "settings of kind conda name the Isaac Lab checkout"
    launcher = resolved(project, settings.root) / "isaaclab.sh"
    workdir = resolved(project, settings.workdir)
    script = resolved(project, settings.conda.script)
    activate = ("bash", "-c", ACTIVATE, "isaaclab", str(script), settings.conda.environment)
    return TrainerStart(
        argv=(*activate, str(launcher), "-p", TRAIN_SCRIPT, *trainer_arguments(profile)),
        cwd=str(workdir),
        environment=variables,
        needed=(
            NeededPath("Isaac Lab's launcher", str(launcher)),
            NeededPath("the robotic_world_model checkout", str(workdir)),
            NeededPath("conda's activation script", str(script)),
        ),
    )
