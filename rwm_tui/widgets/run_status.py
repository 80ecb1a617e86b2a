"""A run's position in one line: status, iteration, clocks, following."""

from __future__ import annotations

from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.record import RunState, Status
from rwm_tui.core.trainer_output.stages import Stage

_STOPPING_WORDS = {
    "user": "stop asked for by user",
    "time-limit": "time limit reached",
    "hang-after-completion": "closing hung",
}


def elapsed_s(state: RunState) -> float | None:
    """Seconds since the trainer was started, by the newest sample or the end; None where it never was."""
    if state.started_at is None:
        return None
    if state.outcome:
        return state.outcome.ended_at - state.started_at
    return state.samples[-1].t - state.started_at if state.samples else 0.0


def status_line(state: RunState, *, following: bool) -> str:
    parts = [state.status.value if not state.unsupervised else f"{state.status.value} (supervisor is gone)"]
    if last := state.iteration:
        parts.append(f"iteration {last.iteration + 1}/{last.total}")
    elapsed = elapsed_s(state)
    if elapsed is not None:
        parts.append(f"{'took ' if state.is_over else ''}{duration_text(elapsed)}")
    if not state.is_over:
        if last and last.eta_text and state.stage is not Stage.TRAINING_COMPLETE:
            parts.append(f"ETA {last.eta_text}")
        if state.status is Status.STOPPING:
            parts.append(_STOPPING_WORDS.get(state.stop_requested_by or "", "stopping"))
        parts.append("following" if following else "NOT FOLLOWING (f)")
        parts.append(_limit_text(state, elapsed))
    return " | ".join(parts)


def _limit_text(state: RunState, elapsed: float | None) -> str:
    limit = state.plan.time_limit_s
    if limit is None:
        return "no time limit"
    if state.unsupervised:
        return "time limit not enforced"
    return f"limit in {duration_text(limit - (elapsed or 0.0))}"
