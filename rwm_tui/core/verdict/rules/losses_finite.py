"""All recorded losses are finite numbers; which way they went is told, and proves nothing by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts, Series
from rwm_tui.core.verdict.finding import Bearing, Finding, against, missing, proves, told
from rwm_tui.core.verdict.run_length import STATE_LOSS, RunLength, run_length

_DYNAMICS, _POLICY = "System Dynamics/", "Loss/"
_RATE = "learning_rate"
_TREND_FROM = 3  # values; fewer show no trend
_SHOWN = 6


def losses_finite(facts: RunFacts) -> Iterator[Finding]:
    """The dynamics model's and PPO's losses, in the event file over the whole run, and on the console where given."""
    losses = [series for tag, series in facts.events.series.items() if _is_loss(tag)]
    for name, finding in facts.events.unreadable.items():
        yield missing(name, "whole file", finding.reason, "readable", f"{name} can't be read to its end")
    for series in losses:
        if series.first_non_finite:
            step, value = series.first_non_finite
            reason = f"{series.tag} is {value} at iteration {step}"
            yield against(series.source, f"tag {series.tag}, step {step}", value, "finite", reason)
    if isinstance(facts.console, ConsoleFacts):
        for line, label, text in facts.console.bad_losses[:_SHOWN]:
            reason = f"the console shows {label} as {text}"
            yield against(facts.console.path.name, f"line {line}: {label}", text, "finite", reason)
    yield from _complete(facts, losses)


def _is_loss(tag: str) -> bool:
    is_dynamics = tag.startswith(_DYNAMICS) and tag.endswith("_loss")
    return is_dynamics or (tag.startswith(_POLICY) and not tag.endswith(_RATE))


def _complete(facts: RunFacts, losses: list[Series]) -> Iterator[Finding]:
    """Finite losses prove it only where those of both networks are there, up to the iteration that was saved last."""
    state = facts.events.series.get(STATE_LOSS)
    length = run_length(facts)
    if not any(series.tag.startswith(_POLICY) for series in losses) or state is None:
        reason = "no event file holds the losses of both the dynamics model and the policy"
        yield Finding(Bearing.MISSING, None, reason)
        return
    if isinstance(length, Absent):
        yield Finding(Bearing.MISSING, None, f"whether the losses are complete is unknown: {length.reason}")
        return
    finite = [series for series in losses if not series.first_non_finite]
    for series in sorted(finite, key=lambda series: series is not state):
        yield _finite(series, length)


def _finite(series: Series, length: RunLength) -> Finding:
    locator, observed = f"tag {series.tag}", f"{series.all_finite_in_words}{_trend(series)}"
    if series.last_step < length.iterations - 1:
        reason = f"{series.tag} is recorded up to iteration {series.last_step} of {length.iterations - 1} only"
        return missing(series.source, locator, observed, f"up to iteration {length.iterations - 1}", reason)
    if series.first_step > 0 or series.count < length.iterations:
        return told(series.source, locator, f"{observed}, for some of the {length.iterations} iterations", "all")
    return proves(series.source, locator, observed, "finite")


def _trend(series: Series) -> str:
    """First, last and lowest value; no word of learning, which needs an evaluation."""
    if series.count < _TREND_FROM:
        return f": {series.last_value:.4g}; too few for a trend"
    text = f": {series.first_value:.4g} first, {series.last_value:.4g} last, {series.lowest:.4g} lowest"
    if series.first_value > 0 and series.last_value > 0 and math.isfinite(series.first_value / series.last_value):
        ratio = series.last_value / series.first_value
        text += f" (×{ratio:.3g})"
    return text
