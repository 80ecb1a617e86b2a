"""The embedded trainer: our own Python runs it."""

import sys

from rwm_tui.core.plan.environments.trainer_start import TrainerStart
from rwm_tui.core.plan.launch_plan import trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import Project


def start(profile: ScaleProfile, project: Project, variables: dict[str, str]) -> TrainerStart:
    cap = profile.device_memory_cap_mib
    limits = () if cap is None else (f"--device-memory-cap-mib={cap:g}",)
    command = (sys.executable, "-m", "rwm_tui.trainer", f"--logs={project.logs}", *limits)
    return TrainerStart(argv=(*command, *trainer_arguments(profile)), cwd=str(project.root), environment=variables)
