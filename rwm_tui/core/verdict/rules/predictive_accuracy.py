"""The trained dynamics model predicts usefully."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.evaluation.judgement import LARGEST_RATIO, NAIVE_RATIO, Judgement, Usefulness, judge_open_loop
from rwm_tui.core.evaluation.measurement import ALL, STATE_GROUPS, Dataset, OpenLoop
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, against, limits, missing, proves, told
from rwm_tui.core.verdict.rules.measured import Usable, told_source, usable_evaluations

STEP_S = 0.02

_EXPECTED = f"at most {LARGEST_RATIO:.2f} times the better naive predictor's, in every state group"


def predictive_accuracy(facts: RunFacts) -> Iterator[Finding]:
    """Open-loop errors over the forecast horizon, on trajectories that were not trained on, group by group.

    A model that is certainly no better than a predictor that knows nothing contradicts the claim.
    """
    usable, findings = usable_evaluations(facts)
    yield from findings
    for evaluation in usable:
        yield from _judged(evaluation)


def _judged(evaluation: Usable) -> Iterator[Finding]:
    measurement, name = evaluation.measurement, evaluation.name
    judgement = judge_open_loop(measurement.main.open_loop)
    place = f"{measurement.main.name} › open_loop"
    yield told_source(evaluation)
    yield told(name, f"{place} › groups › ratio", _ratios(measurement.main.open_loop))
    if isinstance(measurement.long, OpenLoop):
        yield told(name, "long", f"over {len(measurement.long.groups[ALL].model)} steps: {_ratios(measurement.long)}")
    if judgement.usefulness is Usefulness.PREDICTIVE:
        yield proves(name, place, judgement.reason, _EXPECTED)
        yield limits(name, "forecast_horizon", measurement.forecast_horizon, _extent(evaluation))
    elif is_contradiction(judgement):
        reason = f"the model is {judgement.usefulness}: {judgement.reason}"
        yield against(name, place, judgement.reason, f"below {NAIVE_RATIO:.2f}", reason)
    else:
        reason = f"the model is {judgement.usefulness}: {judgement.reason}"
        yield missing(name, place, judgement.reason, _EXPECTED, reason)


def is_contradiction(judgement: Judgement) -> bool:
    """No better than knowing nothing, and not by the luck of the windows."""
    return judgement.usefulness is Usefulness.NOT_PREDICTIVE and judgement.is_certain


def _ratios(measured: OpenLoop) -> str:
    """`all 0.44, v 0.72, …`: each group's error over the better naive predictor's."""
    ratios = {name: errors.ratio for name, errors in measured.groups.items()}
    return ", ".join(
        f"{name} {'not available' if isinstance(ratio, NotAvailable) else f'{ratio.value:.2f}'}"
        for name in (ALL, *STATE_GROUPS)
        if (ratio := ratios.get(name))
    )


def _extent(evaluation: Usable) -> str:
    """What exactly was shown, so that nobody reads more into it."""
    measurement = evaluation.measurement
    steps = measurement.forecast_horizon
    extent = f"shown over {steps} steps ({steps * STEP_S:.2f} s)"
    if isinstance(measurement.source, Dataset):
        return f"{extent} on a dataset whose origin is declared, not proven"
    return f"{extent} of fresh episodes, with the policy's exploration noise on"
