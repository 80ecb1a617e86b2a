"""One launch, live or ended: stages, memory, figures, console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rwm_tui.core.charts.of_launch import charts_of, span_of, with_chart_of
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.lineage import ran_out_of_memory
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.record import RunState, Status
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.memory.forecast_record import ForecastRecord, read_forecast
from rwm_tui.core.memory.rerun import NotOffered, Proposal, RerunOffer
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.services import Services
from rwm_tui.messages import (
    ChecklistRequested,
    ConfirmationRequested,
    KitLogRequested,
    LaunchStarted,
    Question,
    RerunChoiceRequested,
)
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.metrics_panel import MetricsPanel
from rwm_tui.widgets.notice_line import NoticeLine
from rwm_tui.widgets.outcome_line import OutcomeLine
from rwm_tui.widgets.page import Page
from rwm_tui.widgets.run_status import status_line, title_line
from rwm_tui.widgets.stage_bar import StageBar
from rwm_tui.widgets.time_chart import TimeChart

READ_AT_MOST_EVERY_S = 0.2
READ_AT_LEAST_EVERY_S = 1.0  # while the run is live, so that its clocks move


class RunScreen(Page):
    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop"),
        Binding("f", "follow", "Follow"),
        Binding("l", "enlarge_log", "Log"),
        Binding("c,enter", "checklist", "Checklist"),
        Binding("r", "rerun", "Rerun"),
        Binding("u", "go_up", "Go up"),
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
        self._was_live = False
        self._forecast: ForecastRecord | NotAvailable = NotAvailable("the forecast has not been read yet")
        self._charts: tuple[str, ...] = ()
        self._charted = ""
        self._earlier: RunState | None = None
        self._can_run: tuple[bool | None, ...] = ()

    @property
    def live_launch(self) -> Path | None:
        """The launch directory where the run is known to go on."""
        return self._directory if self._state and not self._state.is_over else None

    def compose_body(self) -> ComposeResult:
        yield Static("", id="run-status", markup=False)
        yield StageBar(ascii_only=self._ascii_only, id="stage-bar")
        yield NoticeLine(id="notice")
        yield TimeChart(ascii_only=self._ascii_only, id="chart")
        yield MetricsPanel(id="metrics")
        yield OutcomeLine(id="outcome")
        yield LogViewer(ascii_only=self._ascii_only, id="log")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", self._directory.name)
        self.query_one(LogPane).focus()
        self.run_worker(self._follow(), name="following the run", group="follow", exclusive=True, exit_on_error=False)
        self.run_worker(self._learn(), name="reading earlier launches", group="learn", exit_on_error=False)

    async def _learn(self) -> None:
        """Read once; while the run goes on, no launch of its kind is likely to end beside it."""
        self._stage_times = await asyncio.to_thread(self._services.stage_times, self._directory)

    async def _follow(self) -> None:
        """Read the launch's files when they change, until the launch is over and nothing is new."""
        follower = await asyncio.to_thread(self._services.follow, self._directory)
        self._forecast = await asyncio.to_thread(read_forecast, follower.paths)
        self.query_one(LogPane).show_file(follower.paths.console, live=True)
        changed = asyncio.Event()
        watching = self.run_worker(
            self._watch(changed), name="watching for changes", group="watch", exit_on_error=False
        )
        try:
            while True:
                state = await asyncio.to_thread(follower.read)
                if state is not self._state:
                    self._state = state
                    self._draw(state)
                elif state.is_over:
                    return
                await asyncio.sleep(READ_AT_MOST_EVERY_S)
                await _wait(changed, 0.0 if state.is_over else READ_AT_LEAST_EVERY_S)
        finally:
            self.query_one(LogPane).set_live(False)
            watching.cancel()

    async def _watch(self, changed: asyncio.Event) -> None:
        async for _ in self._services.changes(self._directory):
            changed.set()

    def _draw(self, state: RunState) -> None:
        self._show_status()
        self.query_one(StageBar).show(state, self._stage_times)
        self.query_one(NoticeLine).show(state, self._stage_times)
        self._show_chart()
        self.query_one(MetricsPanel).show(state)
        self.query_one(OutcomeLine).show(state)
        self._show_keys()
        self._was_live = self._was_live or not state.is_over
        if state.is_over and self._was_live and state.outcome and state.outcome.outcome is Outcome.COMPLETED:
            if state.plan.parent:
                self.notify("to go up again: u on the run's screen, or rwm-tui fit --after", markup=False)
            self._was_live = False
            if self.is_current:
                self.action_checklist()

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
        self.query_one(TimeChart).show(shown, span_of(self._state), self._state.stages, hint)

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
            reading = self._read_earlier()
            self.run_worker(reading, name="reading the earlier launch", group="earlier", exit_on_error=False)

    async def _read_earlier(self) -> None:
        found = await asyncio.to_thread(self._services.earlier_launch, self._directory)
        if found is None:
            self.notify("no earlier launch of this task has ended", markup=False)
            return
        follower = await asyncio.to_thread(self._services.follow, found)
        self._earlier = await asyncio.to_thread(follower.read)
        self._show_chart()

    def _show_status(self) -> None:
        if self._state:
            self.show_title(
                title_line(self._state, "reading" if self._state.is_over else "attached", width=self.title_width)
            )
            shown = self.query_one("#run-status", Static)
            width = shown.content_size.width or None
            line = status_line(self._state, following=self.query_one(LogPane).following, width=width)
            if line != shown.content:
                shown.update(line, layout=False)

    def on_resize(self) -> None:
        self._show_status()

    def on_log_pane_follow_changed(self) -> None:
        self._show_status()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = self._state
        match action:
            case "stop":
                return state is not None and can_be_stopped(state)
            case "checklist":
                return state is not None and state.is_over and state.run_directory is not None
            case "kit_log":
                return state is not None and state.kit_log is not None
            case "follow":  # an ended run's footer needs the room
                return state is None or not state.is_over
            case "rerun":
                return state is not None and ran_out_of_memory(state)
            case "go_up":
                ended = state.outcome if state is not None else None
                return ended is not None and ended.outcome is Outcome.COMPLETED
        return super().check_action(action, parameters)

    def action_follow(self) -> None:
        log = self.query_one(LogPane)
        log.set_following(not log.following)

    def action_kit_log(self) -> None:
        if self._state and self._state.kit_log:
            self.post_message(KitLogRequested(Path(self._state.kit_log)))

    def action_enlarge_log(self) -> None:
        self.toggle_class("-large-log")

    def action_checklist(self) -> None:
        if self._state and self._state.run_directory:
            self.post_message(ChecklistRequested(Path(self._state.run_directory), self._directory))

    def action_stop(self) -> None:
        if self._state is None:
            return
        question = Question("Stop this run?", what_stopping_does(self._state))
        self.post_message(ConfirmationRequested(question, self._begin_stop))

    def _begin_stop(self) -> None:
        self.run_worker(self._stop(), name="stopping the run", group="stop", exclusive=True, exit_on_error=False)

    async def _stop(self) -> None:
        self.notify(await asyncio.to_thread(self._services.request_stop, self._directory), markup=False)

    def action_rerun(self) -> None:
        if self._state:
            rerun = self._offer(self._services.rerun_offer)
            self.run_worker(rerun, name="planning the rerun", group="rerun", exclusive=True, exit_on_error=False)

    def action_go_up(self) -> None:
        if self._state:
            step = self._offer(self._services.step_up_offer)
            self.run_worker(step, name="planning a larger run", group="rerun", exclusive=True, exit_on_error=False)

    async def _offer(self, offer_after: Callable[[Path], RerunOffer]) -> None:
        """Ask which run to launch next, or say why there is nothing to ask."""
        offer = await asyncio.to_thread(offer_after, self._directory)
        if isinstance(offer.best, NotOffered):
            title = "no larger run" if offer.goes_up else "no rerun"
            raise InputError(title, offer.best.reason, offer.best.remedy)

        def launch(chosen: Proposal) -> None:
            started = self._launch(offer, chosen)
            self.run_worker(started, name="launching", group="rerun", exclusive=True, exit_on_error=False)

        self.post_message(RerunChoiceRequested(offer, launch))

    async def _launch(self, offer: RerunOffer, chosen: Proposal) -> None:
        def tell(text: str) -> None:
            self.app.call_from_thread(self.notify, text, markup=False)

        launched = await asyncio.to_thread(self._services.rerun, self._directory, offer, chosen, tell)
        self.post_message(LaunchStarted(launched))


def can_be_stopped(state: RunState) -> bool:
    """A stop that the supervisor carries out already needs no second one."""
    return not state.is_over and (state.status is not Status.STOPPING or state.unsupervised)


def what_stopping_does(state: RunState) -> str:
    if state.unsupervised:
        return (
            "SIGINT to the trainer's process group now. The supervisor is gone, so nothing follows by itself; "
            "`rwm-tui stop --kill` sends SIGKILL."
        )
    return f"SIGINT to the trainer's process group now, SIGKILL after {state.plan.grace_s:g} s."


async def _wait(changed: asyncio.Event, limit_s: float) -> None:
    try:
        await asyncio.wait_for(changed.wait(), limit_s)
    except TimeoutError:
        return
    changed.clear()
