"""A log of any size: follows its end or holds a place; only the lines on the screen are read and drawn."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from rwm_tui.core.log.landmarks import ITERATION, STAGE, StageLines, stage_at
from rwm_tui.core.log.levels import TROUBLE
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import LinePicker, Matcher
from rwm_tui.core.log.view import LogView, Page
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import CopyRequested
from rwm_tui.widgets.log_reader import LogReader, Move
from rwm_tui.widgets.log_rows import Look, page_rows

MAX_BYTES_PER_S = 90_000
"""What following may send to the terminal; a slow line takes no more than 100 kB/s with the rest of the screen."""
STYLE_BYTES_PER_ROW = 30
WHEEL_LINES = 3
PAN_COLUMNS = 8
LANDMARKS: dict[str, LinePicker] = {"stage": STAGE, "iteration": ITERATION, "trouble": TROUBLE}


class LogPane(Widget, can_focus=True):
    """The lines of one file. Moves are carried out in a thread, in their order, and drawn once for all that wait."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-pane--cursor", "log-pane--selected", "log-pane--bar"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Line up", show=False),
        Binding("down,j", "move(1)", "Line down", show=False),
        Binding("pageup", "turn(-1)", "Page up", show=False),
        Binding("pagedown,space", "turn(1)", "Page down", show=False),
        Binding("g,home", "top", "Top", show=False),
        Binding("G,end", "follow_end", "End", show=False),
        Binding("left", "pan(-1)", "Left", show=False),
        Binding("right", "pan(1)", "Right", show=False),
        Binding("left_square_bracket", "jump('stage', -1)", "Stage before", show=False),
        Binding("right_square_bracket", "jump('stage', 1)", "Next stage", show=False),
        Binding("left_curly_bracket", "jump('iteration', -1)", "Iteration before", show=False),
        Binding("right_curly_bracket", "jump('iteration', 1)", "Next iteration", show=False),
        Binding("W", "jump('trouble', -1)", "Warning before", show=False),
        Binding("w", "jump('trouble', 1)", "Next warning", show=False),
        Binding("n", "find(1)", "Find next", show=False),
        Binding("N", "find(-1)", "Find previous", show=False),
        Binding("m", "mark", "Mark line", show=False),
        Binding("apostrophe", "next_mark", "Next mark", show=False),
        Binding("z", "wrap", "Wrap", show=False),
        Binding("v", "select", "Select lines", show=False),
        Binding("y", "copy", "Copy lines", show=False),
    ]

    class FollowChanged(Message):
        """Following was switched, by a key or by scrolling."""

        def __init__(self, following: bool) -> None:
            super().__init__()
            self.following = following

    class PageTurned(Message):
        """Another page, or more is known about this one."""

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._reader: LogReader | None = None
        self._page = Page()
        self._rows: list[Strip] = []
        self._drawn_width = 0
        self._changed_rows = 0
        self._wrapping = False
        self._column = 0
        self._query: Matcher | None = None
        self._marks: tuple[int, ...] = ()

    @property
    def page(self) -> Page:
        return self._page

    @property
    def following(self) -> bool:
        return self._page.following

    @property
    def found(self) -> Matches | None:
        """The lines that fit the last search, as far as they are counted."""
        return self._reader.found if self._reader else None

    @property
    def filter(self) -> Matches | None:
        return self._reader.filter if self._reader else None

    @property
    def path(self) -> Path | None:
        return self._reader.log.path if self._reader else None

    @property
    def marks(self) -> tuple[int, ...]:
        """Where the marked lines begin, in their order."""
        return self._marks

    @property
    def lines_counted(self) -> int | None:
        """How many lines the log has; None until all are counted."""
        return self._reader.lines_counted(self._page.size) if self._reader else None

    def show_file(self, path: Path, *, live: bool) -> None:
        """Open a log at its end; a missing one may still come.

        :param live: look again and again at what it gains.
        """
        self._reader = LogReader(LogFile(path), self, height=self._height, live=live)
        self._query, self._marks = None, ()
        for name, work in self._reader.works().items():
            self.run_worker(work(), name=name, group=name, exclusive=True, exit_on_error=False)

    def show_until(self, byte: int) -> None:
        """The log as it was when it had so many bytes."""
        if self._reader and self._reader.log.limit != byte:
            self._reader.log.limit = byte
            self._reader.look_again()

    def set_live(self, live: bool) -> None:
        if self._reader:
            self._reader.set_live(live)

    def do(self, *moves: Move) -> None:
        """Carry out moves, then draw the page as the log is by then."""
        if self._reader:
            self._reader.do(*moves)

    # What the reader tells.

    @property
    def frame_s(self) -> float:
        """How long the last change of the screen takes of the terminal's share."""
        return self._changed_rows * (self.size.width + STYLE_BYTES_PER_ROW) / MAX_BYTES_PER_S

    def show(self, page: Page) -> None:
        before, self._page = self._page, page
        self._draw()
        if before.following != page.following:
            self.post_message(self.FollowChanged(page.following))
        if before != page:
            self.post_message(self.PageTurned())

    def show_counted(self) -> None:
        """Also where the page stays: how many lines there are, and whether that is all."""
        self.post_message(self.PageTurned())

    def tell(self, text: str) -> None:
        self.notify(text, markup=False, timeout=3)

    @property
    def _height(self) -> int:
        return max(self.size.height, 1)

    def _draw(self) -> None:
        """Draw the rows that are not on the screen already."""
        rows = self._page_rows()
        width = self.size.width
        if len(rows) != len(self._rows) or width != self._drawn_width:
            self.refresh()
            self._changed_rows = len(rows)
        else:
            changed = [y for y, (new, old) in enumerate(zip(rows, self._rows, strict=True)) if new != old]
            if changed:
                self.refresh(*(Region(0, y, width, 1) for y in changed))
            self._changed_rows = len(changed)
        self._rows, self._drawn_width = rows, width

    def _page_rows(self) -> list[Strip]:
        look = Look(
            width=self.size.width,
            height=self.size.height,
            plain=self.rich_style,
            cursor=self.get_component_rich_style("log-pane--cursor", partial=True),
            selected=self.get_component_rich_style("log-pane--selected", partial=True),
            bar=self.get_component_rich_style("log-pane--bar", partial=True),
            thumb="#" if self._ascii_only else "▐",
            first_column=self._column,
            wrapping=self._wrapping,
            marks=self._marks,
            found=self._query,
        )
        return page_rows(self._page, look)

    def render_line(self, y: int) -> Strip:
        if y < len(self._rows) and self._drawn_width == self.size.width:
            return self._with_selection(y)
        return Strip.blank(self.size.width, self.rich_style)

    def _with_selection(self, y: int) -> Strip:
        """The row, with what the mouse selected on it."""
        span = self.text_selection.get_span(y) if self.text_selection else None
        row = self._rows[y]
        if span is None:
            return row
        start, end = span[0], row.cell_length if span[1] == -1 else span[1]
        selected = row.crop(start, end).apply_style(self.screen.get_component_rich_style("screen--selection"))
        return Strip.join([row.crop(0, start), selected, row.crop(end)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(row.text[:-1].rstrip() for row in self._rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def on_resize(self) -> None:
        height = self._height
        self._draw()
        if self._reader:  # no move of the user's: a search goes on
            self._reader.do_beside(lambda view: view.resize(height))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw_anew)  # the looks of cursor and selection come after the pane's own

    def _draw_anew(self) -> None:
        self._rows = []
        self._draw()

    def set_following(self, following: bool) -> None:
        self.do(LogView.follow if following else LogView.hold)

    def go_to(self, offset: int) -> None:
        """Put the cursor on the line that holds a byte."""
        self.do(lambda view: view.go_to(offset))

    def go_to_line(self, number: int) -> None:
        """Put the cursor on a line by its number, from 1; lines that were not counted yet are counted first."""

        def count_and_go(view: LogView) -> None:
            while view.count.offset_of(number - 1) is None and view.count.advance():
                pass
            if not view.go_to_line(number - 1):
                view.follow()

        self.do(count_and_go)

    def search(self, matcher: Matcher) -> None:
        """Show the first line from here on that fits, and count them all."""
        if self._reader:
            self._reader.found, self._query = Matches(self._reader.log, matcher), matcher
            self._rows = []
            self._seek(matcher, 1, from_here=True)

    def end_search(self) -> None:
        if self._reader:
            self._reader.found = None
        self._query = None
        self._draw()
        self.post_message(self.PageTurned())

    def show_only(self, wanted: LineFilter) -> None:
        """Hide the lines that do not fit."""
        self.do(lambda view: view.show_only(wanted))

    async def stage_here(self) -> StageLines | None:
        """The stage of the line under the cursor, or of the last one; any move gives the search up."""
        if self._reader is None:
            return None
        reader, asked = self._reader, self._reader.asked
        here = reader.log.size() if self._page.cursor is None else self._page.cursor
        return await asyncio.to_thread(stage_at, reader.log, here, lambda: reader.asked != asked)

    def _seek(self, picker: LinePicker, direction: int, *, from_here: bool = False) -> None:
        """Jump to a line that fits; any other move gives it up."""
        if self._reader is None:
            return
        reader, asked = self._reader, self._reader.asked

        def seek(view: LogView) -> str | None:
            there = view.seek(picker, direction, lambda: reader.asked != asked, from_here=from_here)
            return None if there else f"no more: {clean_line(picker.text)}"

        reader.do_beside(seek)

    def action_move(self, lines: int) -> None:
        self.do(lambda view: view.move(lines))

    def action_turn(self, direction: int) -> None:
        self.do(lambda view: view.move(direction * max(view.height - 1, 1)))

    def action_top(self) -> None:
        self.go_to(0)

    def action_follow_end(self) -> None:
        self.set_following(True)

    def action_pan(self, direction: int) -> None:
        self._column = max(self._column + direction * PAN_COLUMNS, 0)
        self._draw()

    def action_wrap(self) -> None:
        self._wrapping = not self._wrapping
        self._column = 0
        self._draw()

    def action_jump(self, landmark: str, direction: int) -> None:
        self._seek(LANDMARKS[landmark], direction)

    def action_find(self, direction: int) -> None:
        if self._query is None:
            self.notify("nothing was searched for yet: / searches", markup=False, timeout=3)
        else:
            self._seek(self._query, direction)

    def action_mark(self) -> None:
        """Mark the line under the cursor, or take its mark away."""
        cursor = self._page.cursor
        if cursor is not None:
            self._marks = tuple(sorted({*self._marks} ^ {cursor}))
            self._draw()
            self.post_message(self.PageTurned())

    def action_next_mark(self) -> None:
        if not self._marks:
            self.notify("no line is marked yet: m marks one", markup=False, timeout=3)
        else:
            here = -1 if self._page.cursor is None else self._page.cursor
            self.go_to(next((mark for mark in self._marks if mark > here), self._marks[0]))

    def action_select(self) -> None:
        self.do(LogView.toggle_selection)

    def action_copy(self) -> None:
        """Copy the selected lines, else the one under the cursor, as they are shown."""
        copying = self._copy()
        self.run_worker(copying, name="copying", group="copy", exclusive=True, exit_on_error=False)

    async def _copy(self) -> None:
        if self._reader:
            lines = await self._reader.ask(LogView.selected_lines)
            text = "\n".join(clean_line(line.raw.decode(errors="replace")) for line in lines)
            self.post_message(CopyRequested(text))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.do(lambda view: view.scroll(WHEEL_LINES))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.do(lambda view: view.scroll(-WHEEL_LINES))
