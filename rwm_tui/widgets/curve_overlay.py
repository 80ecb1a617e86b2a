"""One curve of two runs in the same plot, by step; `L` and `R` stand at their ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from rwm_tui.core.charts.chart import Point
from rwm_tui.core.charts.time_axis import TimeAxis
from rwm_tui.core.compare.curves import Curve, parting_step
from rwm_tui.widgets.chart_plot import DOTS_HIGH, Scale, braille, column_spans, line_scale
from rwm_tui.widgets.chart_rows import MIN_PLOT_WIDTH, axis_labels, axis_width

MIN_HEIGHT = 3
Look = Literal["text", "left", "right", "both"]
Row = list[tuple[str, Look]]
"""One (character, how it looks) a cell."""


@dataclass(frozen=True)
class _Plotted:
    """The points of one side, and the dots of each column that they light, from below."""

    points: tuple[Point, ...]
    lit: list[range]


def overlay_rows(
    left: Curve | None, right: Curve | None, *, width: int, height: int, ascii_only: bool = False
) -> list[Row]:
    """The plot and a line of steps below it; none where there is no room or nothing finite to draw."""
    finite = [value for curve in (left, right) if curve for value in curve.values.values() if math.isfinite(value)]
    if height < MIN_HEIGHT or not finite:
        return []
    scale = line_scale(finite)
    labelled = axis_width(scale, height - 1)
    if width < labelled + MIN_PLOT_WIDTH:
        return []
    wide = 1 if ascii_only else 2
    axis = _step_axis(left, right, (width - labelled) * wide)
    dots = (height - 1) * DOTS_HIGH
    sides = _plotted(left, axis, scale, dots), _plotted(right, axis, scale, dots)
    plot: list[Row] = []
    for number in range(height - 1):
        floor = (height - 2 - number) * DOTS_HIGH
        plot.append([_cell(*sides, at, floor, ascii_only) for at in range(0, axis.columns - wide + 1, wide)])
    _put_letters(plot, *sides, axis, scale, wide)
    labels = [*axis_labels(scale, height - 1, ascii_only), f"{'step':>{labelled - 1}} "]
    rows = [*plot, _step_line(left, right, axis, width - labelled, wide)]
    return [[*((character, "text") for character in label), *row] for label, row in zip(labels, rows, strict=True)]


def _step_axis(left: Curve | None, right: Curve | None, columns: int) -> TimeAxis:
    """Steps take the place of seconds."""
    steps = [step for curve in (left, right) if curve for step in (min(curve.values), curve.last_step)]
    first, last = min(steps), max(steps)
    return TimeAxis(first, (last - first) / (columns - 1) * (1 + 1e-9) or 1.0, columns)


def _plotted(curve: Curve | None, axis: TimeAxis, scale: Scale, dots: int) -> _Plotted:
    points: tuple[Point, ...] = tuple(curve.values.items()) if curve else ()
    spans = column_spans(points, axis)
    return _Plotted(points, _joined([scale.lit(span, dots) if span else range(0) for span in spans]))


def _joined(lit: list[range]) -> list[range]:
    """Steep parts as lines, too: each column goes on where the one before it ended."""
    joined = lit[:1]
    for before, here in pairwise(lit):
        if before and here and here.start > before.stop:
            here = range(before.stop, here.stop)
        elif before and here and here.stop < before.start:
            here = range(here.start, before.start)
        joined.append(here)
    return joined


def _cell(left: _Plotted, right: _Plotted, at: int, floor: int, ascii_only: bool) -> tuple[str, Look]:
    columns = (at,) if ascii_only else (at, at + 1)
    ours = [[dot - floor for dot in left.lit[x] if 0 <= dot - floor < DOTS_HIGH] for x in columns]
    theirs = [[dot - floor for dot in right.lit[x] if 0 <= dot - floor < DOTS_HIGH] for x in columns]
    if not any(ours) and not any(theirs):
        return " ", "text"
    look: Look = "both" if any(ours) and any(theirs) else "left" if any(ours) else "right"
    if ascii_only:
        return {"left": "o", "right": "x", "both": "#"}[look], look
    return braille([{*one, *other} for one, other in zip(ours, theirs, strict=True)]), look


def _put_letters(plot: list[Row], left: _Plotted, right: _Plotted, axis: TimeAxis, scale: Scale, wide: int) -> None:
    """A letter at the last finite value of each; where both end in one cell, side by side."""
    taken: tuple[int, int] | None = None
    for letter, look, side in (("R", "right", right), ("L", "left", left)):
        last = next(((t, v) for t, v in reversed(side.points) if v is not None and math.isfinite(v)), None)
        if last is None:
            continue
        dot = max(scale.dots(last[1], len(plot) * DOTS_HIGH), 1) - 1
        place = (len(plot) - 1 - dot // DOTS_HIGH, axis.column(last[0]) // wide)
        if place == taken:
            place = (place[0], place[1] - 1 if place[1] else 1)
        plot[place[0]][place[1]] = (letter, "left" if look == "left" else "right")
        taken = place


def _step_line(left: Curve | None, right: Curve | None, axis: TimeAxis, room: int, wide: int) -> Row:
    """First and last step, and between them where the two part."""
    line = [" "] * room
    last = max(curve.last_step for curve in (left, right) if curve)
    parts = parting_step(left, right) if left and right else None
    texts = [(0, f"{axis.start:.0f}"), (room - len(str(last)), str(last))]
    if parts is not None:
        at = axis.column(parts) // wide
        text = f"^ apart from {parts}"
        texts.insert(0, (at, text) if at + len(text) <= room else (at - len(text) + 1, f"apart from {parts} ^"))
    for at, text in texts:
        if 0 <= at <= room - len(text) and not "".join(line[max(at - 1, 0) : at + len(text) + 1]).strip():
            line[at : at + len(text)] = text
    return [(character, "text") for character in line]


class CurveOverlay(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"curve--left", "curve--right", "curve--both"}

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._curves: tuple[Curve | None, Curve | None] = (None, None)
        self._rows: list[Row] = []

    def show(self, left: Curve | None, right: Curve | None) -> None:
        self._curves = (left, right)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        self._rows = overlay_rows(*self._curves, width=width, height=height, ascii_only=self._ascii_only)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        row = self._rows[y] if y < len(self._rows) else []
        segments = [
            Segment("".join(character for character, _ in cells), self._look(look))
            for look, cells in groupby(row, key=lambda cell: cell[1])
        ]
        return Strip(segments).extend_cell_length(self.content_size.width, self.rich_style)

    def _look(self, look: Look) -> Style:
        if look == "text":
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"curve--{look}", partial=True)
