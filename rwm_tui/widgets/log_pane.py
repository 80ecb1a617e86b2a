"""A log of any size: follows its end or holds a place; only the lines on the screen are read and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from rwm_tui.core.log.landmarks import StageLines
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile, LogLine
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import LinePicker, Matcher
from rwm_tui.core.log.view import LogView, Page
from rwm_tui.widgets.log_hit import column_of_hit, row_of_hit
from rwm_tui.widgets.log_moves import LANDMARKS, copy, telling_stage, to_fitting_line, to_line, to_next_mark, to_percent
from rwm_tui.widgets.log_reader import LogReader, Move, Told
from rwm_tui.widgets.log_rows import Look, page_rows, text_width
from rwm_tui.widgets.log_strip import wrapped_line
from rwm_tui.widgets.wrapped_walk import WrappedWalk

MAX_BYTES_PER_S = 90_000
"""What following may send to the terminal; a slow line takes no more than 100 kB/s with the rest of the screen."""
STYLE_BYTES_PER_ROW = 30
WHEEL_LINES = 3
PAN_COLUMNS = 8


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
        Binding("escape", "let_go", "Select no longer", show=False),
        Binding("y", "copy", "Copy lines", show=False),
    ]

    class FollowChanged(Message):
        """Following was switched, by a key or by scrolling."""

        def __init__(self, following: bool) -> None:
            super().__init__()
            self.following = following

    class PageTurned(Message):
        """Another page, or more is known about this one."""

    class StageFound(Message):
        """The stage of the line under the cursor."""

        def __init__(self, stage: StageLines) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._reader: LogReader | None = None
        self._page = Page()
        self._rows: list[Strip] = []
        self._drawn_width = 0
        self._changed_rows = 0
        self._walk: WrappedWalk | None = None
        """While lines are wrapped."""
        self._column = 0
        self._hit_column: int | None = None
        """Lines are moved so far to the left until one goes elsewhere, for a hit to be seen."""
        self._query: Matcher | None = None
        self.said = ""
        """What became of the last move, where that is not to be seen."""

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
    def first_column(self) -> int:
        """How far lines are moved to the left, where they are not wrapped."""
        return self._column if self._hit_column is None else self._hit_column

    @property
    def lines_counted(self) -> int | None:
        """How many lines the log has; None until all are counted."""
        return self._reader.lines_counted(self._page.size) if self._reader else None

    def show_file(self, path: Path, *, live: bool) -> None:
        """Open a log at its end; a missing one may still come.

        :param live: look again and again at what it gains.
        """
        self._reader = LogReader(LogFile(path), self, height=self._height, live=live)
        self._query = None
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
        self.said = ""
        if self._reader:
            self._reader.do(*moves)

    def _leave_for(self, move: Move) -> None:
        """Go to another place, where lines are shown as before a hit was."""
        self._hit_column = None
        self.do(move)

    # What the reader tells.

    @property
    def frame_s(self) -> float:
        """How long the last change of the screen takes of the terminal's share."""
        return self._changed_rows * (self.size.width + STYLE_BYTES_PER_ROW) / MAX_BYTES_PER_S

    def show(self, page: Page) -> None:
        before, self._page = self._page, page
        if page.following:
            self._hit_column = None
        self._draw()
        if before.following != page.following:
            self.post_message(self.FollowChanged(page.following))
        if (before.selected is None) != (page.selected is None):
            self.refresh_bindings()  # escape is the selection's, or the screen's
        if before != page:
            self.post_message(self.PageTurned())

    def show_counted(self) -> None:
        """Also where the page stays: how many lines there are, and whether that is all."""
        self.post_message(self.PageTurned())

    def tell(self, said: Told) -> None:
        if isinstance(said, str):
            self.said = said
            self.post_message(self.PageTurned())
        else:
            self.post_message(said)

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
            first_column=self.first_column,
            wrapping=self._walk is not None,
            place=self._walk.place if self._walk else None,
            marks=self._page.marks,
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
        self._leave_for(lambda view: view.go_to(offset))

    def go_to_line(self, number: int) -> None:
        """Put the cursor on a line by its number, from 1."""
        self._leave_for(to_line(number))

    def go_to_percent(self, percent: int) -> None:
        """Put the cursor on the line so far down the log, by bytes."""
        self._leave_for(to_percent(percent))

    def search(self, matcher: Matcher) -> None:
        """Show the first line from here on that fits, and count them all."""
        if self._reader:
            self._query = matcher
            self._rows = []
            self.do(lambda view: view.search(matcher))
            self._find(matcher, 1, from_here=True)

    def end_search(self) -> None:
        self._query = None
        self._leave_for(lambda view: view.search(None))
        self._draw()
        self.post_message(self.PageTurned())

    def show_only(self, wanted: LineFilter) -> None:
        """Hide the lines that do not fit."""
        self._leave_for(lambda view: view.show_only(wanted))

    def find_stage(self) -> None:
        """Tell the stage of the line under the cursor, or of the last one; any other move gives it up."""
        if self._reader is None:
            return
        reader, asked = self._reader, self._reader.asked
        reader.do_beside(telling_stage(self.StageFound, lambda: reader.asked != asked))

    def _seek(self, picker: LinePicker, direction: int, *after: Move, from_here: bool = False) -> None:
        """Jump to a line that fits; any other move gives it up."""
        if self._reader is None:
            return
        self.said = ""
        reader, asked = self._reader, self._reader.asked
        seek = to_fitting_line(picker, direction, lambda: reader.asked != asked, from_here=from_here)
        reader.do_beside(seek, *after)

    def _find(self, query: Matcher, direction: int, *, from_here: bool = False) -> None:
        """Jump to a line that fits, and to the place in it that does."""
        self._seek(query, direction, lambda view: self._show_hit(view, query), from_here=from_here)

    def _show_hit(self, view: LogView, query: Matcher) -> None:
        lines = [] if view.cursor is None else view.log.lines_from(view.cursor, 1)
        if not lines:
            return
        width = text_width(self.size.width)
        if self._walk:
            self._walk.show_row(view, row_of_hit(lines[0], query, width))
        else:
            self._hit_column = column_of_hit(lines[0], query, self.first_column, width)

    @property
    def _ways(self) -> WrappedWalk | type[LogView]:
        """How to move: by rows of wrapped lines, else by lines."""
        return self._walk or LogView

    def action_move(self, lines: int) -> None:
        ways = self._ways
        self.do(lambda view: ways.move(view, lines))

    def action_turn(self, direction: int) -> None:
        ways = self._ways
        self.do(lambda view: ways.turn(view, direction))

    def _scroll(self, lines: int) -> None:
        ways = self._ways
        self.do(lambda view: ways.scroll(view, lines))

    def action_top(self) -> None:
        self.go_to(0)

    def action_follow_end(self) -> None:
        self.do(LogView.go_to_end)

    def action_pan(self, direction: int) -> None:
        self._column = max(self.first_column + direction * PAN_COLUMNS, 0)
        self._hit_column = None
        self._draw()
        self.post_message(self.PageTurned())

    def action_wrap(self) -> None:
        self._walk = None if self._walk else WrappedWalk(self._count_rows)
        self._column, self._hit_column = 0, None
        self._draw()
        self.post_message(self.PageTurned())

    def _count_rows(self, line: LogLine) -> int:
        return len(wrapped_line(line, text_width(self.size.width)))

    def action_jump(self, landmark: str, direction: int) -> None:
        self._hit_column = None
        self._seek(LANDMARKS[landmark], direction)

    def action_find(self, direction: int) -> None:
        if self._query is None:
            self.tell("nothing was searched for yet: / searches")
        else:
            self._find(self._query, direction)

    def action_mark(self) -> None:
        self.do(LogView.toggle_mark)

    def action_next_mark(self) -> None:
        self._leave_for(to_next_mark)

    def action_select(self) -> None:
        self.do(LogView.toggle_selection)

    def action_let_go(self) -> None:
        self.do(LogView.let_go)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape leaves the screen where nothing is selected."""
        return action != "let_go" or self._page.selected is not None

    def action_copy(self) -> None:
        self.do(copy)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL_LINES)
