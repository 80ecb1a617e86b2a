"""Where a run was to end, by its resolved configuration."""

from __future__ import annotations

from dataclasses import dataclass

from rwm_tui.core.run_dir.final_checkpoint import final_checkpoint_name, trains_world_model
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts
from rwm_tui.core.verdict.lookup import AGENT, text_at, value_at, whole_number_at
from rwm_tui.core.verdict.reference import RUNNER_CLASS


@dataclass(frozen=True, slots=True)
class PlannedEnd:
    """The run ends after `max_iterations`; its last checkpoint holds the last iteration, counted from 0.

    Attributes:
        has_world_model: whether the runner saves one; a plain policy's checkpoint is whole without it.
    """

    max_iterations: int
    checkpoint_name: str
    has_world_model: bool = True

    @property
    def last_iteration(self) -> int:
        return self.max_iterations - 1

    def checkpoint_of(self, facts: RunFacts) -> CheckpointFacts | None:
        return next((checkpoint for checkpoint in facts.checkpoints if checkpoint.name == self.checkpoint_name), None)


def planned_end(facts: RunFacts) -> PlannedEnd | Absent:
    """The end of a run that began at iteration 0; a resumed one counts on from where it was, which no file tells."""
    max_iterations = whole_number_at(facts.agent, AGENT, "max_iterations")
    if isinstance(max_iterations, Absent):
        return max_iterations
    if is_resumed(facts):
        return Absent(f"{AGENT} says that the run was resumed, so its last iteration is not known")
    runner = text_at(facts.agent, AGENT, "class_name")
    runner = RUNNER_CLASS if isinstance(runner, Absent) else runner
    return PlannedEnd(max_iterations, final_checkpoint_name(max_iterations, runner), trains_world_model(runner))


def is_resumed(facts: RunFacts) -> bool:
    """Whether the run began from another one's checkpoint."""
    resume = value_at(facts.agent, AGENT, "resume")
    return not (resume is False or resume is None or isinstance(resume, Absent))


def is_warm_started(facts: RunFacts) -> bool:
    """Whether the dynamics model began from another one's weights and counters."""
    loaded = value_at(facts.agent, AGENT, "load_system_dynamics")
    return is_resumed(facts) or not (loaded is False or loaded is None or isinstance(loaded, Absent))


def other_archive_name(checkpoint: CheckpointFacts, archive_name: str) -> bool:
    """Whether torch saved the file under another number: a copy under a new name. Names of another kind say nothing."""
    own = checkpoint.file.path.stem
    return (
        checkpoint.file.number is not None
        and archive_name != own
        and archive_name.startswith("model_")
        and archive_name.removeprefix("model_").isdecimal()
    )
