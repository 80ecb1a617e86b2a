"""A run's position in one line: status, iteration, clocks, following."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.status import Status
from rwm_tui.core.launch.time_left import time_left_s
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.page import backend_statement, short_backend_statement

Seen = Literal["attached", "reading", "replay"]
"""How a launch is looked at: as it goes on, as its record, or as it went at some time."""

LONGEST_NAME = 48

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


def status_line(state: RunState, *, following: bool, width: int | None = None) -> str:
    """The line's parts; where `width` columns are too few, one after the other gives way to its short form."""
    return _fitted(_parts(state, following=following), width)


def title_line(state: RunState, how: Seen, *, width: int | None = None) -> str:
    """Whose run this is and how it is looked at. That it is not Isaac Lab stands there at any width."""
    profile = state.plan.profile
    backend = backend_statement(profile.backend)
    seen = {"attached": "attached to", "reading": "reading", "replay": "replay of"}[how]
    name = clean_line(profile.name)
    return _fitted(
        [
            _Part("rwm-tui", "", 0),
            _Part(name, name[:LONGEST_NAME], 3),
            _Part(backend, short_backend_statement(profile.backend), 2),
            _Part(f"{seen} {clean_line(state.launch_id)}", how, 1),
        ],
        width,
    )


def _fitted(parts: list[_Part], width: int | None) -> str:
    line = _joined(parts)
    for at in sorted(range(len(parts)), key=lambda at: parts[at].gives_way):
        if width is None or len(line) <= width:
            break
        parts[at] = replace(parts[at], text=parts[at].short)
        line = _joined(parts)
    return line


@dataclass(frozen=True)
class _Part:
    text: str
    short: str
    gives_way: int
    """The part with the least number is shortened first."""


def _joined(parts: list[_Part]) -> str:
    return " | ".join(part.text for part in parts if part.text)


def _parts(state: RunState, *, following: bool) -> list[_Part]:
    status = state.status.value
    alone = state.unsupervised
    parts = [
        _Part(f"{status} (supervisor is gone)" if alone else status, f"{status}{' (unsupervised)' if alone else ''}", 5)
    ]
    if last := state.iteration:
        count = f"{last.iteration + 1}/{last.total}"
        parts.append(_Part(f"iteration {count}", f"it {count}", 1))
    elif not state.is_over:
        parts.append(_Part("no iteration yet", "it 0", 1))
    elapsed = elapsed_s(state)
    if elapsed is not None:
        took = duration_text(elapsed)
        parts.append(_Part(f"{'took ' if state.is_over else ''}{took}", took.replace(" ", ""), 3))
    if not state.is_over:
        if state.status is Status.STOPPING:  # it will not go on to the trainer's ETA
            reason = _STOPPING_WORDS.get(state.stop_requested_by or "", "stopping")
            parts.append(_Part(reason, reason, 6))
        elif state.stage is not Stage.TRAINING_COMPLETE:
            parts.append(_eta(time_left_s(state)))
        parts.append(_Part("following", "follow", 4) if following else _Part("NOT FOLLOWING (f)", "HELD (f)", 4))
        limit = _limit_text(state, elapsed)
        parts.append(_Part(limit, _short_limit(limit), 0))
    return parts


def _eta(left_s: float | None) -> _Part:
    if left_s is None:
        return _Part("ETA not known", "ETA ?", 2)
    left = duration_text(left_s)
    return _Part(f"ETA {left}", f"ETA {left.replace(' ', '')}", 2)


def _short_limit(text: str) -> str:
    """`limit in 9 min 00 s` as `limit 9min00s`; one that is no time stays as it is."""
    before, found, left = text.partition("limit in ")
    return f"{before}limit {left.replace(' ', '')}" if found else text


def _limit_text(state: RunState, elapsed: float | None) -> str:
    limit = state.plan.time_limit_s
    if limit is None:
        return "no time limit"
    if state.unsupervised:
        return "time limit not enforced"
    running = state.samples[-1].running_s if state.samples else elapsed
    return f"limit in {duration_text(limit - (running if isinstance(running, float) else elapsed or 0.0))}"
