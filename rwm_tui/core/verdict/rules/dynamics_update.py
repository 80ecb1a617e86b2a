"""The replay buffer is populated and the dynamics update completes without error."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.checkpoint import DYNAMICS, DYNAMICS_OPTIMIZER, POLICY, POLICY_OPTIMIZER, Checkpoint
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_warm_started
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts, Series
from rwm_tui.core.verdict.finding import Bearing, Finding, against, disagrees, missing, proves, supports, told
from rwm_tui.core.verdict.lookup import AGENT, value_at, whole_number_at
from rwm_tui.core.verdict.run_length import MINI_BATCHES, STATE_LOSS
from rwm_tui.core.verdict.zero_weights import has_no_gradient, refute_zero_weights


def dynamics_update(facts: RunFacts) -> Iterator[Finding]:
    """Adam counts its steps: (iter + 1) × mini-batches of them are the updates; losses and weights must be finite."""
    readable = [checkpoint for checkpoint in facts.checkpoints if isinstance(checkpoint.content, Checkpoint)]
    if not readable:
        yield Finding(Bearing.MISSING, None, "no readable checkpoint holds the optimizer's step counters")
    for checkpoint in readable:
        yield from _updates(facts, checkpoint)
        yield from _every_parameter(facts, checkpoint)
        yield from _finiteness(checkpoint)
        yield from refute_zero_weights(checkpoint, [DYNAMICS], "the dynamics model")
    yield from _losses(facts)


def _updates(facts: RunFacts, checkpoint: CheckpointFacts) -> Iterator[Finding]:
    content, name = checkpoint.content, checkpoint.name
    if not isinstance(content, Checkpoint):
        return
    place = f"{DYNAMICS_OPTIMIZER} › step"
    optimizer = content.optimizers.get(DYNAMICS_OPTIMIZER)
    if optimizer is None:
        yield missing(name, place, "not there", "at least 1", f"{name} holds no state of the dynamics optimizer")
        return
    if not optimizer.entries:
        yield against(name, place, "no entry", "at least 1", f"in {name} the dynamics model was never updated")
        return
    steps = sorted(-1.0 if step is None else step for step in optimizer.steps)
    observed = ", ".join(_count(step) for step in steps[:4])
    if steps[-1] < 1:
        yield against(name, place, observed, "at least 1", f"in {name} the dynamics model was never updated")
        return
    mini_batches = whole_number_at(facts.agent, AGENT, MINI_BATCHES)
    if is_warm_started(facts):
        reason = "the dynamics model began from other weights, so that its counters can't be compared"
        yield missing(name, place, observed, "", reason)
    elif isinstance(mini_batches, Absent):
        yield missing(name, place, observed, "", f"the number of updates to expect is unknown: {mini_batches.reason}")
    elif isinstance(content.iteration, Absent):
        yield missing(
            name, "iter", "not there", "a number", f"the number of updates to expect is unknown: {name} has no iter"
        )
    else:
        expected = (content.iteration + 1) * mini_batches
        in_words = f"{expected} = ({content.iteration} + 1) × {mini_batches}"
        if steps == [float(expected)]:
            yield proves(name, place, observed, in_words)
        else:
            yield disagrees(
                name,
                place,
                observed,
                in_words,
                f"in {name} the dynamics optimizer counts {observed} updates, not {in_words}",
            )


def _every_parameter(facts: RunFacts, checkpoint: CheckpointFacts) -> Iterator[Finding]:
    """An update reaches every parameter, unless a part of the model was frozen."""
    content, name = checkpoint.content, checkpoint.name
    optimizer = content.optimizers.get(DYNAMICS_OPTIMIZER) if isinstance(content, Checkpoint) else None
    if optimizer is None or not optimizer.entries:
        return
    updated, parameters = len(optimizer.entries), optimizer.parameter_count
    if updated < parameters and value_at(facts.agent, AGENT, "system_dynamics.freeze_auxiliary") is not True:
        reason = f"in {name} the optimizer updated {updated} of the {parameters} parameters of the dynamics model"
        yield disagrees(name, f"{DYNAMICS_OPTIMIZER} › state", f"{updated} entries", f"{parameters} entries", reason)
    if has_no_gradient(checkpoint, DYNAMICS_OPTIMIZER):
        reason = f"in {name} every moment of the optimizer is zero: no gradient ever reached the dynamics model"
        yield disagrees(name, f"{DYNAMICS_OPTIMIZER} › exp_avg", "zeros only", "other numbers", reason)


def _count(step: float) -> str:
    return "none" if step < 0 else f"{step:.9g}"


def _finiteness(checkpoint: CheckpointFacts) -> Iterator[Finding]:
    name = checkpoint.name
    of_dynamics = [bad for bad in checkpoint.non_finite if bad.key in (DYNAMICS, DYNAMICS_OPTIMIZER)]
    of_policy = [bad for bad in checkpoint.non_finite if bad.key in (POLICY, POLICY_OPTIMIZER)]
    for bad in of_dynamics[:3]:
        reason = f"{name} holds NaN or infinite numbers in {bad.name[:80]}"
        yield against(
            name, f"{bad.key} › {bad.name}", f"{bad.count} of {bad.numbers} are NaN or infinite", "finite", reason
        )
    for bad in of_policy[:3]:
        yield told(name, f"{bad.key} › {bad.name}", f"{bad.count} of {bad.numbers} are NaN or infinite", "finite")
    if not of_dynamics and isinstance(checkpoint.content, Checkpoint) and DYNAMICS in checkpoint.content.state_dicts:
        yield supports(name, DYNAMICS, "all numbers are finite", "finite")


def _losses(facts: RunFacts) -> Iterator[Finding]:
    for tag, series in facts.events.series.items():
        if tag.startswith("System Dynamics/") and tag.endswith("_loss") and series.first_non_finite:
            step, value = series.first_non_finite
            yield against(
                series.source, f"tag {tag}, step {step}", value, "finite", f"{tag} is {value} at iteration {step}"
            )
    if state_loss := facts.events.series.get(STATE_LOSS):
        yield from _finite_state_loss(state_loss)
    for name, finding in facts.events.unreadable.items():
        yield told(name, "whole file", finding.reason, "readable")


def _finite_state_loss(series: Series) -> Iterator[Finding]:
    if not series.first_non_finite:
        observed = f"{series.last_value:.4g} at iteration {series.last_step}, {series.all_finite_in_words}"
        yield supports(series.source, f"tag {STATE_LOSS}", observed, "finite")
