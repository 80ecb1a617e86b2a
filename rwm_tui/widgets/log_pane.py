"""The trainer's console: follows its end, scrolls back, keeps a bounded number of lines.

Lines come cleaned (`core.trainer_output.terminal_text`). Textual's own `Log` drops empty lines and measures every
batch in a thread, so this one draws lines itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

MAX_LINES = 10_000
MAX_COLUMNS = 2_000


class LogPane(ScrollView, can_focus=True):
    """Bounded scrolling text; the console file itself is not bounded."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g,home", "scroll_home", "Top", show=False),
        Binding("G,end", "follow_end", "End", show=False),
    ]

    class FollowChanged(Message):
        """Following was switched, by a key or by scrolling."""

        def __init__(self, following: bool) -> None:
            super().__init__()
            self.following = following

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []
        self._widest = 0
        self._following = True
        self._moving_itself = False

    @property
    def following(self) -> bool:
        return self._following

    @property
    def lines(self) -> Sequence[str]:
        """The lines that can be scrolled to, oldest first."""
        return self._lines

    def append(self, lines: Sequence[str]) -> None:
        """Add a batch of cleaned lines."""
        if not lines:
            return
        new = [line if len(line) <= MAX_COLUMNS else f"{line[:MAX_COLUMNS]} [...]" for line in lines[-MAX_LINES:]]
        self._lines.extend(new)
        dropped = max(len(self._lines) - MAX_LINES, 0)
        del self._lines[:dropped]
        self._widest = max(self._widest, max(map(cell_len, new)))
        self.virtual_size = Size(self._widest, len(self._lines))
        if self._following:
            self._move_to(self.max_scroll_y)
        elif dropped:  # the lines under the reader's eyes stay where they are
            self._move_to(max(self.scroll_y - dropped, 0))
        self.refresh()

    def set_following(self, following: bool) -> None:
        if following:
            self._move_to(self.max_scroll_y)
        self._note_following(following)

    def action_follow_end(self) -> None:
        self.set_following(True)

    def _move_to(self, y: float) -> None:
        self._moving_itself = True
        try:
            self.scroll_to(y=y, animate=False, immediate=True, force=True)
        finally:
            self._moving_itself = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving_itself:
            self._note_following(new_value >= self.max_scroll_y)

    def _note_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.post_message(self.FollowChanged(following))

    def on_resize(self, event: events.Resize) -> None:
        if self._following:
            self._move_to(self.max_scroll_y)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        number = scroll_y + y
        style = self.rich_style
        if number >= len(self._lines):
            return Strip.blank(width, style)
        strip = Strip(self._segments(number))
        return strip.crop_extend(scroll_x, scroll_x + width, style).apply_offsets(scroll_x, number)

    def _segments(self, number: int) -> list[Segment]:
        text = self._lines[number]
        style = self.rich_style
        span = self.text_selection.get_span(number) if self.text_selection else None
        if span is None:
            return [Segment(text, style)]
        start, end = span[0], len(text) if span[1] == -1 else span[1]
        selected = style + self.screen.get_component_rich_style("screen--selection")
        return [Segment(text[:start], style), Segment(text[start:end], selected), Segment(text[end:], style)]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
