"""One launch, live or ended: stages, memory, figures, console."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from rwm_tui.core.diagnosis.early_warning import EarlyWarning, early_warnings
from rwm_tui.core.diagnosis.live_console import LiveConsole
from rwm_tui.core.launch.lineage import ran_out_of_memory
from rwm_tui.core.launch.news import News
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.status import Status
from rwm_tui.core.memory.forecast_record import read_forecast
from rwm_tui.core.services import Services
from rwm_tui.messages import (
    ConfirmationRequested,
    LastSuccessRequested,
    NewsCame,
    Question,
    ReplayRequested,
)
from rwm_tui.widgets.diagnosed_page import DiagnosedPage
from rwm_tui.widgets.launch_page import LaunchPage
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer

READ_AT_MOST_EVERY_S = 0.2
CATCH_UP_EVERY_S = 0.05
CATCH_UP_SHARE = 0.03  # of a core, where the console grows faster than it is scanned: the trainer has the cores
READ_AT_LEAST_EVERY_S = 1.0  # while the run is live, so that its clocks move


class RunScreen(LaunchPage, DiagnosedPage):  # in this order: CSS knows a screen by its first base
    CSS_PATH = ["run.tcss", "../widgets/diagnosis_card.tcss"]  # noqa: RUF012  an instance variable by Textual's annotation
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop"),
        *LaunchPage.BINDINGS,
        Binding("r", "rerun", "Rerun"),
        Binding("u", "go_up", "Go up"),
        Binding("R", "replay", "Replay", show=False),
        Binding("C", "since_success", "What changed since it last worked", show=False),
    ]

    def __init__(self, services: Services, launch_directory: Path, *, ascii_only: bool = False) -> None:
        super().__init__(services, launch_directory, ascii_only=ascii_only)
        self._was_live = False
        self._is_diagnosed = False

    @property
    def live_launch(self) -> Path | None:
        """The launch directory where the run is known to go on."""
        return self._directory if self._state and not self._state.is_over else None

    def on_mount(self) -> None:
        self.show_title("rwm-tui", self._directory.name)
        self.query_one(LogPane).focus()
        self.begin(self._follow, name="following the run", group="follow")
        self.begin(self._learn, name="reading earlier launches", group="learn")
        self.begin(self._warn_early, name="looking for early warnings", group="warn")

    async def _learn(self) -> None:
        """Read once; while the run goes on, no launch of its kind is likely to end beside it."""
        self._stage_times = await asyncio.to_thread(self._services.stage_times, self._directory)

    async def _follow(self) -> None:
        """Read the launch's files when they change, until the launch is over and nothing is new."""
        follower = await asyncio.to_thread(self._services.follow, self._directory)
        self._forecast = await asyncio.to_thread(read_forecast, follower.paths)
        pane = self.query_one(LogPane)
        pane.show_file(follower.paths.console, live=True)
        changed = asyncio.Event()
        watching = self.run_worker(
            self._watch(changed), name="watching for changes", group="watch", exit_on_error=False
        )
        try:
            while True:
                state = await asyncio.to_thread(follower.read)
                if state is not self._state:
                    self._draw(state)
                elif state.is_over:
                    return
                await asyncio.sleep(READ_AT_MOST_EVERY_S)
                await _wait(changed, 0.0 if state.is_over else READ_AT_LEAST_EVERY_S)
        finally:
            pane.set_live(False)
            watching.cancel()

    async def _warn_early(self) -> None:
        """Scan the console as it grows, until the run is over."""
        console = LiveConsole(LaunchPaths(self._directory).console)

        def look(state: RunState) -> tuple[EarlyWarning, ...]:
            console.advance()
            return early_warnings(console.reading, state)

        while self._state is None or not self._state.is_over:
            began = time.monotonic()
            if self._state is not None:
                warnings = await asyncio.to_thread(look, self._state)
                if not self._state.is_over:
                    self.card.warn(warnings)
            took_s = time.monotonic() - began
            behind_s = max(CATCH_UP_EVERY_S, took_s / CATCH_UP_SHARE)
            await asyncio.sleep(behind_s if console.is_behind else READ_AT_LEAST_EVERY_S)

    async def _watch(self, changed: asyncio.Event) -> None:
        async for _ in self._services.changes(self._directory):
            changed.set()

    def _draw(self, state: RunState) -> None:
        if self._state and (news := news_between(self._state, state, self._directory)):
            self.post_message(NewsCame(news))
        self.show_state(state)
        self._was_live = self._was_live or not state.is_over
        if state.is_over and not self._is_diagnosed:
            self._is_diagnosed = True
            self.diagnose(None, self._directory)
        if state.is_over and self._was_live and state.outcome and state.outcome.outcome is Outcome.COMPLETED:
            if state.plan.parent:
                self.notify("to go up again: u on the run's screen, or rwm-tui fit --after", markup=False)
            self._was_live = False
            if self.is_current:
                self.action_checklist()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = self._state
        if self.is_read_only and action in ("stop", "rerun", "go_up"):
            return False
        match action:
            case "stop":
                return state is not None and can_be_stopped(state)
            case "replay" | "since_success":
                return state is not None and state.is_over
            case "rerun" if state is not None and ran_out_of_memory(state):  # also while its trainer has not ended
                return True
            case "go_up":
                ended = state.outcome if state is not None else None
                return ended is not None and ended.outcome is Outcome.COMPLETED
        return super().check_action(action, parameters)

    def action_since_success(self) -> None:
        self.post_message(LastSuccessRequested(self._directory))

    def action_replay(self) -> None:
        self.post_message(ReplayRequested(self._directory))

    def action_stop(self) -> None:
        if self._state is None:
            return
        question = Question("Stop this run?", what_stopping_does(self._state))
        self.post_message(ConfirmationRequested(question, self._begin_stop))

    def _begin_stop(self) -> None:
        self.begin(self._stop, name="stopping the run", group="stop")

    async def _stop(self) -> None:
        self.notify(await asyncio.to_thread(self._services.request_stop, self._directory), markup=False)

    def action_rerun(self) -> None:
        if self._state and ran_out_of_memory(self._state):
            self.offer(self._services.rerun_offer, self._directory, "planning the rerun")
        else:
            super().action_rerun()

    def show_console_line(self, number: int) -> None:
        viewer = self.query_one(LogViewer)
        viewer.show_line(number)
        viewer.pane.focus()

    def action_go_up(self) -> None:
        if self._state:
            self.offer(self._services.step_up_offer, self._directory, "planning a larger run")


def news_between(before: RunState, state: RunState, directory: Path) -> News | None:
    """What became known of a live run that is worth telling."""
    if before.is_over:
        return None
    if state.outcome:
        return News("ended", directory, state.outcome.outcome, state.outcome.reason)
    if state.out_of_memory and not before.out_of_memory:
        return News("out-of-memory", directory, None, state.out_of_memory.text)
    return None


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
