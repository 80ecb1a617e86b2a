"""The one place where a trainer's terminal control sequences are interpreted or dropped.

What comes out is printable text and nothing else: no escape sequence, no C0 or C1 control, no bidirectional
override, no line separator. Carriage returns, backspaces, tabs and "erase in line" are obeyed, so that a progress bar
reads as it last stood on the screen. Every function takes time linear in the line.

Sequences: ECMA-48 (CSI, OSC, DCS, SOS, PM, APC, two- and three-byte escapes) in their 7-bit and 8-bit forms.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import msgspec
from msgspec.structs import replace

TAB_WIDTH = 8
_BEGIN_SEQUENCES = "\x1b\x90\x98\x9b\x9d\x9e\x9f"


@cache
def _control() -> re.Pattern[str]:
    """Any control function; compiled for the first line that has one, which most of our own texts never have."""
    # Possessive quantifiers (`*+`) never give characters back, which keeps hostile input linear.
    # An unterminated control string loses its introducer only: its payload is shown rather than swallowed.
    return re.compile(
        r"(?:\x1b\[|\x9b)(?P<parameters>[0-?]*+)[ -/]*+(?P<final>[@-~])"
        r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\r]*+(?:\x07|\x1b\\|\x9c)"
        r"|\x1b(?!\[)[ -/]*+[0-~]"
        r"|(?P<single>[\x00-\x1f\x7f-\x9f])"
    )


@cache
def _rendition_alone() -> re.Pattern[str]:
    """What most lines with control sequences have, and all that they have."""
    return re.compile(r"\x1b\[[0-9;:]*+m")


Colour = int | tuple[int, int, int]
"""A number of the terminal's palette of 256, or red, green and blue."""


class TextStyle(msgspec.Struct, frozen=True):
    """What "select graphic rendition" leaves of a text's looks; concealing and blinking are not obeyed.

    :param foreground: None for the terminal's own.
    """

    foreground: Colour | None = None
    background: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False


PLAIN = TextStyle()


class Span(msgspec.Struct, frozen=True):
    """A piece of a line in one style; its text is printable."""

    text: str
    style: TextStyle = PLAIN


def clean_line(raw: str) -> str:
    """The text of one console line as a terminal would have left it, without trailing blanks.

    Args:
        raw: one line, with or without its line ending; any characters at all.
    """
    line = raw.rstrip("\r\n")
    if (text := line).isprintable() or (text := _rendition_alone().sub("", line)).isprintable():
        return text.rstrip()
    cells: list[str] = []
    column = 0
    position = 0
    for control in _control().finditer(line):
        column = _write(cells, column, line[position : control.start()])
        column = _obey(cells, column, control)
        position = control.end()
    _write(cells, column, line[position:])
    return "".join(cells).rstrip()


def styled_line(raw: str) -> tuple[Span, ...]:
    """The same text as `clean_line`, in pieces of one style each.

    Args:
        raw: one line, with or without its line ending; any characters at all.
    """
    line = raw.rstrip("\r\n")
    if line.isprintable() or line.replace("\r", "").isprintable():
        return (Span(_last_written(line).rstrip()),)
    cells: list[str] = []
    styles: list[TextStyle] = []
    style = PLAIN
    column = 0

    def wrote(start: int, end: int) -> None:
        styles[start:end] = [style] * (end - start)
        del styles[len(cells) :]  # what was erased
        styles.extend([style] * (len(cells) - len(styles)))  # what a tab filled

    position = 0
    for control in _control().finditer(line):
        start, column = column, _write(cells, column, line[position : control.start()])
        wrote(start, column)
        column = _obey(cells, column, control)
        wrote(column, column)
        if control["final"] == "m":
            style = _rendition(style, control["parameters"])
        position = control.end()
    start, column = column, _write(cells, column, line[position:])
    wrote(start, column)
    return _spans("".join(cells).rstrip(), styles)


def _last_written(line: str) -> str:
    """What carriage returns alone leave of a line, like a long progress bar's."""
    *before, text = line.split("\r")
    for written in reversed(before):
        text += written[len(text) :]
    return text


def readable_until(line: str, at: int) -> int:
    """Up to where a line can be read alone, at a character or soon after it.

    That is not within a control sequence; all of the line is needed where something moves back on it.
    """
    if at >= len(line) or "\r" in line or "\b" in line or re.search("2[ -/]*+K", line):
        return len(line)
    begins = max(line.rfind(character, 0, at) for character in _BEGIN_SEQUENCES)
    control = _control().match(line, begins) if begins >= 0 else None
    return max(at, control.end()) if control else at


def _spans(text: str, styles: list[TextStyle]) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or styles[end] is not styles[start]:
            spans.append(Span(text[start:end], styles[start]))
            start = end
    return tuple(spans) or (Span(""),)


_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
}
_MOST_PARAMETERS = 32


@lru_cache(maxsize=256)
def _rendition(style: TextStyle, parameters: str) -> TextStyle:
    """The style after "select graphic rendition" (ECMA-48 8.3.117; 38 and 48 as in ISO 8613-6)."""
    codes = [int(code[:4]) if code.isascii() and code.isdigit() else 0 for code in re.split("[;:]", parameters)]
    codes = codes[:_MOST_PARAMETERS]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = PLAIN
        elif switch := _SWITCHES.get(code):
            style = replace(style, **switch)
        elif code in (38, 48):
            colour = _extended_colour(codes)
            style = replace(style, foreground=colour) if code == 38 else replace(style, background=colour)
        elif code in (39, 49):
            style = replace(style, foreground=None) if code == 39 else replace(style, background=None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = replace(style, foreground=code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style = replace(style, background=code - 40 if code < 100 else code - 92)
    return style


def _extended_colour(codes: list[int]) -> Colour | None:
    """Take the colour off the codes; None where it is none."""
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        return min(codes.pop(0), 255)
    if kind == 2 and len(codes) >= 3:
        red, green, blue = (min(codes.pop(0), 255) for _ in range(3))
        return red, green, blue
    return None


def _write(cells: list[str], column: int, text: str) -> int:
    """Put text over the cells from a column on; return the column after it."""
    if not text:
        return column
    if not text.isprintable():
        text = "".join(map(_printable, text))
    end = column + len(text)
    cells[column:end] = text
    return end


def _obey(cells: list[str], column: int, control: re.Match[str]) -> int:
    """Apply one control function to the line; return the new column."""
    match control["single"]:
        case "\r":
            return 0
        case "\b":
            return max(column - 1, 0)
        case "\t":
            return _write(cells, column, " " * (TAB_WIDTH - column % TAB_WIDTH))
    if control["final"] != "K":
        return column
    match control["parameters"]:
        case "" | "0":  # erase to the end of the line
            del cells[column:]
        case "2":  # erase all of it; programs write a carriage return beside it
            cells.clear()
            return 0
    return column


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Cf" | "Zl" | "Zp":  # bidirectional and zero-width formatting, line and paragraph separators
            return ""
        case _:  # lone surrogates, private use, unassigned
            return "\ufffd"
