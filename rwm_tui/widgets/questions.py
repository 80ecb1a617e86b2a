"""The questions that stand before what changes a machine; more than one screen asks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rwm_tui.core.plan.environment import EULA
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import Question

if TYPE_CHECKING:
    from rwm_tui.core.launch.beginnings import Beginning
    from rwm_tui.core.plan.upstream.guard_fix import GuardProposal


def licence_question(why: str) -> Question:
    return Question("Do you accept NVIDIA's Omniverse licence?", f"{why}.\n\n{EULA}")


def guard_question(proposal: GuardProposal) -> Question:
    """Shows the diff."""
    diff = "\n".join(map(clean_line, proposal.diff.splitlines()))
    explanation = f"{clean_line(str(proposal.runner))}\n\n{diff}\n\nThe file as it is now is kept beside it."
    return Question("Put this guard into the runner?", explanation)


def leftovers_question(leftovers: Sequence[Beginning]) -> Question:
    names = "\n".join(f"{one.launch_id}: process group {one.trainer.pid}" for one in leftovers if one.trainer)
    return Question(
        "End what earlier launches left running?",
        f"SIGINT, and SIGKILL after the grace, to trainers of ours that nobody supervises:\n{names}",
    )
