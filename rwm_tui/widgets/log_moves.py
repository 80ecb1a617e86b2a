"""Moves of the log pane's that count, search or tell; a reader carries them out in its thread."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from rwm_tui.core.log.landmarks import ITERATION, STAGE, StageLines, stage_at
from rwm_tui.core.log.levels import TROUBLE
from rwm_tui.core.log.matching import LinePicker
from rwm_tui.core.log.view import LogView
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import CopyRequested
from rwm_tui.widgets.log_reader import Move, Told

SHOWN_CHARACTERS = 24
LANDMARKS: dict[str, LinePicker] = {"stage": STAGE, "iteration": ITERATION, "trouble": TROUBLE}


def shown_text(picker: LinePicker) -> str:
    """What is wanted, short enough to leave its count room beside it."""
    text = clean_line(picker.text)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 2]}.."


def to_line(number: int) -> Move:
    """Put the cursor on a line by its number, from 1; lines that were not counted yet are counted first."""

    def count_and_go(view: LogView) -> None:
        index = max(number - 1, 0)
        while view.count.offset_of(index) is None and view.count.advance():
            pass
        if not view.go_to_line(index):
            view.go_to_end()

    return count_and_go


def to_percent(percent: int) -> Move:
    """Put the cursor on the line so far down the log, by bytes."""
    return lambda view: view.go_to(view.log.size() * min(percent, 100) // 100)


def to_fitting_line(picker: LinePicker, direction: int, given_up: Callable[[], bool], *, from_here: bool) -> Move:
    """Put the cursor on the next line that fits, or on the one before; tell it where there is none."""

    def seek(view: LogView) -> Told | None:
        there = view.seek(picker, direction, given_up, from_here=from_here)
        return None if there else f"no more: {shown_text(picker)}"

    return seek


def telling_stage(found: Callable[[StageLines], Message], given_up: Callable[[], bool]) -> Move:
    """Tell the stage of the line under the cursor, or of the last one."""

    def tell(view: LogView) -> Told | None:
        here = view.log.size() if view.cursor is None else view.cursor
        stage = stage_at(view.log, here, given_up)
        if stage is None:
            return None if given_up() else "no stage is told before this line"
        return found(stage)

    return tell


def to_next_mark(view: LogView) -> Told | None:
    return None if view.go_to_next_mark() else "no line is marked yet: m marks one"


def copy(view: LogView) -> Told:
    """The selected lines, else the one under the cursor, as they are shown."""
    lines = view.selected_lines()
    text = "\n".join(clean_line(line.raw.decode(errors="replace")) for line in lines)
    return CopyRequested(text) if lines else "no line to copy"
