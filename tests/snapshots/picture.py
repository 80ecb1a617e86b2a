"""A screen as text: its rows, then which cells look how. What changed is read in the diff.

A row's looks are runs, `a0-12` for cells 0 to 12 in look a; the looks themselves stand below.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.style import Style
from textual.app import App

NAMES = [*string.ascii_letters, *(f"{one}{two}" for one in string.ascii_letters for two in string.digits)]
Row = list[tuple[str, Style]]


def rows_of(app: App[Path]) -> list[Row]:
    """What stands on the terminal, in pieces of one look."""
    strips = app.screen._compositor.render_strips(app.size)
    return [[(piece.text, piece.style or Style()) for piece in strip if piece.text] for strip in strips]


def text_of(rows: Iterable[Row]) -> str:
    return "".join("".join(text for text, _ in row).rstrip() + "\n" for row in rows)


def looks_of(rows: Iterable[Row]) -> str:
    names: dict[str, str] = {}
    lines = [" ".join(_runs(row, names)) + "\n" for row in rows]
    legend = [f"{name} {look}\n" for look, name in names.items()]
    return "".join([*lines, *legend])


def _runs(row: Row, names: dict[str, str]) -> Iterator[str]:
    position = 0
    for look, pieces in groupby(row, key=lambda piece: _look(piece[1])):
        width = sum(cell_len(text) for text, _ in pieces)
        name = names.setdefault(look, NAMES[len(names)])
        yield f"{name}{position}-{position + width - 1}"
        position += width


def _look(style: Style) -> str:
    """Without links and other metadata, which can't be seen."""
    return str(style.clear_meta_and_links())
