"""How the run ended, and why; takes no room while it goes on."""

from __future__ import annotations

from pathlib import PurePath

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
            self.display = False
            return
        style, words = _STYLES.get(record.outcome, _FAILED)
        found = "\n".join(found_lines(state, self.app.size.width - 2))
        self.update(
            Content.assemble(
                (f"{record.outcome.value}: {words}", style), f" - {clean_line(record.reason)}", f"\n{found}"
            )
        )
        self.display = True


def found_lines(state: RunState, width: int) -> list[str]:
    """Where the run directory and Kit's log lie, each in one line of at most ``width`` columns, ends first."""
    directory = state.outcome.run_directory if state.outcome else None
    directory = directory or state.run_directory
    if directory is None:
        lines = ["run directory: none was bound"]
    else:
        known_from = state.run_directory_known_from
        by = f" (by {known_from.partition(':')[0]})" if known_from not in (None, TWO_LINES) and known_from else ""
        lines = [_labelled(f"run directory{by}: ", directory, width)]
    if state.kit_log:
        by = f" ({state.kit_log_known_from})" if state.kit_log_known_from else ""
        lines.append(_labelled(f"Kit log, key K{by}: ", state.kit_log, width))
    return lines


def _labelled(label: str, path: str, width: int) -> str:
    return label + end_of_path(clean_line(path), max(width - len(label), 20))


def end_of_path(path: str, width: int) -> str:
    """The last folders that fit, for they tell runs apart; the last name is never cut."""
    if len(path) <= width:
        return path
    parts = PurePath(path).parts
    kept = parts[-1]
    for part in reversed(parts[:-1]):
        if len(part) + len(kept) + len(".../") + 1 > width:
            break
        kept = f"{part}/{kept}"
    return f".../{kept}"
