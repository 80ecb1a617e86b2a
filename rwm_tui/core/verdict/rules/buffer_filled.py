"""Training windows and the replay buffer were filled with steps that were really collected."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, disagrees, missing, proves, supports, told
from rwm_tui.core.verdict.lookup import AGENT, whole_number_at
from rwm_tui.core.verdict.run_length import RunLength, run_length
from rwm_tui.core.verdict.size_witnesses import size_witnesses

_STEPS = "num_steps_per_env"
_HISTORY = "system_dynamics.history_horizon"
_FORECAST = "algorithm.system_dynamics_forecast_horizon"
_BUFFER = "algorithm.system_dynamics_replay_buffer_size"


def history_filled(facts: RunFacts) -> Iterator[Finding]:
    """A window is history and forecast horizon long; until so many steps are collected, the rest of it is zeros."""
    steps, length = _number(facts, _STEPS), run_length(facts)
    history, forecast, buffer = (_number(facts, key) for key in (_HISTORY, _FORECAST, _BUFFER))
    yield from _unknown(length, steps, history, forecast)
    yield from _denied(facts)
    if isinstance(length, Absent) or isinstance(steps, Absent):
        return
    if isinstance(history, Absent) or isinstance(forecast, Absent):
        return
    needed = history + forecast
    in_words = f"at least {needed} = history {history} + forecast {forecast}"
    if isinstance(buffer, int) and buffer < needed:
        reason = f"a replay buffer of {buffer} steps never holds a window of {needed}; the rest of it was zeros"
        yield disagrees(AGENT, _BUFFER, f"{buffer} steps", in_words, reason)
    collected = length.iterations * steps
    observed = _in_words(length, steps, collected)
    if collected < needed:
        reason = (
            f"the run collected {collected} steps per environment, and a training window needs {needed} "
            f"({history} history + {forecast} forecast): the model was trained on zero padding"
        )
        yield missing(length.source, "iter × steps", observed, in_words, reason)
        return
    yield proves(length.source, "iter × steps", observed, in_words)
    if padded := (needed - 1) // steps:
        text = f"{padded} of {length.iterations} iterations, the first ones"
        yield told(AGENT, "iterations trained on zero padding", text, f"none, with {needed} steps or more each")


def replay_buffer_filled(facts: RunFacts) -> Iterator[Finding]:
    """As many steps per environment were collected as the buffer holds."""
    steps, length, buffer = _number(facts, _STEPS), run_length(facts), _number(facts, _BUFFER)
    yield from _unknown(length, steps, buffer)
    yield from _denied(facts)
    if isinstance(length, Absent) or isinstance(steps, Absent) or isinstance(buffer, Absent):
        return
    collected = length.iterations * steps
    observed, expected = _in_words(length, steps, collected), f"at least {buffer} = {_BUFFER}"
    if collected < buffer:
        reason = f"the run collected {collected} steps per environment for a buffer of {buffer}, so it never was full"
        yield missing(length.source, "iter × steps", observed, expected, reason)
    else:
        yield proves(length.source, "iter × steps", observed, expected)
        yield supports(AGENT, _BUFFER, buffer)


def _number(facts: RunFacts, key: str) -> int | Absent:
    return whole_number_at(facts.agent, AGENT, key)


def _unknown(*values: RunLength | int | Absent) -> Iterator[Finding]:
    for value in values:
        if isinstance(value, Absent):
            yield Finding(Bearing.MISSING, None, f"how much was collected is unknown: {value.reason}")


def _denied(facts: RunFacts) -> Iterator[Finding]:
    """What the trainer logged shows other numbers of collected steps, or another buffer, than the configuration."""
    for witness in size_witnesses(facts):
        if witness.size in ("num_envs", "replay_buffer_size") and not witness.agrees:
            reason = f"how much was collected and kept is unknown: {witness.evidence.source} does not fit the sizes"
            yield Finding(Bearing.MISSING, witness.evidence, reason)


def _in_words(length: RunLength, steps: int, collected: int) -> str:
    return f"{collected} steps per environment = {length.iterations} iterations × {steps} steps"
