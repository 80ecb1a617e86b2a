"""One line of a log as it is drawn: its own colours, what was found, what is selected."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.trainer_output.terminal_text import Colour, TextStyle, styled_line

MAX_COLUMNS = 4_000
FOUND = Style(reverse=True)


@lru_cache(maxsize=2_048)
def drawn_line(raw: bytes, found: Matcher | None) -> tuple[Segment, ...]:
    """The line's text in pieces of one style; cut at `MAX_COLUMNS`, which it says.

    :param found: what was searched for; where it stands on the line, it is drawn reversed.
    """
    spans = styled_line(raw.decode(errors="replace"))
    text = "".join(span.text for span in spans)
    segments = [Segment(span.text, _style(span.style)) for span in spans]
    if found is not None:
        segments = _with_found(segments, _places(text, found))
    if len(text) > MAX_COLUMNS:
        segments = [*_between(segments, 0, MAX_COLUMNS), Segment(" [...]")]
    return tuple(segments)


def wrapped(segments: tuple[Segment, ...], width: int) -> list[list[Segment]]:
    """The line in rows of at most so many cells."""
    rows: list[list[Segment]] = [[]]
    room = width
    for segment in segments:
        text = segment.text
        while cell_len(text) > room:
            head = set_cell_size(text, room).rstrip(" ") if cell_len(text[:room]) > room else text[:room]
            head = text[: max(len(head), 1)]
            rows[-1].append(Segment(head, segment.style))
            rows.append([])
            text, room = text[len(head) :], width
        if text:
            rows[-1].append(Segment(text, segment.style))
            room -= cell_len(text)
    return rows


def _places(text: str, found: Matcher) -> list[tuple[int, int]]:
    searched = text.lower() if found.folds_case else text
    if found.pattern is None:
        needle = found.needle.decode(errors="replace")
        places, at = [], searched.find(needle)
        while at >= 0:
            places.append((at, at + len(needle)))
            at = searched.find(needle, at + len(needle))
        return places
    raw = searched.encode()
    return [
        (len(raw[: hit.start()].decode(errors="replace")), len(raw[: hit.end()].decode(errors="replace")))
        for hit in found.pattern.finditer(raw)
        if hit.end() > hit.start()
    ]


def _with_found(segments: list[Segment], places: list[tuple[int, int]]) -> list[Segment]:
    drawn: list[Segment] = []
    position = 0
    for start, end in places:
        drawn += _between(segments, position, start)
        drawn += [Segment(piece.text, (piece.style or Style()) + FOUND) for piece in _between(segments, start, end)]
        position = end
    return drawn + _between(segments, position, sum(len(segment.text) for segment in segments))


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
