"""How far the run has come, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.launch.record import RunState, StageMark
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.widgets.vram_chart import duration_text

_SILENT = {
    Stage.BOOTING_SIMULATOR: "a first start can take minutes",
    Stage.BUILDING_NETWORKS: "prints per iteration",
    Stage.TRAINING: "prints per iteration",
}


def stage_line(marks: Sequence[StageMark], *, now: float | None, over: bool, ascii_only: bool = False) -> str:
    """The stages as marks, then the present one in words with the time spent in it.

    Args:
        marks: stages in the order in which they were reached.
        now: seconds since the epoch, None where no time is known.
        over: whether the run has ended; then the last stage is where it ended.
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
    silence = f" ({_SILENT[present.stage]})" if present.stage in _SILENT else ""
    return f"{beads}  {where}{spent}{silence}"


class StageBar(Static):
    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only
        self._line = ""

    def show(self, state: RunState) -> None:
        now = state.samples[-1].t if state.samples else None
        line = stage_line(state.stages, now=now, over=state.is_over, ascii_only=self._ascii_only)
        if line != self._line:
            self._line = line
            self.update(Content(line))
