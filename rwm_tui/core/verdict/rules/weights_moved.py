"""Training changed the weights: the optimizer's counters and moments, and the weights of two checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import (
    ACTOR,
    CRITIC,
    DYNAMICS,
    DYNAMICS_OPTIMIZER,
    POLICY,
    POLICY_OPTIMIZER,
    Checkpoint,
    OptimizerState,
)
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_resumed, is_warm_started
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, disagrees, missing, proves, supports, told
from rwm_tui.core.verdict.lookup import AGENT, whole_number_at
from rwm_tui.core.verdict.run_length import MINI_BATCHES
from rwm_tui.core.verdict.zero_weights import has_no_gradient, refute_zero_weights

_EPOCHS = "algorithm.num_learning_epochs"
_POLICY_MINI_BATCHES = "algorithm.num_mini_batches"
_WARMUP = "system_dynamics_warmup_iterations"


@dataclass(frozen=True, slots=True)
class _Network:
    """What is told apart: the policy (with its value function) and the world model."""

    title: str
    states: tuple[str, ...]
    optimizer: str


_THE_POLICY = _Network("the policy", (POLICY, ACTOR, CRITIC), POLICY_OPTIMIZER)
_THE_DYNAMICS = _Network("the dynamics model", (DYNAMICS,), DYNAMICS_OPTIMIZER)


def policy_updated(facts: RunFacts) -> Iterator[Finding]:
    """PPO steps its optimizer epochs × mini-batches times an iteration, but not in the warm-up of the dynamics."""
    yield from _judge(facts, _THE_POLICY, _policy_steps_an_iteration(facts), is_counted_from_0=not is_resumed(facts))


def dynamics_changed(facts: RunFacts) -> Iterator[Finding]:
    """The weights of the dynamics model are others than they were."""
    mini_batches = whole_number_at(facts.agent, AGENT, MINI_BATCHES)
    yield from _judge(facts, _THE_DYNAMICS, mini_batches, is_counted_from_0=not is_warm_started(facts))


def _policy_steps_an_iteration(facts: RunFacts) -> int | Absent:
    epochs = whole_number_at(facts.agent, AGENT, _EPOCHS)
    mini_batches = whole_number_at(facts.agent, AGENT, _POLICY_MINI_BATCHES)
    if isinstance(epochs, Absent) or isinstance(mini_batches, Absent):
        return epochs if isinstance(epochs, Absent) else mini_batches
    return epochs * mini_batches


def _judge(
    facts: RunFacts, network: _Network, steps_an_iteration: int | Absent, *, is_counted_from_0: bool
) -> Iterator[Finding]:
    readable = [facts_ for facts_ in facts.checkpoints if isinstance(facts_.content, Checkpoint)]
    if not readable:
        yield Finding(Bearing.MISSING, None, f"no readable checkpoint shows whether {network.title} was updated")
        return
    for checkpoint in readable:
        if not is_counted_from_0:
            steps_an_iteration = Absent(f"{network.title} began from other weights and counters")
        yield from _optimizer(facts, checkpoint, network, steps_an_iteration)
        yield from refute_zero_weights(checkpoint, network.states, network.title)
    yield from _first_and_last(readable, network)


def _optimizer(
    facts: RunFacts, checkpoint: CheckpointFacts, network: _Network, steps_an_iteration: int | Absent
) -> Iterator[Finding]:
    content, name = checkpoint.content, checkpoint.name
    assert isinstance(content, Checkpoint)
    place, optimizer = f"{network.optimizer} › step", content.optimizers.get(network.optimizer)
    if optimizer is None:
        reason = f"{name} holds no state of the optimizer of {network.title}"
        yield missing(name, place, "not there", "at least 1", reason)
        return
    expected = _expected_steps(facts, content, network, steps_an_iteration)
    observed = _steps_in_words(optimizer)
    counted = max((step for step in optimizer.steps if step is not None), default=0.0)
    if not counted > 0 and expected == 0:
        reason = f"{name} was saved in the warm-up of the dynamics model, in which the policy rests"
        yield missing(name, place, observed, 0, reason)
    elif counted <= 0:
        yield against(name, place, observed, "at least 1", f"in {name} {network.title} was never updated")
    elif has_no_gradient(checkpoint, network.optimizer):
        reason = f"in {name} every moment of the optimizer is zero: no gradient ever reached {network.title}"
        yield against(name, f"{network.optimizer} › exp_avg", "zeros only", "other numbers", reason)
    elif isinstance(expected, Absent):
        yield missing(name, place, observed, "", f"the number of updates to expect is unknown: {expected.reason}")
    elif optimizer.steps != {float(expected)}:
        reason = f"in {name} the optimizer of {network.title} counts {observed} steps, not {expected}"
        yield disagrees(name, place, observed, expected, reason)
    else:
        yield proves(name, place, observed, expected)


def _expected_steps(
    facts: RunFacts, content: Checkpoint, network: _Network, steps_an_iteration: int | Absent
) -> int | Absent:
    if isinstance(steps_an_iteration, Absent):
        return steps_an_iteration
    if isinstance(content.iteration, Absent):
        return content.iteration
    resting = 0
    if network is _THE_POLICY:
        warmup = whole_number_at(facts.agent, AGENT, _WARMUP, least=0)
        resting = 0 if isinstance(warmup, Absent) else warmup
    return max(content.iteration + 1 - resting, 0) * steps_an_iteration


def _steps_of(content: Checkpoint, network: _Network) -> frozenset[float | None]:
    optimizer = content.optimizers.get(network.optimizer)
    return optimizer.steps if optimizer else frozenset()


def _steps_in_words(optimizer: OptimizerState) -> str:
    steps = sorted(-1.0 if step is None else step for step in optimizer.steps)
    return ", ".join("none" if step < 0 else f"{step:.9g}" for step in steps[:4]) or "no entry"


def _first_and_last(readable: Sequence[CheckpointFacts], network: _Network) -> Iterator[Finding]:
    """Two checkpoints of different iterations must differ; those of one iteration hold the same weights rightly."""
    placed = [
        (facts.content.iteration, facts.name, facts.content)
        for facts in readable
        if isinstance(facts.content, Checkpoint) and isinstance(facts.content.iteration, int)
    ]
    if len(placed) < 2:
        return
    placed.sort(key=lambda entry: entry[0])  # those of one iteration stay in the order of their names' numbers
    first, last = placed[0], placed[-1]
    names = f"{first[1]} and {last[1]}"
    if first[0] == last[0]:
        yield told(names, "weights", f"both of iteration {last[0]}, so they show no change")
        return
    before = {(key, name): print_ for key in network.states for name, print_ in first[2].fingerprint(key).items()}
    after = {(key, name): print_ for key in network.states for name, print_ in last[2].fingerprint(key).items()}
    shared = before.keys() & after.keys()
    changed = sum(before[key] != after[key] for key in shared)
    if not shared:
        yield told(names, "weights", "no tensors in common")
    elif not changed and _steps_of(first[2], network) == _steps_of(last[2], network):
        reason = f"{names} hold the same weights and counters, so they are not of the iterations that they name"
        yield disagrees(names, "weights", f"all {len(shared)} tensors are the same", "changed", reason)
    elif not changed:
        reason = f"{first[1]} of iteration {first[0]} and {last[1]} of iteration {last[0]} hold the same weights"
        yield against(names, "weights", f"all {len(shared)} tensors are the same", "changed", reason)
    else:
        yield supports(names, "weights", f"{changed} of {len(shared)} tensors changed", "changed")
