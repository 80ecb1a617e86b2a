"""How the run ended, and why; takes no room while it goes on."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.run_binding import TWO_LINES
from rwm_tui.core.trainer_output.terminal_text import clean_line

# A stop that was asked for is never shown as a failure.
_STYLES = {
    Outcome.COMPLETED: ("bold $text-success", "run completed"),
    Outcome.STOPPED: ("bold $text-warning", "run stopped"),
    Outcome.TIMED_OUT: ("bold $text-warning", "time limit reached"),
    Outcome.LOST: ("bold $text-warning", "how the run ended is not known"),
    Outcome.OUT_OF_MEMORY: ("bold $text-error", "out of memory"),
}
_FAILED = ("bold $text-error", "run failed")


class OutcomeLine(Static):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.display = False

    def show(self, state: RunState) -> None:
        record = state.outcome
        if record is None:
            return
        style, words = _STYLES.get(record.outcome, _FAILED)
        directory = record.run_directory or state.run_directory
        where = clean_line(directory) if directory else "none was bound"
        if directory and state.run_directory_known_from not in (None, TWO_LINES):
            where += f" ({state.run_directory_known_from})"
        kit_log = f"\nKit log (K): {clean_line(state.kit_log)}" if state.kit_log else ""
        if state.kit_log_known_from:
            kit_log += f" ({state.kit_log_known_from})"
        self.update(
            Content.assemble(
                (f"{record.outcome.value}: {words}", style),
                f" - {clean_line(record.reason)}\nrun directory: {where}{kit_log}",
            )
        )
        self.display = True
