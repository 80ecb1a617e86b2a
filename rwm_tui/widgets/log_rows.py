"""A page of a log as the rows of its pane."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.log.view import Page
from rwm_tui.widgets.log_strip import drawn_line, wrapped


@dataclass(frozen=True)
class Look:
    """How a page is drawn, in a pane of ``width`` times ``height`` cells whose last column is the scroll bar.

    :param first_column: how far lines are moved to the left, where they are not wrapped.
    :param found: what was searched for.
    """

    width: int
    height: int
    plain: Style
    cursor: Style
    selected: Style
    bar: Style
    thumb: str
    first_column: int = 0
    wrapping: bool = False
    marks: tuple[int, ...] = ()
    found: Matcher | None = None

    @property
    def text_width(self) -> int:
        return max(self.width - 1, 1)


def page_rows(page: Page, look: Look) -> list[Strip]:
    """The last rows of a page that is followed, else those that hold the cursor; blank ones below."""
    rows: list[Strip] = []
    cursor_row = 0
    for line in page.lines:
        if line.offset == page.cursor:
            cursor_row = len(rows)
        rows += _line_rows(line, page, look)
    first = max(len(rows) - look.height, 0) if page.following else max(cursor_row - look.height + 1, 0)
    rows = rows[first : first + look.height]
    rows += [Strip.blank(look.text_width, look.plain)] * (look.height - len(rows))
    thumb = _thumb(page, look.height)
    return [
        Strip.join([row, Strip([Segment(look.thumb if y in thumb else " ", look.plain + look.bar)], 1)]).apply_offsets(
            0, y
        )
        for y, row in enumerate(rows)
    ]


def _line_rows(line: LogLine, page: Page, look: Look) -> list[Strip]:
    style = _line_style(line, page, look)
    segments = drawn_line(line.raw, look.found)
    if not look.wrapping:
        strip = Strip(segments).crop_extend(look.first_column, look.first_column + look.text_width, None)
        return [strip.apply_style(style)]
    rows = wrapped(segments, look.text_width)
    return [Strip(row).adjust_cell_length(look.text_width, style).apply_style(style) for row in rows]


def _line_style(line: LogLine, page: Page, look: Look) -> Style:
    style = look.plain
    if page.selected and page.selected[0] <= line.offset < page.selected[1]:
        style += look.selected
    elif line.offset == page.cursor:
        style += look.cursor
    return style + Style(underline=True) if line.offset in look.marks else style


def _thumb(page: Page, height: int) -> range:
    """The rows of the scroll bar where the page lies in the log, by bytes; none where all of it is shown."""
    lines, size = page.lines, page.size
    if not lines or lines[-1].end - lines[0].offset >= size:
        return range(0)
    first = min(int(lines[0].offset * height / size), height - 1)
    return range(first, max(int(lines[-1].end * height / size), first + 1))
