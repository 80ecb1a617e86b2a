"""The one place where a trainer's terminal control sequences are interpreted or dropped.

What comes out is printable text and nothing else: no escape sequence, no C0 or C1 control, no bidirectional
override, no line separator. Carriage returns, backspaces, tabs and "erase in line" are obeyed, so that a progress bar
reads as it last stood on the screen. Every function takes time linear in the line.

Sequences: ECMA-48 (CSI, OSC, DCS, SOS, PM, APC, two- and three-byte escapes) in their 7-bit and 8-bit forms.
"""

from __future__ import annotations

import re
import unicodedata

TAB_WIDTH = 8

# Possessive quantifiers (`*+`) never give characters back, which keeps hostile input linear.
# An unterminated control string loses its introducer only: its payload is shown rather than swallowed.
_CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)(?P<parameters>[0-?]*+)[ -/]*+(?P<final>[@-~])"
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\r]*+(?:\x07|\x1b\\|\x9c)"
    r"|\x1b(?!\[)[ -/]*+[0-~]"
    r"|(?P<single>[\x00-\x1f\x7f-\x9f])"
)


def clean_line(raw: str) -> str:
    """The text of one console line as a terminal would have left it, without trailing blanks.

    Args:
        raw: one line, with or without its line ending; any characters at all.
    """
    line = raw.rstrip("\r\n")
    if line.isprintable():
        return line.rstrip()
    cells: list[str] = []
    column = 0
    position = 0
    for control in _CONTROL.finditer(line):
        column = _write(cells, column, line[position : control.start()])
        column = _obey(cells, column, control)
        position = control.end()
    _write(cells, column, line[position:])
    return "".join(cells).rstrip()


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
