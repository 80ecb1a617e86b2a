"""Every chart that a launch has, and the same of an earlier launch behind one."""

from __future__ import annotations

from dataclasses import replace

from rwm_tui.core.charts.chart import Chart
from rwm_tui.core.charts.figure_charts import figure_charts
from rwm_tui.core.charts.resource_charts import memory_chart, resource_charts
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.ports import NotAvailable

_NO_FORECAST = NotAvailable("of an earlier launch")


def charts_of(state: RunState, forecast: ForecastRecord | NotAvailable) -> tuple[Chart, ...]:
    """Memory first, even where nothing is known of it; then the trainer's figures, then what it uses."""
    return memory_chart(state, forecast), *figure_charts(state), *resource_charts(state)


def span_of(state: RunState) -> tuple[float, float]:
    """From the first reading, which is taken before the trainer starts, to the newest; seconds since the epoch."""
    known = [*(sample.t for sample in (*state.samples[:1], *state.samples[-1:]))]
    known += [t for t in (state.started_at, state.last_event_at) if t is not None]
    known += [state.outcome.ended_at] if state.outcome else []
    return min(known, default=0.0), max(known, default=0.0)


def with_chart_of(earlier: RunState, chart: Chart, state: RunState) -> Chart:
    """The chart with the earlier launch's of the same name, as if both trainers had been started together."""
    found = next((other for other in charts_of(earlier, _NO_FORECAST) if other.name == chart.name), None)
    if found is None or not found.known:
        return replace(chart, notes=(f"not known of {earlier.launch_id}", *chart.notes))
    if state.started_at is None or earlier.started_at is None:
        return replace(chart, notes=(f"{earlier.launch_id} has no start to begin at", *chart.notes))
    later_by_s = state.started_at - earlier.started_at
    moved = tuple((t + later_by_s, value) for t, value in found.points)
    end = span_of(earlier)[1] + later_by_s
    return replace(chart, earlier=moved, earlier_end=end, notes=(f"earlier: {earlier.launch_id}", *chart.notes))
