"""Figures of the last finished iteration, and the world model's losses from the event file."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.launch.record import RunState
from rwm_tui.core.profile import may_train_world_model
from rwm_tui.core.trainer_output.console import IterationReported

Row = tuple[str, str]

GROUP_WIDTH = 13
CELL_WIDTH = 21

_WORLD_MODEL = "System Dynamics/"
_WORLD_MODEL_ROWS = (
    ("state loss", "state_loss"),
    ("bound loss", "bound_loss"),
    ("contact loss", "contact_loss"),
    ("termination loss", "termination_loss"),
    ("autoregressive error", "autoregressive_error"),
)
_PPO_LABELS = (
    ("value loss", ("Mean value_function loss", "Mean value loss", "value_function", "value", "Value function loss")),
    ("surrogate", ("Mean surrogate loss", "surrogate", "Surrogate loss")),
    ("entropy", ("Mean entropy loss", "entropy")),
    ("noise std", ("Mean action noise std", "Mean action std")),
)


def iteration_rows(state: RunState) -> list[Row]:
    """Speed, episodes and PPO's figures; a figure that is not there says why."""
    last = state.iteration
    if last is None:
        return [("iteration", "none finished yet" if not state.is_over else "none was finished")]
    return [
        ("steps/s", _number(last.steps_per_s, "not printed")),
        *_episode_rows(last),
        *((name, _labelled(last, labels)) for name, labels in _PPO_LABELS),
    ]


def world_model_rows(state: RunState) -> list[Row]:
    """The newest System Dynamics scalars; the console never prints them."""
    rows = [
        (name, f"{state.scalars[tag].value:.4g}")
        for name, key in _WORLD_MODEL_ROWS
        if (tag := _WORLD_MODEL + key) in state.scalars
    ]
    if not rows and not may_train_world_model(state.plan.profile):
        return [("losses", "none: this task trains no world model that is known here")]
    return rows or [("losses", "not in the event file yet" if not state.is_over else "none in the event file")]


def _episode_rows(last: IterationReported) -> list[Row]:
    figures = (
        ("mean reward", last.mean_reward, "Mean reward"),
        ("episode length", last.mean_episode_length, "Mean episode length"),
    )
    if all(value is None and label not in last.not_finite for _, value, label in figures):
        return [("episodes", "none ended")]
    return [(name, _number(value, last.not_finite.get(label, "not printed"))) for name, value, label in figures]


def _number(value: float | None, absent: str) -> str:
    if value is None:
        return absent
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _labelled(last: IterationReported, labels: Iterable[str]) -> str:
    for label in labels:
        if label in last.values:
            return f"{last.values[label]:.4g}"
        if label in last.not_finite:
            return last.not_finite[label]
    return "not printed"


def panel_lines(state: RunState, width: int) -> list[str]:
    """Both groups as a grid of `name value` cells; a long one takes several columns."""
    groups = (("training", iteration_rows(state)), ("world model", world_model_rows(state)))
    columns = max((width - GROUP_WIDTH) // CELL_WIDTH, 1)
    return [
        f"{title if number == 0 else '':<{GROUP_WIDTH}}{line}".rstrip()
        for title, rows in groups
        for number, line in enumerate(_grid([f"{name} {value}" for name, value in rows], columns))
    ]


def _grid(cells: Iterable[str], columns: int) -> list[str]:
    lines = [""]
    used = 0
    for cell in cells:
        needed = min(len(cell) // CELL_WIDTH + 1, columns)
        if used + needed > columns:
            lines.append("")
            used = 0
        lines[-1] += f"{cell:<{needed * CELL_WIDTH}}"
        used += needed
    return lines


class MetricsPanel(Static):
    """Repaints only when a figure has changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._state: RunState | None = None
        self._lines: list[str] = []

    def show(self, state: RunState) -> None:
        self._state = state
        lines = panel_lines(state, self.size.width)
        if lines != self._lines:
            same_size = len(lines) == len(self._lines)
            self._lines = lines
            self.update(Content("\n".join(lines)), layout=not same_size)

    def on_resize(self) -> None:
        if self._state:
            self.show(self._state)
