"""An Isaac Sim container entered from outside, through ``docker exec``.

A signal to the ``docker exec`` client does not reach the process inside. So the process inside says who it is on its
first line, stops are sent to it by a second ``docker exec``, and a ``timeout`` inside holds the limit even where the
client, the supervisor or this machine is gone.
"""

from pathlib import PurePosixPath

from rwm_tui.core.plan.environments.container import container_python_path
from rwm_tui.core.plan.environments.trainer_start import TRAIN_SCRIPT, TrainerStart
from rwm_tui.core.plan.launch_plan import CONTAINER_PROCESS, ContainerAccess, trainer_arguments
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved

# `exec` keeps pid and start time, so that the line names `timeout`, which leads the trainer's process group. The
# umask lets the user outside read what root writes inside.
ANNOUNCE = f'umask 022; echo "{CONTAINER_PROCESS}$$ $(cut -d " " -f 22 /proc/$$/stat)"; exec "$@"'


def start(
    profile: ScaleProfile, project: Project, settings: IsaacLabSettings, variables: dict[str, str]
) -> TrainerStart:
    docker = settings.docker
    rsl_rl = PurePosixPath(docker.workdir).parent / PurePosixPath(settings.rsl_rl).name
    inside = variables | container_python_path(settings.container_python, str(rsl_rl))
    assignments = [word for name, value in sorted(inside.items()) for word in ("-e", f"{name}={value}")]
    return TrainerStart(
        argv=(
            *("docker", "exec", "--workdir", docker.workdir, *assignments, docker.container),
            *("sh", "-c", ANNOUNCE, "rwm-tui", *_limit_inside(profile)),
            *(settings.container_python, TRAIN_SCRIPT, *trainer_arguments(profile)),
        ),
        cwd=str(project.root),
        environment={},
        container=ContainerAccess(
            enter=("docker", "exec", docker.container),
            path_map={inside: str(resolved(project, outside)) for inside, outside in docker.path_map.items()},
            workdir=docker.workdir,
        ),
    )


def _limit_inside(profile: ScaleProfile) -> tuple[str, ...]:
    """The documented ``timeout``, later by one grace than the supervisor's own limit: 0 is none.

    The supervisor comes first while it lives, and so the record says why the run was stopped.
    """
    limit = profile.time_limit_s + profile.grace_s if profile.time_limit_s else 0
    return "timeout", "--signal=INT", f"--kill-after={profile.grace_s:g}s", f"{limit:g}s"
