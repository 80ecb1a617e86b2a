"""What an environment contributes to a launch plan."""

import msgspec

from rwm_tui.core.plan.launch_plan import ContainerAccess, NeededPath

TRAIN_SCRIPT = "scripts/reinforcement_learning/rsl_rl/train.py"


class TrainerStart(msgspec.Struct, frozen=True, kw_only=True):
    """How one environment starts a trainer.

    :param environment: variables of the started program, on top of the inherited ones.
    :param needed: what must be on this machine's disk beforehand.
    :param container: where the trainer runs if it is not on this machine's process tree.
    """

    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str]
    needed: tuple[NeededPath, ...] = ()
    container: ContainerAccess | None = None
