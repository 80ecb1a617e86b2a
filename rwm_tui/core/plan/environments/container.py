"""Inside an Isaac Sim container: its own ``python.sh``, without ``isaaclab.sh``."""

from pathlib import PurePosixPath

from rwm_tui.core.plan.environments.trainer_start import TRAIN_SCRIPT, TrainerStart
from rwm_tui.core.plan.launch_plan import NeededPath, trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved


def start(
    profile: ScaleProfile, project: Project, settings: IsaacLabSettings, variables: dict[str, str]
) -> TrainerStart:
    workdir = resolved(project, settings.workdir)
    python_path = container_python_path(settings.container_python, str(resolved(project, settings.rsl_rl)))
    return TrainerStart(
        argv=(settings.container_python, TRAIN_SCRIPT, *trainer_arguments(profile)),
        cwd=str(workdir),
        environment=variables | python_path,
        needed=(
            NeededPath("Isaac Sim's python.sh", settings.container_python),
            NeededPath("the robotic_world_model checkout", str(workdir)),
        ),
    )


def container_python_path(container_python: str, rsl_rl: str) -> dict[str, str]:
    """Replaces an inherited PYTHONPATH, which would shadow Isaac Sim's own packages."""
    omni_client = PurePosixPath(container_python).parent / "kit" / "extscore" / "omni.client.lib"
    return {"PYTHONPATH": f"{omni_client}:{rsl_rl}"}
