"""Charts of the trainer's figures."""

from __future__ import annotations

import math

from rwm_tui.core.charts.chart import Chart, Point
from rwm_tui.core.charts.figures import Figure
from rwm_tui.core.launch.record import RunState

_FIRST = ("mean reward", "episode length", "steps/s")
_FROM_EVENT_FILE = " (event file)"


def figure_charts(state: RunState) -> tuple[Chart, ...]:
    """Reward, episodes and speed first, then the losses; the event file's only where the console has none."""
    names = [name for name in state.figures if name.removesuffix(_FROM_EVENT_FILE) not in state.figures.keys() - {name}]
    names.sort(key=lambda name: _rank(name.removesuffix(_FROM_EVENT_FILE)))
    return tuple(_figure_chart(name, state.figures[name]) for name in names)


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _figure_chart(name: str, figure: Figure) -> Chart:
    """What is infinite or no number leaves a gap, and the notes say how often."""
    told = sorted(zip(figure.times, figure.values, strict=True))
    points: tuple[Point, ...] = tuple((t, value if math.isfinite(value) else None) for t, value in told)
    bad = figure.not_finite
    notes = (f"{bad} of {figure.read} values are no finite number",) if bad else ()
    return Chart(name, "", points, filled=False, notes=notes)
