"""A chart with its headline, its axes and the stages, as rows of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.charts.chart import Chart, value_at
from rwm_tui.core.charts.time_axis import TimeAxis
from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.record import StageMark
from rwm_tui.widgets.chart_plot import Role, Scale, plot_cells

MIN_AXIS_WIDTH = 8
MIN_PLOT_WIDTH = 10
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


def _headline(chart: Chart, drawn: Drawn, width: int) -> str:
    line = f"{chart.name} {_reading(chart, drawn)}" if chart.known else chart.name
    more = [f"peak {figure_text(max(chart.known), chart.unit)} {chart.unit}"] if chart.known and chart.filled else []
    if chart.foretold:
        low, high = (figure_text(bound, chart.unit) for bound in chart.foretold)
        more.append(f"foretold {low} to {high}")
    line = ", ".join([line, *more])
    line += "".join(f" - {note}" for note in chart.notes)
    room = max(width - len(drawn.hint), 0)
    return f"{line:<{room}.{room}}{drawn.hint}" if drawn.hint else line


def _reading(chart: Chart, drawn: Drawn) -> str:
    """The newest value, or the one under the cursor with its time and stage."""
    limit = f" of {figure_text(chart.limit, chart.unit)}" if chart.limit is not None else ""
    if drawn.cursor is None:
        newest, others = chart.points[-1][1], chart.below[-1][1] if chart.below else None
        return _told(chart, newest, others, limit)
    first = drawn.cursor * drawn.columns_a_cell
    start, end = drawn.axis.time(first), drawn.axis.time(first + drawn.columns_a_cell)
    reading = _told(chart, value_at(chart.points, start, end), value_at(chart.below, start, end), limit)
    if (before := value_at(chart.earlier, start, end)) is not None:
        reading += f", earlier {figure_text(before, chart.unit)}"
    stage = next((mark.stage for mark in reversed(drawn.stages) if mark.t < end), None)
    return f"at {duration_text(start - drawn.began)}{f', {stage.title}' if stage else ''}: {reading}"


def _told(chart: Chart, value: float | None, others: float | None, limit: str) -> str:
    if value is None:
        return f"not available{limit and f'{limit} {chart.unit}'}"
    shared = f", {chart.below_name} {figure_text(others, chart.unit)}" if others is not None else ""
    return f"{figure_text(value, chart.unit)}{limit} {chart.unit}".rstrip() + shared


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
    left = duration_text(drawn.axis.start - drawn.began)
    right = duration_text(drawn.axis.end - drawn.began)
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
