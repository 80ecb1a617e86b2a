"""The final checkpoint is there and of the last iteration."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.checkpoint import DYNAMICS, Checkpoint
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import PlannedEnd, other_archive_name, planned_end
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, against, disagrees, missing, proves
from rwm_tui.core.verdict.lookup import AGENT
from rwm_tui.core.verdict.same_run import noise_as_logged, other_weights_of_its_iteration


def final_checkpoint(facts: RunFacts) -> Iterator[Finding]:
    """The checkpoint that the runner writes last is there, readable, of the last iteration, and this run's own."""
    end = planned_end(facts)
    if isinstance(end, Absent):
        reason = f"where training was to end can't be known: {end.reason}"
        yield missing(AGENT, "max_iterations", "not known", "", reason)
        return
    yield from judge_final_checkpoint(facts, end)
    if final := end.checkpoint_of(facts):
        yield from other_weights_of_its_iteration(facts, final)
        yield from noise_as_logged(facts, final)


def judge_final_checkpoint(facts: RunFacts, end: PlannedEnd) -> Iterator[Finding]:
    name, expected = end.checkpoint_name, f"readable, iter {end.last_iteration}"
    final = end.checkpoint_of(facts)
    if final is None or isinstance(final.content, Absent):
        present = ", ".join(checkpoint.name for checkpoint in facts.checkpoints[:8]) or "no checkpoint"
        yield missing(
            "run directory", name, f"not there ({present})", expected, f"the final checkpoint {name} is not there"
        )
    elif not isinstance(final.content, Checkpoint):
        reason = f"the final checkpoint {name} is not readable: {final.content.reason}"
        yield missing(name, "whole file", final.content.reason, expected, reason)
    elif isinstance(final.content.iteration, Absent):
        yield missing(name, "iter", "not there", expected, f"{name} does not name its iteration")
    elif final.content.iteration != end.last_iteration:
        reason = f"{name} is of iteration {final.content.iteration}, not of the last one, {end.last_iteration}"
        yield against(name, "iter", final.content.iteration, end.last_iteration, reason)
    elif other_archive_name(final, final.content.archive_name):
        reason = f"{name} was saved under another name, {final.content.archive_name[:40]}.pt"
        yield disagrees(name, "archive name", final.content.archive_name, final.file.path.stem, reason)
    elif end.has_world_model and DYNAMICS not in final.content.state_dicts:
        yield missing(name, DYNAMICS, "not there", "there", f"{name} holds no world model, so another runner wrote it")
    else:
        yield proves(name, "iter", final.content.iteration, end.last_iteration)
