"""Isaac Lab 3.x from PyPI: ``isaaclab train``.

Always on a pipe: on a terminal it hides its start-up lines, the run directory's among them, behind a progress display.
"""

from rwm_tui.core.plan.environments.trainer_start import TrainerStart
from rwm_tui.core.plan.launch_plan import NeededPath, setting_overrides, size_flags
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved


def start(
    profile: ScaleProfile, project: Project, settings: IsaacLabSettings, variables: dict[str, str]
) -> TrainerStart:
    own = settings.isaaclab3
    program = resolved(project, own.venv) / "bin" / "isaaclab"
    needed = [NeededPath("Isaac Lab 3's command", str(program))]
    # On a CPU the evaluation is thousands of tiny operations, which two OpenMP threads slow down many times over.
    environment = {"OMP_NUM_THREADS": "1"} | variables
    if own.assets:
        assets = str(resolved(project, own.assets))
        environment["ISAACSIM_ASSET_ROOT"] = assets
        needed.append(NeededPath("the asset root", assets))
    if own.warp_cache:
        environment["WARP_CACHE_PATH"] = str(resolved(project, own.warp_cache))
    command = (str(program), "train", "--rl_library", "rsl_rl")
    return TrainerStart(
        argv=(*command, *size_flags(profile), *own.arguments, *setting_overrides(profile)),
        cwd=str(project.root),  # it writes to logs/ below its working directory
        environment=environment,
        needed=tuple(needed),
    )
