"""Time across a chart, a fixed time for each column, so that a new reading changes the last column only."""

from __future__ import annotations

from dataclasses import dataclass, replace

STEPS_S = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True)
class TimeAxis:
    """Columns of ``step_s`` each, from ``start`` on, in seconds since the epoch."""

    start: float
    step_s: float
    columns: int

    @property
    def end(self) -> float:
        return self.start + self.step_s * self.columns

    def column(self, t: float) -> int:
        """The column that holds a time; one outside the axis is negative or beyond the last."""
        return int((t - self.start) // self.step_s)

    def time(self, column: int) -> float:
        """When a column begins."""
        return self.start + column * self.step_s


def fitting(first: float, last: float, columns: int) -> TimeAxis:
    """All of it with the smallest of the steps that will do; whatever is longer takes days for a column."""
    step = next((step for step in STEPS_S if last - first < step * columns), None)
    return TimeAxis(first, step or (last - first) / max(columns - 1, 1), columns)


def zoomed(whole: TimeAxis, levels: int, looked_at: float) -> TimeAxis:
    """So many steps finer than the whole, with a time in sight.

    It moves by quarters of its width: a time that goes on then redraws everything once in a while only.
    """
    finer = [step for step in STEPS_S if step < whole.step_s]
    if not levels or not finer:
        return whole
    step = finer[max(len(finer) - levels, 0)]
    page = max(whole.columns // 4, 1)
    beyond = int((looked_at - whole.start) // step) - whole.columns + 1
    pages = max(-(-beyond // page), 0)
    return replace(whole, start=whole.start + pages * page * step, step_s=step)


def finer_steps(whole: TimeAxis) -> int:
    """How many levels one can zoom in."""
    return sum(step < whole.step_s for step in STEPS_S)
