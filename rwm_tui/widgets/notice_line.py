"""What is to be said of a trainer that prints nothing; takes no room where there is nothing to say."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.launch.quiet import notice_of
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import StageTimes


class NoticeLine(Static):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.display = False

    def show(self, state: RunState, times: StageTimes) -> None:
        notice = notice_of(state, times)
        self.display = notice is not None
        if notice:
            style = "bold $text-warning" if notice.warns else "$foreground"
            self.update(Content.assemble((f"{'! ' if notice.warns else ''}{notice.text}", style)))
