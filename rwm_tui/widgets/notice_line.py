"""What is to be said of a trainer's silence and of its memory; takes no room where there is nothing to say."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.launch.quiet import Notice, memory_notice, notice_of
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.trainer_output.terminal_text import clean_line


class NoticeLine(Static):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.display = False
        self._shown = Content("")

    def show(self, state: RunState, times: StageTimes) -> None:
        found = (memory_notice(state), notice_of(state, times))
        notices = [notice for notice in found if notice]
        content = Content.assemble(*(_line(notice, last=notice is notices[-1]) for notice in notices))
        if content.is_same(self._shown):
            return
        self._shown = content
        self.display = bool(notices)
        self.update(content)


def _line(notice: Notice, *, last: bool) -> tuple[str, str]:
    style = "bold $text-warning" if notice.warns else "$foreground"
    return f"{'! ' if notice.warns else ''}{clean_line(notice.text)}{'' if last else chr(10)}", style
