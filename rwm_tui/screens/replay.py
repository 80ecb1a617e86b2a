"""A launch that is over, gone through again: played at any speed, or moved through by keys."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rwm_tui.core.durations import duration_text, moment_text
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.replay import Recording
from rwm_tui.core.memory.forecast_record import read_forecast
from rwm_tui.core.services import Services
from rwm_tui.widgets.launch_page import LaunchPage
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.run_status import Seen

SPEEDS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)
FRAME_S = 0.2
STEPS = 50
"""How many steps of the keys go through a launch."""


class ReplayScreen(LaunchPage):
    CSS_PATH = ["run.tcss", "../widgets/diagnosis_card.tcss"]  # noqa: RUF012  an instance variable by Textual's annotation
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", priority=True),
        Binding("f", "follow", "Follow", show=False),  # the footer needs the room
        Binding("comma", "step(-1)", "Step back", show=False),
        Binding("full_stop", "step(1)", "Step on", show=False),
        Binding("less_than_sign", "change_speed(-1)", "Slower", show=False),
        Binding("greater_than_sign", "change_speed(1)", "Faster", show=False),
        Binding("B", "step(-1000)", "To the beginning", show=False),
        Binding("E", "step(1000)", "To the end", show=False),
    ]

    def __init__(self, services: Services, launch_directory: Path, *, ascii_only: bool = False) -> None:
        super().__init__(services, launch_directory, ascii_only=ascii_only)
        self._recording: Recording | None = None
        self._t = 0.0
        self._speed = SPEEDS.index(10)
        self._playing = True
        self._moved = asyncio.Event()

    def compose_body(self) -> ComposeResult:
        yield Static("reading the record", id="replay", markup=False)
        yield from super().compose_body()

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "replay", self._directory.name)
        self.query_one(LogPane).focus()
        self.begin(self._replay, name="replaying", group="replay")

    def seen(self, state: RunState) -> Seen:
        return "replay"

    def span(self, state: RunState) -> tuple[float, float]:
        """All of the launch, so that the chart shows how far the replay is."""
        return self._recording.span if self._recording else super().span(state)

    async def _replay(self) -> None:
        recording = await asyncio.to_thread(self._services.replay, self._directory)
        self._forecast = await asyncio.to_thread(read_forecast, recording.paths)
        self._recording, self._t = recording, recording.span[0]
        pane = self.query_one(LogPane)
        pane.show_file(recording.paths.console, live=False)
        while True:
            self._moved.clear()
            shown = self._t
            state = await asyncio.to_thread(recording.state_at, shown)
            pane.show_until(await asyncio.to_thread(recording.console_bytes_at, shown))
            self.show_state(state)
            self._show_place()
            began = time.monotonic()
            if not self._playing:
                await self._moved.wait()
                continue
            await asyncio.sleep(FRAME_S)
            if self._moved.is_set():
                continue
            self._t = min(self._t + (time.monotonic() - began) * SPEEDS[self._speed], recording.span[1])
            self._playing = self._t < recording.span[1]

    def _show_place(self) -> None:
        if self._recording is None:
            return
        first, last = self._recording.span
        how = f"playing {SPEEDS[self._speed]}x" if self._playing else f"paused, {SPEEDS[self._speed]}x"
        place = f"replay: {moment_text(self._t - first)} of {duration_text(last - first)}, {how} (keys , . < >)"
        line = f"{place} - {self._recording.missing}" if self._recording.missing else place
        shown = self.query_one("#replay", Static)
        if line != shown.content:
            shown.update(line, layout=False)

    def action_play(self) -> None:
        """Go on or pause; at the end, from the beginning."""
        if self._recording:
            if not self._playing and self._t >= self._recording.span[1]:
                self._t = self._recording.span[0]
            self._playing = not self._playing
            self._show_place()
            self._moved.set()

    def action_step(self, steps: int) -> None:
        if self._recording:
            first, last = self._recording.span
            self._t = min(max(self._t + steps * (last - first) / STEPS, first), last)
            self._playing = False
            self._moved.set()

    def action_change_speed(self, steps: int) -> None:
        self._speed = min(max(self._speed + steps, 0), len(SPEEDS) - 1)
        self._show_place()
