"""The model generalises beyond the replay buffer it saw."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.evaluation.judgement import LARGEST_RATIO, Usefulness, judge_open_loop
from rwm_tui.core.evaluation.measurement import FRESH, Condition
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, against, limits, missing, proves, told
from rwm_tui.core.verdict.rules.measured import Usable, told_source, usable_evaluations
from rwm_tui.core.verdict.rules.predictive_accuracy import is_contradiction

# Conditions that training never drew from; the simulator's evaluation has them all.
HELD_OUT = ("no-exploration", "commands", "payload", "pushes")

_EXPECTED = f"at most {LARGEST_RATIO:.2f} times the better naive predictor's, in every state group"


def generalization(facts: RunFacts) -> Iterator[Finding]:
    """A model that predicts fresh episodes must also predict those made otherwise than in training.

    One that predicts nothing has nothing to generalise: that is told under `predictive-accuracy`.
    """
    usable, findings = usable_evaluations(facts)
    yield from findings
    for evaluation in usable:
        yield told_source(evaluation)
        yield from _judged(evaluation)


def _judged(evaluation: Usable) -> Iterator[Finding]:
    name, main = evaluation.name, evaluation.measurement.main
    by_name = {condition.name: condition for condition in evaluation.measurement.conditions}
    if main.name != FRESH or not all(held_out in by_name for held_out in HELD_OUT):
        reason = f"{name} has no trajectories made under conditions that training is known not to have drawn"
        yield missing(name, "conditions", ", ".join(by_name), ", ".join(HELD_OUT), reason)
        return
    fresh = judge_open_loop(main.open_loop)
    if fresh.usefulness is not Usefulness.PREDICTIVE:
        reason = f"there is nothing to generalise: the model is {fresh.usefulness} on fresh episodes"
        yield missing(name, f"{FRESH} › open_loop", fresh.reason, _EXPECTED, reason)
        return
    for held_out in HELD_OUT:
        yield from _under(name, by_name[held_out])
    others = "other seeds, no exploration noise, faster commands, heavier payload and harder pushes"
    yield limits(name, "conditions", ", ".join(HELD_OUT), f"shown for {others}; not for other terrain or robots")


def _under(name: str, condition: Condition) -> Iterator[Finding]:
    judgement = judge_open_loop(condition.open_loop)
    place = f"{condition.name} › open_loop"
    if condition.novelty is not None:
        share = f"{condition.novelty:.1%} of the rows lie beyond all fresh ones"
        yield told(name, f"{condition.name} › novelty", f"{condition.text}; {share}")
    if judgement.usefulness is Usefulness.PREDICTIVE:
        yield proves(name, place, judgement.reason, _EXPECTED)
    elif is_contradiction(judgement):
        reason = f"{judgement.usefulness} with {condition.name} ({condition.text}): {judgement.reason}"
        yield against(name, place, judgement.reason, _EXPECTED, reason)
    else:
        reason = f"{judgement.usefulness} with {condition.name}: {judgement.reason}"
        yield missing(name, place, judgement.reason, _EXPECTED, reason)
