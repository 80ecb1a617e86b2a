"""How far the run has come, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.quiet import silence_label, typical_text
from rwm_tui.core.launch.record import RunState, StageMark
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.trainer_output.stages import Stage


def stage_line(
    marks: Sequence[StageMark], *, now: float | None, over: bool, remark: str = "", ascii_only: bool = False
) -> str:
    """The stages as marks, then the present one in words with the time spent in it.

    Args:
        marks: stages in the order in which they were reached.
        now: seconds since the epoch, None where no time is known.
        over: whether the run has ended; then the last stage is where it ended.
        remark: what else is known of the present stage.
    """
    if not marks:
        return "no stage reached" if over else "waiting for the trainer's first stage"
    reached = {mark.stage for mark in marks}
    present = marks[-1]
    done, here, skipped, ahead = "=>.-" if ascii_only else "━●·─"
    furthest = max(stage.order for stage in reached)
    beads = "".join(
        here if stage is present.stage else done if stage in reached else skipped if stage.order < furthest else ahead
        for stage in Stage
    )
    where = f"stage {present.stage.order + 1}/{len(Stage)}: {present.stage.title}"
    if over:
        return f"{beads}  ended in {where}"
    spent = f", {duration_text(now - present.t)}" if now is not None else ""
    return f"{beads}  {where}{spent}{f' ({remark})' if remark else ''}"


class StageBar(Static):
    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only
        self._line = ""

    def show(self, state: RunState, times: StageTimes) -> None:
        now = state.samples[-1].t if state.samples else None
        remark = typical_text(state, times) or silence_label(state)
        line = stage_line(state.stages, now=now, over=state.is_over, remark=remark, ascii_only=self._ascii_only)
        if line != self._line:
            self._line = line
            self.update(Content(line), layout=False)
