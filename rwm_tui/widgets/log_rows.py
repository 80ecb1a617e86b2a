"""A page of a log as the rows of its pane."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.log.view import Page
from rwm_tui.widgets.log_strip import left_part, marked_rows, wrapped_line
from rwm_tui.widgets.wrapped_page import Place, WrappedLines, first_spot


@dataclass(frozen=True)
class Look:
    """How a page is drawn, in a pane of ``width`` times ``height`` cells whose last column is the scroll bar.

    :param first_column: how far lines are moved to the left, where they are not wrapped.
    :param place: what was at the top of the screen, where they are wrapped.
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
    place: Place | None = None
    marks: tuple[int, ...] = ()
    found: Matcher | None = None

    @property
    def text_width(self) -> int:
        return text_width(self.width)


def text_width(width: int) -> int:
    """What the scroll bar leaves of a pane."""
    return max(width - 1, 1)


def page_rows(page: Page, look: Look) -> list[Strip]:
    """The rows of a page on the screen; blank ones below."""
    rows = _wrapped_rows(page, look) if look.wrapping else _cut_rows(page, look)
    rows += [Strip.blank(look.text_width, look.plain)] * (look.height - len(rows))
    thumb = _thumb(page, look.height)
    return [
        Strip.join([row, Strip([Segment(look.thumb if y in thumb else " ", look.plain + look.bar)], 1)]).apply_offsets(
            0, y
        )
        for y, row in enumerate(rows)
    ]


def _cut_rows(page: Page, look: Look) -> list[Strip]:
    """One row for each line; after a pane has shrunk, those that hold its cursor, or the last that are followed."""
    cursor = next((index for index, line in enumerate(page.lines) if line.offset == page.cursor), len(page.lines) - 1)
    first = max(cursor - look.height + 1, 0)
    after = look.first_column + look.text_width
    return [
        Strip(left_part(line, look.found, after))
        .crop_extend(look.first_column, after, None)
        .apply_style(_line_style(line, page, look))
        for line in page.lines[first : first + look.height]
    ]


def _wrapped_rows(page: Page, look: Look) -> list[Strip]:
    """The rows from the first spot on; no more are built than the screen has."""
    lines = WrappedLines(page.lines, lambda line: len(wrapped_line(line, look.text_width)))
    first_line, first_row = first_spot(page, lines, look.place, look.height)
    rows: list[Strip] = []
    for line in page.lines[first_line:]:
        style = _line_style(line, page, look)
        shown = marked_rows(wrapped_line(line, look.text_width), first_row, look.height - len(rows), look.found)
        rows += [Strip(row).adjust_cell_length(look.text_width, style).apply_style(style) for row in shown]
        first_row = 0
        if len(rows) == look.height:
            break
    return rows


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
