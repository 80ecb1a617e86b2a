"""A chart with its headline, its axes and the stages, as rows of cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.charts.chart import Chart, range_at, value_at
from rwm_tui.core.charts.time_axis import TimeAxis
from rwm_tui.core.durations import duration_text, moment_text
from rwm_tui.core.launch.record import StageMark
from rwm_tui.widgets.chart_plot import Role, Scale, plot_cells
from rwm_tui.widgets.line_table import dots, fitted

MIN_AXIS_WIDTH = 8
MIN_PLOT_WIDTH = 10
NAME_BESIDE_HINT = 16
"""Cells of the chart's name for which the hint leaves room."""
AROUND_PLOT = 2
"""Rows that are not the plot's: the headline and the times."""
Look = Role | Literal["text", "cursor"]
Row = list[tuple[str, Look]]
"""One (character, how it looks) a cell."""


@dataclass(frozen=True)
class Drawn:
    """What a chart is drawn with.

    :param began: the time from which times are told.
    :param cursor: the column of cells that is looked at.
    :param hint: the headline's end.
    """

    axis: TimeAxis
    scale: Scale
    began: float
    stages: tuple[StageMark, ...] = ()
    cursor: int | None = None
    hint: str = ""
    ascii_only: bool = False

    @property
    def columns_a_cell(self) -> int:
        return 1 if self.ascii_only else 2

    def time_text(self, t: float) -> str:
        """As exact as the columns are."""
        is_finer = self.axis.step_s * self.columns_a_cell < 60.0
        return moment_text(t - self.began) if is_finer else duration_text(t - self.began)

    @property
    def looked_at(self) -> tuple[float, float]:
        """When the cursor's cell begins and ends."""
        first = (self.cursor or 0) * self.columns_a_cell
        return self.axis.time(first), self.axis.time(first + self.columns_a_cell)


def plot_columns(scale: Scale, *, width: int, height: int, ascii_only: bool) -> int:
    """The columns of the time axis in a chart of so many cells."""
    labelled = axis_width(scale, max(height - AROUND_PLOT, 1))
    return max(width - labelled, 1) * (1 if ascii_only else 2)


def chart_rows(chart: Chart, drawn: Drawn, *, width: int, height: int) -> list[Row]:
    """As many rows as fit: without room for a plot the headline alone."""
    headline = _text(_headline(chart, drawn, width), width)
    if not chart.known:
        return [headline, _text("no reading yet", width)][:height]
    plot_height = height - AROUND_PLOT
    if plot_height < 2 or width < (labelled := axis_width(drawn.scale, plot_height)) + MIN_PLOT_WIDTH:
        return [headline][:height]
    plot = plot_cells(chart, drawn.axis, drawn.scale, plot_height, ascii_only=drawn.ascii_only)
    rows: list[Row] = [headline]
    for label, cells in zip(axis_labels(drawn.scale, plot_height, drawn.ascii_only), plot, strict=True):
        row: Row = [*_text(label, labelled), *cells]
        if drawn.cursor is not None:
            at = labelled + drawn.cursor
            row[at : at + 1] = [(character, "cursor") for character, _ in row[at : at + 1]]
        rows.append(row)
    return [*rows, _text(_time_line(f"{chart.unit:>{labelled - 1}} ", drawn, width), width)]


def figure_text(value: float, unit: str) -> str:
    return f"{value:.2f}" if unit == "GiB" else f"{value:.4g}"


def _range_text(values: tuple[float, float], unit: str) -> str:
    low, high = (figure_text(value, unit) for value in values)
    return low if low == high else f"{low} to {high}"


def _headline(chart: Chart, drawn: Drawn, width: int) -> str:
    """Name, values, details, notes and the hint; where room is short, the values are the last to be cut."""
    told = _told(chart, drawn) if chart.known else ""
    least = min(len(chart.name), NAME_BESIDE_HINT)
    if chart.known and least + len(told) + len(_when(drawn)) < width:
        told += _when(drawn)
    hint = drawn.hint if least + len(told) + len(drawn.hint) < width else ""
    room = width - len(hint)
    name = fitted(chart.name, max(room - len(told) - 1, 1), drawn.ascii_only)
    line = f"{name} {told}".rstrip()
    rest = "".join((*(f", {detail}" for detail in _details(chart, drawn)), *(f" - {note}" for note in chart.notes)))
    if room - len(line) > len(dots(drawn.ascii_only)):  # dots right behind a figure would seem to cut it
        line += fitted(rest, room - len(line), drawn.ascii_only)
    return f"{line:<{room}}{hint}" if hint else line


def _told(chart: Chart, drawn: Drawn) -> str:
    """The newest value, or those under the cursor and beside them the earlier launch's."""
    limit = f" of {figure_text(chart.limit, chart.unit)}" if chart.limit is not None else ""
    newest = chart.points[-1:]
    values = range_at(newest, -math.inf, math.inf) if drawn.cursor is None else range_at(chart.points, *drawn.looked_at)
    shown = "not available" if values is None else _range_text(values, chart.unit)
    unit = "" if values is None and not limit else chart.unit
    told = f"{shown}{limit} {unit}".rstrip()
    if drawn.cursor is None:
        return told
    return told + _of_earlier(chart, *drawn.looked_at)


def _when(drawn: Drawn) -> str:
    """When the cursor's cell begins."""
    return "" if drawn.cursor is None else f", at {drawn.time_text(drawn.looked_at[0])}"


def _of_earlier(chart: Chart, start: float, end: float) -> str:
    if start > chart.earlier_end:
        return ", earlier: ended by then"
    values = range_at(chart.earlier, start, end)
    return "" if values is None else f", earlier {_range_text(values, chart.unit)}"


def _details(chart: Chart, drawn: Drawn) -> Iterator[str]:
    """What follows the value, the most important first."""
    others = chart.below[-1][1] if chart.below else None
    stage = None
    if drawn.cursor is not None:
        start, end = drawn.looked_at
        others = value_at(chart.below, start, end)
        stage = next((mark.stage for mark in reversed(drawn.stages) if mark.t < end), None)
    if others is not None:
        yield f"{chart.below_name} {figure_text(others, chart.unit)}"
    if stage:
        yield stage.title
    if chart.known and chart.filled:
        yield f"peak {figure_text(max(chart.known), chart.unit)} {chart.unit}"
    if chart.foretold:
        low, high = (figure_text(bound, chart.unit) for bound in chart.foretold)
        yield f"foretold {low} to {high}"


def axis_labels(scale: Scale, height: int, ascii_only: bool) -> list[str]:
    """What stands left of each row of the plot."""
    figures, room = _axis_figures(scale, height), axis_width(scale, height) - 1
    return [f"{figures.get(row, ''):>{room}}{'|' if ascii_only else '│'}" for row in range(height)]


def axis_width(scale: Scale, height: int) -> int:
    """The cells of these labels."""
    return max(MIN_AXIS_WIDTH, 1 + max(map(len, _axis_figures(scale, height).values())))


def _axis_figures(scale: Scale, height: int) -> dict[int, str]:
    """By row, with as many digits as tell them apart."""
    middle = height // 2
    values = {0: scale.top, middle: scale.top - (scale.top - scale.bottom) * middle / height}
    largest = max(abs(scale.top), abs(scale.bottom))
    magnitude = math.floor(math.log10(largest))
    finest = math.floor(math.log10((scale.top - scale.bottom) / 4))  # top and middle differ by a third or more
    if -3 <= magnitude < 7:
        digits = max(0, 2 - magnitude, -finest)
        return {row: f"{value:z.{digits}f}" for row, value in values.items()}
    return {row: f"{value:z.{max(1, magnitude - finest)}e}" for row, value in values.items()}


def _time_line(unit: str, drawn: Drawn, width: int) -> str:
    """Where stages began, by their numbers, and the times at both ends.

    :param unit: what stands below the labels, as wide as they are.
    """
    room = width - len(unit)
    cells = [" "] * room
    left = drawn.time_text(drawn.axis.start)
    right = drawn.time_text(drawn.axis.end)
    _put(cells, 0, left if drawn.axis.start > drawn.began else "")
    _put(cells, room - len(right), right)
    for mark in reversed(drawn.stages):  # the newest first: where two have no room, it is told
        at = drawn.axis.column(mark.t) // drawn.columns_a_cell
        number = str(mark.stage.order + 1)
        if not "".join(cells[max(at - 1, 0) : at + len(number) + 1]).strip():  # 8 beside 10 would read as 810
            _put(cells, at, number)
    return unit + "".join(cells)


def _put(cells: list[str], at: int, text: str) -> None:
    if 0 <= at <= len(cells) - len(text):
        cells[at : at + len(text)] = text


def _text(text: str, width: int) -> Row:
    return [(character, "text") for character in text[:width]]


def changed_cells(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[int, int, int]]:
    """(row, first cell, cell after the last) of what differs, of two drawings with as many rows."""
    changed = []
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        same = next((x for x, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        longest = max(len(old), len(new))
        if len(old) == len(new):
            longest -= next(x for x, (a, b) in enumerate(zip(reversed(old), reversed(new), strict=True)) if a != b)
        changed.append((y, same, longest))
    return changed
