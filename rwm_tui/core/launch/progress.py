"""A live launch as a few lines of text, for pipes and CI."""

import re
import time

from rwm_tui.core.launch.outcome import ending_in_words
from rwm_tui.core.launch.quiet import notice_of, typical_text
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.plan.launch_plan import shell_command


class ProgressLines:
    """Turns successive states into lines, each fact once.

    :param times: what earlier launches of this kind took.
    """

    def __init__(self, times: StageTimes) -> None:
        self._times = times
        self._noticed = ""
        self._began = False
        self._stages = 0
        self._iterations = 0
        self._bound = False
        self._stopping = False
        self._warnings = 0

    def new_lines(self, state: RunState) -> list[str]:
        lines = [*self._beginning(state), *self._progress(state)]
        if state.is_over and state.outcome:
            ended = time.strftime("%H:%M:%S", time.localtime(state.outcome.ended_at))
            witness = ending_in_words(state.outcome.exit_status, state.outcome.signal)
            lines.append(f"{ended}  {state.outcome.outcome}: {state.outcome.reason} [{witness}]")
        return lines

    def _beginning(self, state: RunState) -> list[str]:
        if self._began:
            return []
        self._began = True
        profile = state.plan.profile
        backend = "embedded trainer (MuJoCo): not Isaac Lab" if profile.backend == "embedded" else "Isaac Lab"
        return [f"launch {state.launch_id}: profile {profile.name}, {backend}", shell_command(state.plan)]

    def _progress(self, state: RunState) -> list[str]:
        new_stages = state.stages[self._stages :]
        lines = [f"{time.strftime('%H:%M:%S', time.localtime(mark.t))}  {mark.stage.title}" for mark in new_stages]
        typical = typical_text(state, self._times)
        if new_stages and typical:
            lines[-1] += f" ({typical})"
        self._stages = len(state.stages)
        if state.run_directory and not self._bound:
            self._bound = True
            lines.append(f"          run directory {state.run_directory}")
        untold = state.iterations_finished - self._iterations
        for report in state.iterations[-untold:] if untold else ():
            speed = f", {report.steps_per_s:.0f} steps/s" if report.steps_per_s is not None else ""
            lines.append(f"          iteration {report.iteration + 1}/{report.total}{speed}")
        self._iterations = state.iterations_finished
        if state.stop_requested_by and not self._stopping:
            self._stopping = True
            lines.append(f"          stopping ({state.stop_requested_by.replace('-', ' ')})")
        lines += [f"          warning: {warned.text}" for warned in state.memory_warnings[self._warnings :]]
        self._warnings = len(state.memory_warnings)
        return [*lines, *self._notice(state)]

    def _notice(self, state: RunState) -> list[str]:
        """Once for each silence, and when closing begins to look like hanging: the words before the figures say it."""
        notice = notice_of(state, self._times)
        kind = re.split(r"\d", notice.text, maxsplit=1)[0] if notice else ""
        if kind == self._noticed:
            return []
        self._noticed = kind
        return [f"          {notice.text}"] if notice else []
