"""The launch plan: everything that decides what will run, fixed and shown before it runs."""

import shlex
from typing import Any

import msgspec

from rwm_tui.core.profile import Backend, ScaleProfile

PLAN_SCHEMA = 1


class LaunchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Exact argv, environment, folder and limits of one launch; saved as ``plan.json`` before the spawn.

    :param environment: variables set on top of the inherited ones.
    :param profile: the whole profile that was asked for, so that a rerun needs nothing else.
    :param parent: id of the launch that this one follows, with ``follows_because``.
    """

    schema: int = PLAN_SCHEMA
    profile: ScaleProfile
    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str]
    time_limit_s: float | None
    grace_s: float
    parent: str | None = None
    follows_because: str | None = None

    @property
    def backend(self) -> Backend:
        return self.profile.backend


def trainer_arguments(profile: ScaleProfile) -> tuple[str, ...]:
    """The flags and Hydra overrides that both trainers take, in the order of the documented command."""
    flags = [
        f"--task={profile.task}",
        "--headless",
        f"--num_envs={profile.num_envs}",
        f"--max_iterations={profile.max_iterations}",
    ]
    if profile.seed is not None:
        flags.append(f"--seed={profile.seed}")
    return (*flags, *(f"agent.{key}={hydra_value(value)}" for key, value in profile.agent.items()))


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
    limit = [f"timeout --signal=INT --kill-after={plan.grace_s:g}s {plan.time_limit_s:g}s"] if plan.time_limit_s else []
    words = [shlex.quote(word) for word in plan.argv]
    return " \\\n  ".join([f"cd {shlex.quote(plan.cwd)} &&", *variables, *limit, *words])
