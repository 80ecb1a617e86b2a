"""One line of a log as it is drawn: its own colours, what was found, what is selected."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.trainer_output.terminal_text import Colour, TextStyle, styled_line

MAX_COLUMNS = 4_000
LONGEST_MATCHED_BYTES = 8 * 1024
"""Of a line, for a regular expression: it may take the square of that."""
FOUND = Style(reverse=True)
NOWHERE = (sys.maxsize, sys.maxsize)
WIDENS = "\ufe0f"


@lru_cache(maxsize=2_048)
def drawn_line(raw: bytes, found: Matcher | None) -> tuple[Segment, ...]:
    """The line's text in pieces of one style; cut at `MAX_COLUMNS`, which it says.

    :param found: what was searched for; where it stands on the line, it is drawn reversed.
    """
    spans = styled_line(raw.decode(errors="replace"))
    text = "".join(span.text for span in spans)
    segments = [Segment(span.text, _style(span.style)) for span in spans]
    if len(text) > MAX_COLUMNS:
        segments = _between(segments, 0, MAX_COLUMNS)
    if found is not None:
        segments = _with_found(segments, _places(text[:MAX_COLUMNS], found))
    if len(text) > MAX_COLUMNS:
        segments.append(Segment(" [...]"))
    return tuple(segments)


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


def _places(text: str, found: Matcher) -> list[tuple[int, int]]:
    """Where the query stands: the first character and the one after the last, in their order."""
    raw = text.encode()
    searched = raw.lower() if found.folds_case else raw
    if found.pattern is None:
        hits = re.finditer(re.escape(found.needle), searched)
    else:
        hits = found.pattern.finditer(searched[:LONGEST_MATCHED_BYTES])
    ends = list(accumulate(len(character.encode()) for character in text))
    return [
        (bisect_right(ends, hit.start()), bisect_left(ends, hit.end()) + 1) for hit in hits if hit.end() > hit.start()
    ]


def _with_found(segments: Iterable[Segment], places: list[tuple[int, int]]) -> list[Segment]:
    """The pieces, with those characters reversed: one walk over both."""
    drawn: list[Segment] = []
    waiting = iter(places)
    start, end = next(waiting, NOWHERE)
    position = 0
    for text, style, _ in segments:
        begins = position
        while position < begins + len(text):
            while end <= position:
                start, end = next(waiting, NOWHERE)
            inside = start <= position
            until = min(end if inside else start, begins + len(text))
            piece = text[position - begins : until - begins]
            drawn.append(Segment(piece, (style or Style()) + FOUND if inside else style))
            position = until
    return drawn


def _between(segments: list[Segment], start: int, end: int) -> list[Segment]:
    """The characters from one to another."""
    pieces = []
    position = 0
    for segment in segments:
        text = segment.text[max(start - position, 0) : max(end - position, 0)]
        if text:
            pieces.append(Segment(text, segment.style))
        position += len(segment.text)
    return pieces


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
