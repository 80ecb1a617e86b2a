"""One line of a log as it is drawn: its own colours, what was found, what is selected."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from rwm_tui.core.log.expression import Hit
from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.trainer_output.terminal_text import Colour, Span, TextStyle, readable_until, styled_line

STEP_COLUMNS = 128
"""What is drawn of a line grows by so much: panning seldom reads it anew."""
LONG_LINE_BYTES = 8 * 1024
"""Wrapped, such a line fills the screen alone: few of them have to be remembered."""
MOST_HITS = 1000
"""So many hits of an expression are marked in a line: each may take time by the line's length."""
FOUND = Style(reverse=True)
NOWHERE = (sys.maxsize, sys.maxsize)
WIDENS = "\ufe0f"

Rows = Sequence[Sequence[Segment]]


def left_part(line: LogLine, found: Matcher | None, columns: int) -> tuple[Segment, ...]:
    """A line in pieces of one style, from its beginning for at least so many cells.

    :param found: what was searched for; where it stands in this part, it is drawn reversed.
    """
    return _left_part(line.raw, _goes_on(line), found, (columns // STEP_COLUMNS + 2) * STEP_COLUMNS)


def wrapped_line(line: LogLine, width: int) -> Rows:
    """All of a line in rows of at most so many cells."""
    long = len(line.raw) > LONG_LINE_BYTES and b"\r" not in line.raw  # what is written over takes no rows
    rows = _long_rows if long else _rows
    return rows(line.raw, _goes_on(line), width)


def line_text(line: LogLine) -> str:
    """All that is read of a line, as it is shown."""
    return text_of_rows([_segments(styled_line(line.raw.decode(errors="replace")), _goes_on(line))])


def marked_rows(rows: Rows, first: int, count: int, found: Matcher | None) -> Rows:
    """So many rows of a line, and what was found in them reversed; it may begin a row before them or end one after."""
    if found is None:
        return rows[first : first + count]
    before = max(first - 1, 0)
    around = rows[before : first + count + 1]
    marked = _with_found(around, places_of(text_of_rows(around), found, whole=before == 0))
    return marked[first - before :][:count]


def _goes_on(line: LogLine) -> bool:
    """Whether the line is longer than what was read of it."""
    return line.end - line.offset > len(line.raw) + 1


@lru_cache(maxsize=256)
def _left_part(raw: bytes, goes_on: bool, found: Matcher | None, columns: int) -> tuple[Segment, ...]:
    text = raw.decode(errors="replace")
    wanted = columns
    while True:
        end = readable_until(text, wanted)
        spans = styled_line(text[:end])
        cells = sum(cell_len(span.text) for span in spans)
        if cells >= columns or end == len(text):
            break
        wanted = wanted * columns // max(cells, 1) + columns  # colours and combining characters take no cells
    segments = _segments(spans, goes_on and end == len(text))
    if found is not None:
        (segments,) = _with_found([segments], places_of(text_of_rows([segments]), found))
    return tuple(segments)


def _wrapped_line(raw: bytes, goes_on: bool, width: int) -> Rows:
    return wrapped(_segments(styled_line(raw.decode(errors="replace")), goes_on), width)


_rows = lru_cache(maxsize=256)(_wrapped_line)
_long_rows = lru_cache(maxsize=4)(_wrapped_line)


def _segments(spans: Iterable[Span], goes_on: bool) -> list[Segment]:
    segments = [Segment(span.text, _style(span.style)) for span in spans]
    return [*segments, Segment(" [...]")] if goes_on else segments


def text_of_rows(rows: Rows) -> str:
    return "".join(segment.text for row in rows for segment in row)


def wrapped(segments: Iterable[Segment], width: int) -> list[list[Segment]]:
    """The line in rows of at most so many cells, with every character of it."""
    rows: list[list[Segment]] = [[]]
    room = width
    for segment in segments:
        start = 0
        while start < len(segment.text):
            end, cells = _fitting(segment.text, start, room)
            if end > start or room == width:
                end = max(end, start + 1)  # what is wider than a whole row is cut there
                rows[-1].append(Segment(segment.text[start:end], segment.style))
                start, room = end, max(room - cells, 0)
            if start < len(segment.text):
                rows.append([])
                room = width
    return rows


def _fitting(text: str, start: int, room: int) -> tuple[int, int]:
    """Up to which character the text fits from another one on, and how many cells it takes."""
    if text.isascii():
        end = min(start + room, len(text))
        return end, end - start
    cells = 0
    for at in range(start, len(text)):
        with_selector = text[at : at + 2]  # a variation selector makes the character before it wide
        size = cell_len(with_selector if with_selector.endswith(WIDENS) else text[at])
        if cells + size > room:
            return at, cells
        cells += size
    return len(text), cells


def places_of(text: str, found: Matcher, *, whole: bool = True) -> list[tuple[int, int]]:
    """Where the query stands: the first character and the one after the last, in their order.

    :param whole: the text begins where its line does.
    """
    raw = text.encode()
    if found.expression is None:
        hits: Iterator[Hit] = re.finditer(re.escape(found.needle), raw.lower() if found.folds_case else raw)
    else:  # a line begins before the first character only, not at a later position
        hits = islice(found.expression.finditer(raw, 0 if whole else 1), MOST_HITS)
    spans = [(start, end) for start, end in (hit.span() for hit in hits) if end > start]
    if text.isascii() or not spans:
        return spans
    ends = list(accumulate(len(character.encode()) for character in text))
    return [(bisect_right(ends, start), bisect_left(ends, end) + 1) for start, end in spans]


def _with_found(rows: Rows, places: list[tuple[int, int]]) -> list[list[Segment]]:
    """The rows, with those characters reversed: one walk over both."""
    marked: list[list[Segment]] = []
    waiting = iter(places)
    start, end = next(waiting, NOWHERE)
    position = 0
    for row in rows:
        marked.append([])
        for text, style, _ in row:
            begins = position
            while position < begins + len(text):
                while end <= position:
                    start, end = next(waiting, NOWHERE)
                inside = start <= position
                until = min(end if inside else start, begins + len(text))
                piece = text[position - begins : until - begins]
                marked[-1].append(Segment(piece, (style or Style()) + FOUND if inside else style))
                position = until
    return marked


@lru_cache(maxsize=256)
def _style(style: TextStyle) -> Style:
    return Style(
        color=_colour(style.foreground),
        bgcolor=_colour(style.background),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
    )


def _colour(colour: Colour | None) -> Color | None:
    match colour:
        case None:
            return None
        case int():
            return Color.from_ansi(colour)
        case red, green, blue:
            return Color.from_rgb(red, green, blue)
