"""A figure over time: zoomed and read off by keys; only the cells that changed are drawn again."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rwm_tui.core.charts.chart import Chart
from rwm_tui.core.charts.time_axis import TimeAxis, finer_steps, fitting, zoomed
from rwm_tui.core.launch.record import StageMark
from rwm_tui.widgets.chart_plot import Scale, scale_of
from rwm_tui.widgets.chart_rows import Drawn, Look, Row, changed_cells, chart_rows, plot_columns


class TimeChart(Widget, can_focus=True):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "time-chart--main",
        "time-chart--below",
        "time-chart--line",
        "time-chart--earlier",
        "time-chart--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "point(-1)", "Earlier", show=False),
        Binding("right", "point(1)", "Later", show=False),
        Binding("home", "point(-1000000)", "Beginning", show=False),
        Binding("end", "newest", "Newest reading", show=False),
        Binding("plus,equals_sign", "zoom(1)", "Zoom in", show=False),
        Binding("minus", "zoom(-1)", "Zoom out", show=False),
        Binding("0", "zoom(-1000)", "Whole run", show=False),
    ]

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._chart: Chart | None = None
        self._scale = Scale(0.0, 1.0)
        self._span = (0.0, 0.0)
        self._stages: tuple[StageMark, ...] = ()
        self._hint = ""
        self._levels = 0
        self._looked_at: float | None = None
        self._rows: list[Row] = []
        self._drawn_width = 0

    @property
    def looked_at(self) -> float | None:
        """The time under the cursor, in seconds since the epoch; None where the newest reading is told."""
        return self._looked_at

    def show(self, chart: Chart, span: tuple[float, float], stages: tuple[StageMark, ...] = (), hint: str = "") -> None:
        """
        :param span: the launch's time so far, in seconds since the epoch, the same for all its charts.
        """
        self._chart, self._span, self._stages, self._hint = chart, span, stages, hint
        self._scale = scale_of(chart)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def action_point(self, cells: int) -> None:
        """Move the cursor, which begins at the newest reading."""
        axis = self._axis()
        if axis is None or self._chart is None:
            return
        first, last = self._span
        here = last if self._looked_at is None else self._looked_at
        moved = here + cells * axis.step_s * self._columns_a_cell
        self._looked_at = min(max(moved, first), last)
        self._draw()

    def action_newest(self) -> None:
        self._looked_at = None
        self._draw()

    def action_zoom(self, levels: int) -> None:
        whole = self._whole()
        if whole:
            self._levels = min(max(self._levels + levels, 0), finer_steps(whole))
            self._draw()

    @property
    def _columns_a_cell(self) -> int:
        return 1 if self._ascii_only else 2

    def _whole(self) -> TimeAxis | None:
        if self._chart is None or not self._chart.points:
            return None
        width, height = self.content_size
        columns = plot_columns(self._scale, width=width, height=height, ascii_only=self._ascii_only)
        first, last = self._span
        return fitting(first, max([last, *(t for t, _ in self._chart.earlier[-1:])]), columns)

    def _axis(self) -> TimeAxis | None:
        whole = self._whole()
        if whole is None or self._chart is None:
            return None
        return zoomed(whole, self._levels, self._span[1] if self._looked_at is None else self._looked_at)

    def _draw(self) -> None:
        """Draw the cells that are not on the screen already."""
        rows, width = self._chart_rows(), self.content_size.width
        if len(rows) != len(self._rows) or width != self._drawn_width:
            self.refresh()
        elif changed := changed_cells(self._rows, rows):
            self.refresh(*(Region(first, y, after - first, 1) for y, first, after in changed))
        self._rows, self._drawn_width = rows, width

    def _chart_rows(self) -> list[Row]:
        width, height = self.content_size
        if self._chart is None or not width or not height:
            return []
        axis = self._axis() or TimeAxis(0.0, 1.0, 1)
        looked_at = self._looked_at if self._chart.known else None
        cursor = None if looked_at is None else axis.column(looked_at) // self._columns_a_cell
        drawn = Drawn(axis, self._scale, self._span[0], self._stages, cursor, self._hint, self._ascii_only)
        return chart_rows(self._chart, drawn, width=width, height=height)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        row = self._rows[y] if y < len(self._rows) else []
        styles: dict[Look, Style] = {}
        segments = []
        for look, cells in groupby(row, key=lambda cell: cell[1]):
            style = styles.setdefault(look, self._style(look))
            segments.append(Segment("".join(character for character, _ in cells), style))
        return Strip(segments).extend_cell_length(width, self.rich_style)

    def _style(self, look: Look) -> Style:
        if look == "text":
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"time-chart--{look}", partial=True)
