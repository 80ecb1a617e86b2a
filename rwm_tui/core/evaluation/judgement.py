"""Whether measured predictions are useful: one rule, for the report and for the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rwm_tui.core.evaluation.measurement import ALL, STATE_GROUPS, GroupErrors, OpenLoop
from rwm_tui.core.ports import NotAvailable

# Clearly better than a predictor that knows nothing: by a tenth, in every state group, at the bad end of the 95 %
# interval. Below a tenth, the choice of windows and of the naive predictors would decide.
LARGEST_RATIO = 0.90
# Not better than knowing nothing, over all columns together.
NAIVE_RATIO = 1.0
# Fewer windows, or windows from fewer independent stretches, say too little of the tails (falls, contacts).
LEAST_WINDOWS = 500
LEAST_BLOCKS = 20


class Usefulness(StrEnum):
    """What the errors over the horizon say of a model."""

    PREDICTIVE = "predictive"
    PARTLY = "partly predictive"
    NOT_PREDICTIVE = "not predictive"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome with its reason; ``is_certain`` where also the near end of the interval says so."""

    usefulness: Usefulness
    reason: str
    is_certain: bool = True


def judge_open_loop(measured: OpenLoop) -> Judgement:
    """Compare the model's error over the forecast horizon with the better of two naive predictors, group by group."""
    if lacking := _lacking(measured):
        return Judgement(Usefulness.UNDECIDED, lacking, is_certain=False)
    overall = measured.groups[ALL].ratio
    if isinstance(overall, NotAvailable):
        return Judgement(Usefulness.UNDECIDED, overall.reason, is_certain=False)
    if overall.value >= NAIVE_RATIO:
        reason = (
            f"its error is {overall.value:.2f} times that of the better naive predictor "
            f"({overall.low:.2f} to {overall.high:.2f})"
        )
        return Judgement(Usefulness.NOT_PREDICTIVE, reason, is_certain=overall.low >= NAIVE_RATIO)
    if weak := _weak_groups(measured.groups):
        reason = f"not clearly better than the better naive predictor in {', '.join(weak)}"
        return Judgement(Usefulness.PARTLY, reason)
    worst = max(high_end(measured.groups[name]) for name in STATE_GROUPS)
    reason = f"in every state group at most {worst:.2f} times the error of the better naive predictor"
    return Judgement(Usefulness.PREDICTIVE, reason)


def high_end(errors: GroupErrors) -> float:
    """The bad end of a group's ratio; infinite where there is none."""
    return float("inf") if isinstance(errors.ratio, NotAvailable) else errors.ratio.high


def _lacking(measured: OpenLoop) -> str:
    if missing := [name for name in (ALL, *STATE_GROUPS) if name not in measured.groups]:
        return f"there are no figures for {', '.join(missing)}"
    if measured.windows < LEAST_WINDOWS or measured.blocks < LEAST_BLOCKS:
        return (
            f"{measured.windows} windows from {measured.blocks} stretches of rows are fewer than the "
            f"{LEAST_WINDOWS} from {LEAST_BLOCKS} that an answer needs"
        )
    return ""


def _weak_groups(groups: Mapping[str, GroupErrors]) -> list[str]:
    return [
        f"{name} ({end:.2f} times its error)"
        for name in STATE_GROUPS
        if (end := high_end(groups[name])) > LARGEST_RATIO
    ]
