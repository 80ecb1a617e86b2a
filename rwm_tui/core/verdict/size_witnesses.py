"""What else shows the sizes that the configuration names: counters, the console, logged times, and what was asked for.

params/*.yaml is a text that anybody can edit; the trainer's other files were made by the sizes that really were.
Nothing in a run directory shows the size of a mini-batch or the forecast horizon: there only a launch record or what
Hydra kept of the start can agree.
Times of files are no witness, since a copy of a run must be judged like the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rwm_tui.core.plan.asked import asked_settings
from rwm_tui.core.run_dir.checkpoint import DYNAMICS_OPTIMIZER
from rwm_tui.core.run_dir.hydra_outputs import CONFIG, OVERRIDES, HydraOutputs
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_warm_started
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts, Series
from rwm_tui.core.verdict.finding import Evidence, shown
from rwm_tui.core.verdict.lookup import AGENT, ENV, value_at, whole_number_at

SIZE_KEYS: Mapping[str, tuple[str, str]] = {
    "num_envs": (ENV, "scene.num_envs"),
    "max_iterations": (AGENT, "max_iterations"),
    "mini_batch_size": (AGENT, "algorithm.system_dynamics_mini_batch_size"),
    "num_mini_batches": (AGENT, "algorithm.system_dynamics_num_mini_batches"),
    "replay_buffer_size": (AGENT, "algorithm.system_dynamics_replay_buffer_size"),
    "forecast_horizon": (AGENT, "algorithm.system_dynamics_forecast_horizon"),
}
_FLAGS = ("num_envs", "max_iterations")  # the trainer's own, which replace what Hydra composed
_EVALUATION_ROWS = "algorithm.system_dynamics_len_eval_trajectory"
_AUTOREGRESSIVE_ERROR = "System Dynamics/autoregressive_error"
_SPEED, _COLLECTION, _LEARNING = "Perf/total_fps", "Perf/collection time", "Perf/learning_time"
_FLOAT32 = 1e-6


@dataclass(frozen=True, slots=True)
class SizeWitness:
    """A place that bears a size of the configuration out, or does not."""

    size: str
    evidence: Evidence

    @property
    def agrees(self) -> bool:
        return self.evidence.agrees is True


def size_witnesses(facts: RunFacts) -> Iterator[SizeWitness]:
    """Everything beside the configuration that shows one of its sizes."""
    for size, read in (("num_envs", _num_envs), ("num_mini_batches", _mini_batches), ("replay_buffer_size", _buffer)):
        yield from (SizeWitness(size, evidence) for evidence in read(facts, _configured(facts, size)))
    yield from _asked(facts)


def _configured(facts: RunFacts, size: str) -> int | Absent:
    source, key = SIZE_KEYS[size]
    return whole_number_at(facts.env if source == ENV else facts.agent, source, key)


def _num_envs(facts: RunFacts, num_envs: int | Absent) -> Iterator[Evidence]:
    if isinstance(num_envs, Absent):
        return
    console = facts.console
    if isinstance(console, ConsoleFacts) and console.num_envs:
        line, found = console.num_envs
        yield _said(console.path.name, f"line {line}", found, num_envs, agrees=found == num_envs)
    steps = whole_number_at(facts.agent, AGENT, "num_steps_per_env")
    if isinstance(steps, Absent):
        return
    ranges = list(_collected_by_speed(facts))
    an_iteration = num_envs * steps
    agrees = [_holds_multiple_of(an_iteration, low, high) for low, high in ranges]
    if not agrees or any(agrees) != all(agrees):
        return  # there are none, or they contradict each other
    if len(ranges) == 1 and agrees[0]:
        return  # one value, rounded as it is, can deny the number but not bear it out
    low, high = ranges[-1]
    expected = f"{an_iteration} = {num_envs} environments × {steps} steps"
    source = facts.events.series[_SPEED].source
    yield _said(source, f"tag {_SPEED} × times", f"{low:.1f} to {high:.1f}", expected, agrees=all(agrees))


def _collected_by_speed(facts: RunFacts) -> Iterator[tuple[float, float]]:
    """Between which numbers the steps of the first and of the last iteration lie.

    rsl_rl logs the steps of an iteration over the time it took, rounded down, with both parts of that time.
    """
    series = [facts.events.series.get(tag) for tag in (_SPEED, _COLLECTION, _LEARNING)]
    speed, collection, learning = series
    if speed is None or collection is None or learning is None:
        return
    known = (speed, collection, learning)
    if len({(one.count, one.first_step, one.last_step) for one in known}) > 1:
        return
    for value in (_first, _last) if speed.first_step < speed.last_step else (_last,):
        seconds = value(collection) + value(learning)
        if math.isfinite(seconds) and seconds > 0 and math.isfinite(value(speed)) and value(speed) >= 0:
            yield value(speed) * seconds * (1 - _FLOAT32), (value(speed) + 1) * seconds * (1 + _FLOAT32)


def _first(series: Series) -> float:
    return series.first_value


def _last(series: Series) -> float:
    return series.last_value


def _holds_multiple_of(an_iteration: int, low: float, high: float) -> bool:
    """Several GPUs make a multiple of it."""
    return math.floor(high / an_iteration) >= max(1, math.ceil(low / an_iteration))


def _mini_batches(facts: RunFacts, mini_batches: int | Absent) -> Iterator[Evidence]:
    """The optimizer's counters show how many mini-batches an iteration really had."""
    if isinstance(mini_batches, Absent) or is_warm_started(facts):
        return
    for name, checkpoint in facts.readable_checkpoints():
        optimizer = checkpoint.optimizers.get(DYNAMICS_OPTIMIZER)
        if optimizer is None or isinstance(checkpoint.iteration, Absent):
            continue
        expected = (checkpoint.iteration + 1) * mini_batches
        observed = ", ".join("none" if step is None else f"{step:.9g}" for step in list(optimizer.steps)[:4])
        in_words = f"{expected} = ({checkpoint.iteration} + 1) × {mini_batches}"
        agrees = optimizer.steps == {float(expected)}
        yield _said(name, f"{DYNAMICS_OPTIMIZER} › step", observed or "no entry", in_words, agrees=agrees)


def _buffer(facts: RunFacts, buffer: int | Absent) -> Iterator[Evidence]:
    """The evaluation divides by zeros as long as the buffer holds fewer steps than it asks for: the error is infinite.

    A finite one shows that the buffer holds at least as many.
    """
    rows = whole_number_at(facts.agent, AGENT, _EVALUATION_ROWS)
    steps = whole_number_at(facts.agent, AGENT, "num_steps_per_env")
    series = facts.events.series.get(_AUTOREGRESSIVE_ERROR)
    if series is None or isinstance(buffer, Absent) or isinstance(rows, Absent) or isinstance(steps, Absent):
        return
    place = f"tag {_AUTOREGRESSIVE_ERROR}, step {series.last_step}"
    if math.isfinite(series.last_value):
        observed, expected = f"{series.last_value:.4g}: at least {rows} steps", f"{buffer} steps"
        yield _said(series.source, place, observed, expected, agrees=buffer >= rows)
    elif series.last_value == math.inf and (series.last_step + 1) * steps >= rows and buffer >= rows:
        observed = f"inf: fewer than {rows} steps, though {(series.last_step + 1) * steps} were collected"
        yield _said(series.source, place, observed, f"{buffer} steps", agrees=False)


def _asked(facts: RunFacts) -> Iterator[SizeWitness]:
    """The launch record names what the trainer was started with; Hydra kept what it was given, and what came of it.

    Hydra's configuration is told before its overrides, so that it is the one that is shown where both agree.
    """
    overridden = hydra_overrides(facts)
    for size, (_, key) in SIZE_KEYS.items():
        configured = _configured(facts, size)
        if isinstance(configured, Absent):
            continue
        name = size if size in _FLAGS else key
        if not isinstance(overridden, Absent) and isinstance(facts.hydra, HydraOutputs) and size not in _FLAGS:
            if name in overridden:
                source, asked = facts.hydra.source(OVERRIDES), overridden[name]
                yield SizeWitness(size, _said(source, name, asked, configured, agrees=asked == configured))
            source = facts.hydra.source(CONFIG)
            composed = value_at(facts.hydra.config, source, f"agent.{key}")
            if not isinstance(composed, Absent):
                found = _said(source, f"agent.{key}", composed, configured, agrees=composed == configured)
                yield SizeWitness(size, found)
        if facts.launch and name in facts.launch.asked:
            asked = facts.launch.asked[name]
            yield SizeWitness(size, _said("launch record", name, asked, configured, agrees=asked == configured))


def hydra_overrides(facts: RunFacts) -> Mapping[str, object] | Absent:
    """What Hydra was asked for, by the keys of a launch record."""
    if isinstance(facts.hydra, Absent):
        return facts.hydra
    overrides = facts.hydra.overrides
    return asked_settings(overrides) if isinstance(overrides, tuple) else Absent(overrides.reason)


def _said(source: str, locator: str, observed: object, expected: object, *, agrees: bool) -> Evidence:
    return Evidence(shown(source), shown(locator), shown(observed), shown(expected), agrees)
