"""A launch as a screen shows it, live, as its record, or at some time of its replay."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rwm_tui.core.charts.of_launch import charts_of, span_of, with_chart_of
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import Backend
from rwm_tui.core.services import Services
from rwm_tui.messages import ChecklistRequested, KitLogRequested
from rwm_tui.widgets.diagnosis_card import DiagnosisCard
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.metrics_panel import MetricsPanel
from rwm_tui.widgets.notice_line import NoticeLine
from rwm_tui.widgets.outcome_line import OutcomeLine
from rwm_tui.widgets.page import Page
from rwm_tui.widgets.run_status import Seen, status_line, title_line
from rwm_tui.widgets.stage_bar import StageBar
from rwm_tui.widgets.time_chart import TimeChart


class LaunchPage(Page):
    """Stages, a chart, figures, how it ended, and the console; the keys that change nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow"),
        Binding("l", "enlarge_log", "Log"),
        Binding("c,enter", "checklist", "Checklist"),
        Binding("t", "next_chart(1)", "Next chart", show=False),
        Binding("T", "next_chart(-1)", "Chart before", show=False),
        Binding("o", "overlay", "Earlier launch behind the chart", show=False),
        Binding("K", "kit_log", "Kit log", show=False),  # k moves in the log pane
    ]

    def __init__(self, services: Services, launch_directory: Path, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._services = services
        self._directory = launch_directory
        self._ascii_only = ascii_only
        self._state: RunState | None = None
        self._stage_times = StageTimes()
        self._forecast: ForecastRecord | NotAvailable = NotAvailable("the forecast has not been read yet")
        self._charts: tuple[str, ...] = ()
        self._charted = ""
        self._earlier: RunState | None = None
        self._can_run: tuple[bool | None, ...] = ()

    def compose_body(self) -> ComposeResult:
        yield Static("", id="run-status", markup=False)
        yield StageBar(ascii_only=self._ascii_only, id="stage-bar")
        yield NoticeLine(id="notice")
        yield TimeChart(ascii_only=self._ascii_only, id="chart")
        yield MetricsPanel(id="metrics")
        yield OutcomeLine(id="outcome")
        yield DiagnosisCard(id="diagnosis")
        yield LogViewer(ascii_only=self._ascii_only, id="log")

    @property
    def backend(self) -> Backend | None:
        return self._state.plan.profile.backend if self._state else None

    def seen(self, state: RunState) -> Seen:
        """How the launch is looked at."""
        return "reading" if state.is_over else "attached"

    def span(self, state: RunState) -> tuple[float, float]:
        """The time that the charts show, in seconds since the epoch."""
        return span_of(state)

    def show_state(self, state: RunState) -> None:
        self._state = state
        self._show_status()
        self.query_one(StageBar).show(state, self._stage_times)
        self.query_one(NoticeLine).show(state, self._stage_times)
        self._show_chart()
        self.query_one(MetricsPanel).show(state)
        self.query_one(OutcomeLine).show(state)
        self._show_keys()

    def _show_keys(self) -> None:
        """The footer is drawn anew only where another key can run."""
        can_run = tuple(self.check_action(action, ()) for action in ("stop", "checklist", "follow", "rerun", "go_up"))
        if can_run != self._can_run:
            self._can_run = can_run
            self.refresh_bindings()

    def _show_chart(self) -> None:
        if self._state is None:
            return
        charts = charts_of(self._state, self._forecast)
        shown = next((chart for chart in charts if chart.name == self._charted), charts[0])
        hint = f" ({charts.index(shown) + 1} of {len(charts)}: t)" if len(charts) > 1 else ""
        self._charted, self._charts = shown.name, tuple(chart.name for chart in charts)
        if self._earlier:
            shown = with_chart_of(self._earlier, shown, self._state)
        self.query_one(TimeChart).show(shown, self.span(self._state), self._state.stages, hint)

    def action_next_chart(self, step: int) -> None:
        if self._charts:
            self._charted = self._charts[(self._charts.index(self._charted) + step) % len(self._charts)]
            self._show_chart()

    def action_overlay(self) -> None:
        """Put the earlier launch's curve behind this one's, or take it away."""
        if self._earlier:
            self._earlier = None
            self._show_chart()
        else:
            self.begin(self._read_earlier, name="reading the earlier launch", group="earlier")

    async def _read_earlier(self) -> None:
        found = await asyncio.to_thread(self._services.earlier_launch, self._directory)
        if found is None:
            self.notify("no earlier launch of this task has ended", markup=False)
            return
        follower = await asyncio.to_thread(self._services.follow, found)
        self._earlier = await asyncio.to_thread(follower.read_all)
        self._show_chart()

    def _show_status(self) -> None:
        if self._state:
            self.show_title(title_line(self._state, self.seen(self._state), width=self.title_width))
            self._show_position(following=self.query_one(LogPane).following)

    def _show_position(self, *, following: bool) -> None:
        """:param following: whether the log follows, or is about to."""
        if self._state:
            shown = self.query_one("#run-status", Static)
            width = shown.content_size.width or None
            line = status_line(self._state, following=following, width=width)
            if line != shown.content:
                shown.update(line, layout=False)

    def on_resize(self) -> None:
        self._show_status()
        if self._state:
            self.query_one(OutcomeLine).show(self._state)

    def on_log_pane_follow_changed(self, message: LogPane.FollowChanged) -> None:
        self._show_position(following=message.following)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = self._state
        match action:
            case "checklist":
                return state is not None and state.is_over and state.run_directory is not None
            case "kit_log":
                return state is not None and state.kit_log is not None
            case "follow":  # an ended run's footer needs the room
                return state is None or not state.is_over
        return super().check_action(action, parameters)

    def action_follow(self) -> None:
        """The answer stands on the screen before the page is turned, which takes a thread and a layout."""
        log = self.query_one(LogPane)
        following = not log.following
        self._show_position(following=following)
        self.show_at_once(self.query_one("#run-status"))
        self.call_after_refresh(log.set_following, following)

    def action_kit_log(self) -> None:
        if self._state and self._state.kit_log:
            self.post_message(KitLogRequested(Path(self._state.kit_log)))

    def action_enlarge_log(self) -> None:
        self.set_focus(self.query_one(LogPane))  # at once; not the chart, which is about to be hidden
        self.toggle_class("-large-log")

    def action_checklist(self) -> None:
        if self._state and self._state.run_directory:
            self.post_message(ChecklistRequested(Path(self._state.run_directory), self._directory))
