"""Checkpoints are written in the expected format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.checkpoint_schema import Shapes, differences, expected_shapes
from rwm_tui.core.verdict.ending import PlannedEnd, is_resumed, other_archive_name, planned_end
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, disagrees, missing, proves, supports
from rwm_tui.core.verdict.lookup import AGENT, value_at
from rwm_tui.core.verdict.zero_weights import doubt_zero_weights

MAX_DIFFERENCES = 3
_CUT_OFF = frozenset({"truncated", "empty"})  # what a file looks like whose writing was interrupted


def checkpoints_well_formed(facts: RunFacts) -> Iterator[Finding]:
    """Every `model_*.pt` is readable and has the reference's tensors, the final one among them."""
    if not facts.checkpoints:
        yield missing("run directory", "model_*.pt", "none", "at least one", "there is no checkpoint")
        return
    end, schema = planned_end(facts), expected_shapes(facts.agent)
    if isinstance(schema, Absent):
        yield Finding(Bearing.MISSING, None, f"the tensors to expect are unknown: {schema.reason}")
    if isinstance(end, Absent):
        yield Finding(Bearing.MISSING, None, f"which checkpoint is the final one can't be known: {end.reason}")
    elif end.checkpoint_of(facts) is None:
        present = ", ".join(checkpoint.name for checkpoint in facts.checkpoints[:8])
        reason = f"the final checkpoint {end.checkpoint_name} is not there"
        yield missing("run directory", end.checkpoint_name, f"not there ({present})", "there", reason)
    newest = max(facts.checkpoints, key=lambda checkpoint: checkpoint.file.number or -1)
    for checkpoint in facts.checkpoints:
        yield from _judge_file(facts, checkpoint, schema, end, is_newest=checkpoint is newest)


def _judge_file(
    facts: RunFacts,
    checkpoint: CheckpointFacts,
    schema: Mapping[str, Shapes] | Absent,
    end: PlannedEnd | Absent,
    *,
    is_newest: bool,
) -> Iterator[Finding]:
    name, content = checkpoint.name, checkpoint.content
    if isinstance(content, Absent):
        yield missing(name, "whole file", content.reason, "readable", f"{name} can't be read: {content.reason}")
    elif isinstance(content, Unreadable):
        yield _unreadable(facts, checkpoint, content, end, is_newest=is_newest)
    else:
        yield from _judge_content(facts, checkpoint, content, schema, end)


def _unreadable(
    facts: RunFacts, checkpoint: CheckpointFacts, content: Unreadable, end: PlannedEnd | Absent, *, is_newest: bool
) -> Finding:
    name, reason = checkpoint.name, f"{checkpoint.name} is not readable: {content.reason}"
    is_final = isinstance(end, PlannedEnd) and name == end.checkpoint_name
    if is_newest and not is_final and content.kind in _CUT_OFF:
        return missing(name, "whole file", content.reason, "readable", f"{reason}; the run was cut off while saving it")
    if facts.launch and facts.launch.outcome is None and is_newest:
        return missing(
            name, "whole file", content.reason, "readable", f"{reason}; the run goes on and may be writing it"
        )
    if content.speaks_against_the_file:
        return against(name, "whole file", content.reason, "readable", reason)
    return missing(name, "whole file", content.reason, "readable", reason)


def _judge_content(
    facts: RunFacts,
    checkpoint: CheckpointFacts,
    content: Checkpoint,
    schema: Mapping[str, Shapes] | Absent,
    end: PlannedEnd | Absent,
) -> Iterator[Finding]:
    name, is_sound = checkpoint.name, True
    if other_archive_name(checkpoint, content.archive_name):
        is_sound = False
        reason = f"{name} was saved under another name, {content.archive_name[:40]}.pt"
        yield disagrees(name, "archive name", content.archive_name, checkpoint.file.path.stem, reason)
    for finding in _iteration(facts, checkpoint, content, end):
        is_sound = False
        yield finding
    for finding in doubt_zero_weights(checkpoint, content.state_dicts):
        is_sound = False
        yield finding
    if isinstance(schema, Absent):
        return
    frozen = value_at(facts.agent, AGENT, "system_dynamics.freeze_auxiliary") is True
    for place, observed, expected in islice(differences(content, schema, frozen_auxiliary=frozen), MAX_DIFFERENCES):
        is_sound = False
        reason = f"{name} departs from the reference at {place[:120]}: {observed[:60]} instead of {expected[:60]}"
        yield against(name, place, observed, expected, reason)
    if is_sound:
        tensors = sum(len(state) for state in content.state_dicts.values())
        is_final = isinstance(end, PlannedEnd) and name == end.checkpoint_name
        text = (
            f"{content.size_bytes} bytes, {tensors} tensors of the expected names and shapes, iter {content.iteration}"
        )
        yield (proves if is_final else supports)(name, "whole file", text, "the reference's tensors")


def _iteration(
    facts: RunFacts, checkpoint: CheckpointFacts, content: Checkpoint, end: PlannedEnd | Absent
) -> Iterator[Finding]:
    """`model_<k>.pt` is saved in iteration k; the final one after the last, so its number is its iteration plus one.

    Any other may have been meant as the final one of a run that was planned otherwise. A number that fits neither
    leaves the format open; a final one of another iteration is foreign.
    """
    name, number = checkpoint.name, checkpoint.file.number
    if isinstance(content.iteration, Absent):
        yield against(name, "iter", "not a number", "a number", f"{name} names no iteration")
    elif number is not None and not is_resumed(facts):
        is_final = isinstance(end, PlannedEnd) and number == end.max_iterations
        expected = {end.last_iteration} if isinstance(end, PlannedEnd) and is_final else {number, number - 1}
        if content.iteration not in expected:
            in_words = " or ".join(str(iteration) for iteration in sorted(expected))
            reason = f"{name} is of iteration {content.iteration}, so it is not what its name says"
            yield (against if is_final else disagrees)(name, "iter", content.iteration, in_words, reason)
