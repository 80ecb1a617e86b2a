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
from rwm_tui.widgets.chart_plot import Role, Scale, plot_cells, scale_of

AXIS_WIDTH = 8
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
    began: float
    stages: tuple[StageMark, ...] = ()
    cursor: int | None = None
    hint: str = ""
    ascii_only: bool = False

    @property
    def columns_a_cell(self) -> int:
        return 1 if self.ascii_only else 2


def plot_columns(width: int, *, ascii_only: bool) -> int:
    """The columns of a time axis in a chart of so many cells."""
    return max(width - AXIS_WIDTH, 1) * (1 if ascii_only else 2)


def chart_rows(chart: Chart, drawn: Drawn, *, width: int, height: int) -> list[Row]:
    """As many rows as fit: below 20 x 4 cells the headline alone."""
    headline = _text(_headline(chart, drawn, width), width)
    if not chart.known:
        return [headline, _text("no reading yet", width)][:height]
    if width < AXIS_WIDTH + 10 or height < 4:
        return [headline][:height]
    scale = scale_of(chart)
    plot = plot_cells(chart, drawn.axis, scale, height - 2, ascii_only=drawn.ascii_only)
    rows: list[Row] = [headline]
    for number, cells in enumerate(plot):
        row: Row = [*_text(axis_label(number, len(plot), scale, drawn.ascii_only), AXIS_WIDTH), *cells]
        if drawn.cursor is not None:
            at = AXIS_WIDTH + drawn.cursor
            row[at : at + 1] = [(character, "cursor") for character, _ in row[at : at + 1]]
        rows.append(row)
    return [*rows, _text(_time_line(chart.unit, drawn, width), width)]


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


def axis_label(row: int, height: int, scale: Scale, ascii_only: bool) -> str:
    """What stands left of a row of the plot, `AXIS_WIDTH` cells."""
    bar = "|" if ascii_only else "│"
    labelled = {0: scale.top, height // 2: scale.top - (scale.top - scale.bottom) * (height // 2) / height}
    label = _axis_figure(labelled[row], scale) if row in labelled else ""
    return f"{label:>{AXIS_WIDTH - 1}.{AXIS_WIDTH - 1}}{bar}"


def _axis_figure(value: float, scale: Scale) -> str:
    digits = max(0, 2 - math.floor(math.log10(max(abs(scale.top), abs(scale.bottom), 1e-9))))
    return f"{value:.{digits}f}" if digits <= 5 else f"{value:.1e}"


def _time_line(unit: str, drawn: Drawn, width: int) -> str:
    """Where stages began, by their numbers, and the times at both ends."""
    room = width - AXIS_WIDTH
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
    return f"{unit:>{AXIS_WIDTH - 1}} {''.join(cells)}"


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
