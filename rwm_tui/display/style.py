"""How one cell of a terminal looks, and the shortest sequence from one look to another."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

ATTRIBUTES = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53"}
SEEN_ON_BLANKS = {"4", "5", "6", "7", "8", "9", "21", "51", "52", "53"}
"""Attributes that show where there is no glyph: underlines, blinking, reverse, struck out, frames, overline."""


class UnknownSequence(Exception):
    """A control sequence whose effect is not known here."""


class Style(NamedTuple):
    """
    :param attributes: SGR parameters that are no colours, in the order given.
    :param foreground: SGR parameters of the colour; empty: the terminal's own.
    :param plain: a space in this look shows its background alone.
    """

    attributes: tuple[str, ...]
    foreground: str
    background: str
    plain: bool = True

    @property
    def blank(self) -> Style:
        """The look of a space: whatever can't be seen on it left out."""
        return Style((), "", self.background) if self.plain else self

    def on(self, background: str) -> Style:
        return self._replace(background=background)

    def after(self, before: Style) -> str:
        """The sequence that turns `before` into this look."""
        if self == before:
            return ""
        if self == DEFAULT:
            return "\x1b[m"
        if self.attributes != before.attributes:
            reset = ("0",) if before != DEFAULT else ()
            parts = [*reset, *self.attributes, self.foreground, self.background]
        else:
            parts = [
                "" if self.foreground == before.foreground else self.foreground or "39",
                "" if self.background == before.background else self.background or "49",
            ]
        return f"\x1b[{';'.join(filter(None, parts))}m"


DEFAULT = Style((), "", "")


@lru_cache(maxsize=2048)
def parse_style(parameters: str, before: Style) -> Style:
    """The look after ``CSI parameters m`` in the look `before`.

    :raises UnknownSequence: a parameter is none that Textual's own renderer writes.
    """
    attributes, foreground, background = list(before.attributes), before.foreground, before.background
    rest = parameters.split(";")
    while rest:
        code = rest.pop(0)
        if code in ("", "0"):
            attributes, foreground, background = [], "", ""
        elif code in ("38", "48") and rest and rest[0] in ("2", "5"):
            count = 4 if rest[0] == "2" else 2
            colour = ";".join([code, *rest[:count]])
            del rest[:count]
            foreground, background = (colour, background) if code == "38" else (foreground, colour)
        elif code == "39" or (code[:-1] in ("3", "9") and code[-1] in "01234567"):
            foreground = "" if code == "39" else code
        elif code == "49" or (code[:-1] in ("4", "10") and code[-1] in "01234567"):
            background = "" if code == "49" else code
        elif code not in ATTRIBUTES:
            raise UnknownSequence(parameters)
        elif code not in attributes:
            attributes.append(code)
    return Style(tuple(attributes), foreground, background, SEEN_ON_BLANKS.isdisjoint(attributes))
