"""How long the iterations still to come will take.

The trainer's own ETA counts the finished iteration among them, and its clock wraps at 24 hours.
"""

from rwm_tui.core.launch.record import RunState
from rwm_tui.core.trainer_output.console_events import IterationReported

MEANT = 100
"""So many iterations tell the pace; it is asked for with every picture."""


def time_left_s(state: RunState) -> float | None:
    """By the mean of the newest iterations and the newest sample; None where they do not tell their times."""
    last = state.iteration
    took = [seconds for report in state.iterations[-MEANT:] if (seconds := _seconds(report)) is not None]
    if last is None or not took:
        return None
    to_come = max(last.total - last.iteration - 1, 0)
    mean_s = sum(took) / len(took)
    return to_come * mean_s - min(_since_the_last_s(state), mean_s if to_come else 0.0)


def _since_the_last_s(state: RunState) -> float:
    if state.iteration_at is None or not state.samples:
        return 0.0
    return max(state.samples[-1].t - state.iteration_at, 0.0)


def _seconds(report: IterationReported) -> float | None:
    if report.collection_s is not None and report.learning_s is not None:
        return report.collection_s + report.learning_s
    return report.iteration_s
