"""A chart's curve as cells, with braille dots or, where a terminal has none, with plain characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.charts.chart import Chart, Point
from rwm_tui.core.charts.time_axis import TimeAxis

Role = Literal["main", "below", "line", "earlier"]
Cell = tuple[str, Role]
Span = tuple[float, float]
"""The least and the largest value that fall into a column."""

DOTS_HIGH = 4
FINEST_SHARE = 1e-8
"""Of the values, what an axis tells apart: event files hold numbers of seven digits."""
_BRAILLE = 0x2800
_BITS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))  # left and right column, from below


@dataclass(frozen=True)
class Scale:
    """The values at the lower and at the upper edge."""

    bottom: float
    top: float

    def dots(self, value: float, height: int) -> int:
        """Height in dots above the bottom; a value above it shows at least one."""
        share = (value - self.bottom) / (self.top - self.bottom)
        if not share > 0.0:
            return 0
        return max(1, min(math.ceil(min(share, 1.0) * height - 0.5), height))

    def lit(self, span: Span, height: int) -> range:
        """The dots of a line that takes these values in a column, counted from below."""
        return range(max(self.dots(span[0], height), 1) - 1, max(self.dots(span[1], height), 1))


def scale_of(chart: Chart) -> Scale:
    """Wide enough for every value, the limit and what was foretold."""
    bounds = [*(bound for bound in (chart.limit,) if bound is not None), *(chart.foretold or ())]
    values = [value for _, value in (*chart.points, *chart.earlier) if value is not None and math.isfinite(value)]
    if chart.filled:
        highest = max([*values, 0.0])
        if chart.limit is not None and chart.limit > 0.0 and max(highest, *bounds) <= chart.limit:
            return Scale(0.0, chart.limit)
        return Scale(0.0, _rounded_up(max([highest, *bounds])))
    return line_scale(values)


def line_scale(values: Sequence[float]) -> Scale:
    """Somewhat wider than the values, which are finite; the largest numbers that there are lie on its edges."""
    low, high = (max(-1e300, min(value, 1e300)) for value in (min(values, default=0.0), max(values, default=1.0)))
    finest = max(abs(low), abs(high)) * FINEST_SHARE
    margin = max((high - low) * 0.05 or abs(high) * 0.05 or 1.0, finest, 1e-300)
    step = 10.0 ** math.floor(math.log10(margin))  # in steps, so that a new largest value seldom redraws all
    return Scale(math.floor((low - margin) / step) * step, math.ceil((high + margin) / step) * step)


def _rounded_up(value: float) -> float:
    """A top for the axis, at least a tenth above the largest value."""
    if value < 1e-300:  # so near to zero there is no step
        return 1.0
    step = 10.0 ** math.floor(math.log10(value)) / (2.0 if value < 10.0 else 1.0)
    return step * (int(value * 1.1 / step) + 1)


def column_spans(points: Sequence[Point], axis: TimeAxis) -> list[Span | None]:
    """What falls into each column, with straight lines between neighbouring readings."""
    spans: list[Span | None] = [None] * axis.columns
    before: tuple[int, float] | None = None
    for t, value in points:
        if value is None or not math.isfinite(value):
            before = None
            continue
        here = (axis.column(t), value)
        for column, reached in _line(before, here, axis.columns):
            known = spans[column]
            spans[column] = (min(known[0], reached), max(known[1], reached)) if known else (reached, reached)
        before = here
    return spans


def _line(start: tuple[int, float] | None, end: tuple[int, float], columns: int) -> list[tuple[int, float]]:
    """The columns after ``start`` up to ``end`` that are in sight, with their values on the straight line."""
    (x1, y1) = end
    if start is None or x1 - start[0] <= 1:
        return [end] if 0 <= x1 < columns else []
    x0, y0 = start
    return [(x, y0 + (y1 - y0) * (x - x0) / (x1 - x0)) for x in range(max(x0 + 1, 0), min(x1 + 1, columns))]


def plot_cells(
    chart: Chart, axis: TimeAxis, scale: Scale, height: int, *, ascii_only: bool = False
) -> list[list[Cell]]:
    """Rows of cells, the highest first; ``axis`` has two columns a cell, one in plain characters."""
    dots = height * DOTS_HIGH
    main = [_lit(span, scale, dots, chart.filled) for span in column_spans(chart.points, axis)]
    below = [0 if span is None else scale.dots(span[0], dots) for span in column_spans(chart.below, axis)]
    earlier = [_lit(span, scale, dots, False) for span in column_spans(chart.earlier, axis)]
    wide = 1 if ascii_only else 2
    rows: list[list[Cell]] = []
    lines = _level_lines(chart, scale, height, ascii_only)
    for row in range(height):
        floor = (height - 1 - row) * DOTS_HIGH
        cells: list[Cell] = []
        for left in range(0, axis.columns - wide + 1, wide):
            columns = range(left, left + wide)
            within = [
                (_within(main[x], floor), min(max(below[x] - floor, 0), 4), _within(earlier[x], floor)) for x in columns
            ]
            cell = _plain_cell(*within[0], filled=chart.filled) if ascii_only else _braille_cell(within)
            cells.append(cell or (lines.get(row, " "), "line"))
        rows.append(cells)
    return rows


def _lit(span: Span | None, scale: Scale, dots: int, filled: bool) -> range:
    """The dots of a column that are lit, from below."""
    if span is None:
        return range(0)
    if filled:
        return range(scale.dots(span[1], dots))
    return scale.lit(span, dots)


def _within(lit: range, floor: int) -> range:
    return range(min(max(lit.start - floor, 0), DOTS_HIGH), min(max(lit.stop - floor, 0), DOTS_HIGH))


def _braille_cell(columns: Sequence[tuple[range, int, range]]) -> Cell | None:
    """Others' share is half-toned; an earlier launch is lit outside our area and dark within it."""
    bits = ours = theirs = past = 0
    for side, (main, below, earlier) in enumerate(columns):
        for dot in main:
            under = dot < below
            theirs, ours = theirs + under, ours + (not under)
            if not under or (dot + side) % 2 == 0:
                bits |= _BITS[side][dot]
        for dot in earlier:
            past += 1
            bits ^= _BITS[side][dot]
    if not (ours or theirs or past):
        return None
    return chr(_BRAILLE + bits), "earlier" if past else "below" if theirs > ours else "main"


def braille(columns: Sequence[Iterable[int]]) -> str:
    """A character with these dots of its left and right column, counted from below."""
    return chr(_BRAILLE + sum(_BITS[side][dot] for side, dots in enumerate(columns) for dot in dots))


def _plain_cell(main: range, below: int, earlier: range, *, filled: bool) -> Cell | None:
    if len(earlier):
        return "x", "earlier"
    if not len(main):
        return None
    if not filled:
        return "*", "main"
    return ("o", "below") if below >= len(main) else (".:+#"[len(main) - 1], "main")


def _level_lines(chart: Chart, scale: Scale, height: int, ascii_only: bool) -> dict[int, str]:
    """Rows in which the limit and the bounds of the forecast lie, where the curve leaves room."""
    limit, foretold = "-~" if ascii_only else "╌┄"
    lines = {_row(bound, scale, height): foretold for bound in chart.foretold or ()}
    if chart.limit is not None:
        lines[_row(chart.limit, scale, height)] = limit
    return lines


def _row(value: float, scale: Scale, height: int) -> int:
    above_bottom = (value - scale.bottom) / (scale.top - scale.bottom)
    return max(0, min(height - 1, height - math.ceil(above_bottom * height)))
