"""What the terminal shows, cell by cell, and the fewest bytes that turn it into what it should show.

Textual writes a whole region anew where one letter of it changed. Over a slow line that is what a key costs, so each
frame is compared with what is there, and only the cells that differ are sent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from rwm_tui.display.style import DEFAULT, Style, UnknownSequence, parse_style

TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([0-9;]*)m|(\n)|([^\x00-\x1f\x7f-\x9f]+)")
WRITTEN_BY_TEXTUAL = re.compile(
    r"\x1b\[[0-9;:]*[Hm]|\x1b\]8;[^\x00-\x1f\x7f-\x9f]*\x1b\\|[\t\n]|[^\x00-\x1f\x7f-\x9f]+"
)
"""In a frame: moves, looks, links, text."""
BRIDGED = 4
"""Cells between two changed ones that cost no more to send again than a move over them."""
ERASED_FROM = 10
"""Blank cells from which on erasing them and moving on is shorter than spaces."""
LEFT_BLANK_FROM = 4
"""The same at the end of a row, where nothing comes after."""


def without_foreign_controls(frame: str) -> str:
    """A frame as it is, but for control characters that came with a text that it shows."""
    return "".join(WRITTEN_BY_TEXTUAL.findall(frame))


class Row(msgspec.Struct):
    """
    :param glyphs: what stands in each cell; None: unknown; empty: the right half of the glyph before.
    :param irregular: it may hold a glyph that is not one cell wide, so that it is only ever sent whole.
    """

    glyphs: list[str | None]
    styles: list[Style]
    irregular: bool = False

    @classmethod
    def filled(cls, width: int, glyph: str | None, style: Style) -> Row:
        return cls([glyph] * width, [style] * width)

    def copy(self) -> Row:
        return Row(self.glyphs.copy(), self.styles.copy(), self.irregular)

    def put(self, x: int, glyphs: list[str], style: Style) -> None:
        """Glyphs from a column on; what does not fit is lost."""
        glyphs = glyphs[: len(self.glyphs) - x]
        end = x + len(glyphs)
        if self.irregular:  # half of a wide glyph that is overwritten takes the other half with it
            if x and self.glyphs[x] == "":
                self.glyphs[x - 1] = " "
            if end < len(self.glyphs) and self.glyphs[end] == "":
                self.glyphs[end] = " "
        blank = style.blank
        self.glyphs[x:end] = glyphs
        self.styles[x:end] = (
            [style] * len(glyphs) if blank == style else [blank if glyph == " " else style for glyph in glyphs]
        )

    def blank_until(self, x: int) -> int:
        """Where the run of like blanks that begins at a column ends."""
        style, end, width = self.styles[x], x, len(self.glyphs)
        while end < width and self.glyphs[end] == " " and self.styles[end] == style:
            end += 1
        return end

    def word_until(self, x: int, end: int) -> int:
        """Where the run of known glyphs of one look, without a space, that begins at a column ends, or the end."""
        style, glyphs, styles = self.styles[x], self.glyphs, self.styles
        x += 1
        while x < end and styles[x] == style and (glyphs[x] or " ") != " ":
            x += 1
        return x

    def changed(self, old: Row) -> Iterator[tuple[int, int]]:
        """Columns from and to which this row differs from an older one."""
        if self.glyphs == old.glyphs and self.styles == old.styles:
            return
        if self.irregular or old.irregular:
            self.irregular = any(glyph is not None and len(glyph) != 1 for glyph in self.glyphs)
            yield 0, len(self.glyphs)
            return
        pairs = zip(self.glyphs, old.glyphs, self.styles, old.styles, strict=True)
        columns = [x for x, (glyph, before, style, past) in enumerate(pairs) if glyph != before or style != past]
        start = end = columns[0]
        for x in columns:
            if x > end + BRIDGED:
                yield start, end
                start = x
            end = x + 1
        yield start, end


class TerminalScreen:
    """
    :param size: columns and rows.
    :param width_of: cells that a character takes.
    :param erases_in_colour: erasing leaves the current background (terminfo: bce), not the terminal's own.
    """

    def __init__(self, size: tuple[int, int], width_of: Callable[[str], int], *, erases_in_colour: bool) -> None:
        self.size = size
        self._width_of = width_of
        self._erases_in_colour = erases_in_colour
        self.forget(size)

    def forget(self, size: tuple[int, int]) -> None:
        """Nothing is known of what the terminal shows; it has no colours and attributes on."""
        self.size = width, height = size
        self._rows = [Row.filled(width, None, DEFAULT) for _ in range(height)]
        self._cursor: tuple[int, int] | None = None
        self._style = DEFAULT

    def draw(self, frame: str) -> tuple[str, int]:
        """What to send in place of a frame, and how many places on the screen it changes.

        :raises UnknownSequence: the frame does more than to move, to write and to colour; forget what is known.
        """
        before, cursor = self._take(frame)
        out = self._wiped(before)
        places = 0
        for y, old in sorted(before.items()):
            for start, end in self._rows[y].changed(old):
                self._send(out, y, start, end)
                places += 1
        self._become(out, DEFAULT)
        self._move(out, *cursor)
        return "".join(out), places

    def _take(self, frame: str) -> tuple[dict[int, Row], tuple[int, int]]:
        """Put a frame on the rows: each row that it touches, as it was; row and column where the cursor is left."""
        before: dict[int, Row] = {}
        width, height = self.size
        x = y = end = 0
        style = DEFAULT
        for token in TOKEN.finditer(frame):
            if token.start() != end:
                break
            end = token.end()
            row, column, parameters, newline, text = token.groups()
            if text is not None:
                glyphs = self._glyphs(text)
                if y < height and x < width:
                    if y not in before:
                        before[y] = self._rows[y].copy()
                    self._rows[y].irregular |= glyphs is not None and len("".join(glyphs)) != len(glyphs)
                    self._rows[y].put(x, glyphs, style)
                x += len(glyphs)
            elif parameters is not None:
                style = parse_style(parameters, style)
            elif newline:
                x, y = 0, y + 1
            else:
                x, y = int(column) - 1, int(row) - 1
        if end != len(frame):
            raise UnknownSequence(frame[end : end + 10])
        return before, (y, x)

    def _glyphs(self, text: str) -> list[str]:
        if text.isascii():
            return list(text)
        glyphs: list[str] = []
        for character in text:
            cells = self._width_of(character)
            if cells:
                glyphs += [character, *[""] * (cells - 1)]
            elif glyphs:
                glyphs[-1] += character
        return glyphs

    def _wiped(self, before: dict[int, Row]) -> list[str]:
        """Where nothing is known and all is drawn: the screen emptied in its commonest background."""
        if len(before) < self.size[1] or any(old.glyphs.count(None) < self.size[0] for old in before.values()):
            return []
        ends = Counter(row.styles[-1] for row in self._rows if row.glyphs[-1] == " " and self._erases(row.styles[-1]))
        if not ends or any(None in row.glyphs for row in self._rows):
            return []
        [(style, _)] = ends.most_common(1)
        for y in before:
            before[y] = Row.filled(self.size[0], " ", style)
        out: list[str] = []
        self._become(out, style)
        out.append("\x1b[2J")
        return out

    def _send(self, out: list[str], y: int, start: int, end: int) -> None:
        row, x = self._rows[y], start
        last = len(row.glyphs)
        while x < end:
            glyph, style = row.glyphs[x], row.styles[x]
            if not glyph:  # unknown, or the right half of the one before
                x += 1
                continue
            self._move(out, y, x)
            if glyph == " " and style.plain:
                until = row.blank_until(x)
                if not self._style.plain:
                    self._become(out, style)
                elif self._style.background != style.background:
                    self._become(out, self._style.on(style.background))
                if until == last and until - x >= LEFT_BLANK_FROM and self._erases(style):
                    out.append("\x1b[K")
                    x = until
                    continue
                until = min(until, end)
                if until - x >= ERASED_FROM and self._erases(style):
                    out.append(f"\x1b[{until - x}X")
                    x = until
                    continue
            else:
                self._become(out, style)
                until = x + 1 if row.irregular else row.word_until(x, end)
            out.extend(filter(None, row.glyphs[x:until]))
            regular = len(glyph) == 1 and (until == last or row.glyphs[until] != "")
            x = until
            self._cursor = (y, x) if regular and x < last else None  # at the margin, terminals differ

    def _erases(self, style: Style) -> bool:
        return style.plain and (self._erases_in_colour or not style.background)

    def _become(self, out: list[str], style: Style) -> None:
        if style != self._style:
            out.append(style.after(self._style))
            self._style = style

    def _move(self, out: list[str], y: int, x: int) -> None:
        if self._cursor == (y, x):
            return
        if self._cursor and self._cursor[0] == y:
            out.append(f"\x1b[{x + 1}G" if x else "\r")
        elif self._cursor and self._cursor[0] == y - 1 and x == 0:
            out.append("\r\n")
        else:
            out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H" if y else "\x1b[H")
        self._cursor = (y, x)
