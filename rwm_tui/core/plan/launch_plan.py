"""The launch plan: everything that decides what will run, fixed and shown before it runs."""

import shlex
from typing import Any, Literal

import msgspec

from rwm_tui.core.profile import Backend, ScaleProfile
from rwm_tui.core.settings import EnvironmentKind

PLAN_SCHEMA = 1
SHUTDOWN_GRACE_S = 60.0  # a trainer that is complete may need this long to close its simulator

# A trainer in a container begins its console with this line, its pid and its start time inside.
CONTAINER_PROCESS = "[INFO] rwm-tui container process: "


class NeededPath(msgspec.Struct, frozen=True):
    """A file or folder without which the launch cannot work."""

    what: str
    path: str


class ContainerAccess(msgspec.Struct, frozen=True):
    """A container that the trainer runs in.

    :param enter: command words that run a program inside, e.g. ``docker exec NAME``.
    :param path_map: folder inside → the same folder outside.
    :param workdir: the trainer's working directory inside.
    """

    enter: tuple[str, ...]
    path_map: dict[str, str]
    workdir: str | None = None


class LaunchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Exact argv, environment, folder and limits of one launch; saved as ``plan.json`` before the spawn.

    :param environment: variables set on top of the inherited ones.
    :param environment_kind: what the trainer is started from; ``embedded`` is our own Python.
    :param shutdown_grace_s: how long the trainer may take to end once its final checkpoint is written.
    :param needed: what must be there for the launch to work.
    :param needs_eula_consent: Isaac Sim would ask for consent to its licence, and none is recorded.
    :param container: set where the trainer runs inside a container and we outside.
    :param profile: the whole profile that was asked for, so that a rerun needs nothing else.
    :param parent: id of the launch that this one follows, with ``follows_because``.
    """

    schema: int = PLAN_SCHEMA
    profile: ScaleProfile
    environment_kind: EnvironmentKind | Literal["embedded"] = "embedded"
    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str]
    time_limit_s: float | None
    grace_s: float
    shutdown_grace_s: float = SHUTDOWN_GRACE_S
    needed: tuple[NeededPath, ...] = ()
    needs_eula_consent: bool = False
    container: ContainerAccess | None = None
    parent: str | None = None
    follows_because: str | None = None

    @property
    def backend(self) -> Backend:
        return self.profile.backend


def trainer_arguments(profile: ScaleProfile) -> tuple[str, ...]:
    """The flags and Hydra overrides that both trainers take, in the order of the documented command."""
    task, *sizes = size_flags(profile)
    return (task, "--headless", *sizes, *setting_overrides(profile))


def size_flags(profile: ScaleProfile) -> tuple[str, ...]:
    flags = (f"--task={profile.task}", f"--num_envs={profile.num_envs}", f"--max_iterations={profile.max_iterations}")
    return flags if profile.seed is None else (*flags, f"--seed={profile.seed}")


def setting_overrides(profile: ScaleProfile) -> tuple[str, ...]:
    of_agent = {f"agent.{key}": value for key, value in profile.agent.items()}
    of_env = {f"env.{key}": value for key, value in profile.env.items()}
    return tuple(f"{key}={hydra_value(value)}" for key, value in (of_agent | of_env).items())


def hydra_value(value: Any) -> str:
    """A setting as Hydra's override grammar writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{','.join(hydra_value(item) for item in value)}]"
    return str(value)


def shell_command(plan: LaunchPlan) -> str:
    """The plan as lines to paste into a shell: folder, variables, limit, command."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in sorted(plan.environment.items())]
    has_own_limit = plan.time_limit_s is None or plan.container is not None
    limit = [] if has_own_limit else [f"timeout --signal=INT --kill-after={plan.grace_s:g}s {plan.time_limit_s:g}s"]
    words = [shlex.quote(word) for word in plan.argv]
    return " \\\n  ".join([f"cd {shlex.quote(plan.cwd)} &&", *variables, *limit, *words])
