"""How many iterations a run really made, by its newest checkpoint and what agrees with it."""

from __future__ import annotations

from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import DYNAMICS_OPTIMIZER
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_resumed
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.lookup import AGENT, whole_number_at

STATE_LOSS = "System Dynamics/state_loss"
MINI_BATCHES = "algorithm.system_dynamics_num_mini_batches"


@dataclass(frozen=True, slots=True)
class RunLength:
    """Iterations done, and the checkpoint that says so."""

    iterations: int
    source: str


def run_length(facts: RunFacts) -> RunLength | Absent:
    """The iterations done when the newest checkpoint was saved; Absent where nothing says it, or sources disagree."""
    if is_resumed(facts):
        return Absent(f"{AGENT} says that the run was resumed, so the iterations of its own are not known")
    named = [
        (checkpoint.iteration, name, checkpoint)
        for name, checkpoint in facts.readable_checkpoints()
        if not isinstance(checkpoint.iteration, Absent)
    ]
    if not named:
        return Absent("no readable checkpoint names its iteration")
    iteration, name, checkpoint = max(named, key=lambda entry: entry[0])
    losses = facts.events.series.get(STATE_LOSS)
    if losses and losses.last_step < iteration:
        return Absent(f"{name} is of iteration {iteration}, but {losses.source} ends at {losses.last_step}")
    mini_batches = whole_number_at(facts.agent, AGENT, MINI_BATCHES)
    optimizer = checkpoint.optimizers.get(DYNAMICS_OPTIMIZER)
    if optimizer and not isinstance(mini_batches, Absent):
        expected = float((iteration + 1) * mini_batches)
        if any(step is not None and step < expected for step in optimizer.steps):
            return Absent(f"the dynamics optimizer in {name} counts fewer updates than {iteration + 1} iterations make")
    return RunLength(iteration + 1, name)
