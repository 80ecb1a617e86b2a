"""Curves over steps as text: braille dots, or one letter per curve where a terminal has no braille."""

from collections.abc import Sequence
from dataclasses import dataclass

_BRAILLE = 0x2800
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column of a cell
_DOTS_WIDE, _DOTS_HIGH = 2, 4
_AXIS_WIDTH = 7


@dataclass(frozen=True, slots=True)
class Curve:
    """A name, and a value for each step from 1 on. One that is not in scale may leave the plot at its top."""

    name: str
    values: Sequence[float]
    in_scale: bool = True


def plot_lines(curves: Sequence[Curve], *, width: int, height: int, ascii_only: bool = False) -> list[str]:
    """Rows of text with the value axis at the left and each curve's name where it ends.

    :param width: in character cells, all included; at least 40.
    :param height: of the plot itself in rows; at least as many as there are curves.
    """
    top = max((max(curve.values) for curve in curves if curve.in_scale), default=0.0) * 1.05 or 1.0
    inner = max(10, width - _AXIS_WIDTH - 2 - max(len(curve.name) for curve in curves))
    cells = _ascii_cells(curves, inner, height, top) if ascii_only else _braille_cells(curves, inner, height, top)
    names = _names_by_row(curves, height, top)
    axis = [f"{top * (height - row) / height:>{_AXIS_WIDTH - 1}.2f}" for row in range(height)]
    bar = "|" if ascii_only else "│"
    lines = [f"{axis[row]} {bar}{''.join(cells[row])} {names.get(row, '')}".rstrip() for row in range(height)]
    last = str(max(len(curve.values) for curve in curves))
    return [*lines, f"{'0.00':>{_AXIS_WIDTH - 1}} {'1':<{inner - len(last) + 1}}{last}"]


def _height_of(value: float, top: float, levels: int) -> int:
    """Rows from above, of ``levels``; larger values stay in the uppermost."""
    return max(0, min(levels - 1, levels - 1 - int(value / top * levels)))


def _points(curve: Curve, columns: int, levels: int, top: float) -> list[tuple[int, int]]:
    """One (column, level) per column, with straight lines between the steps; nothing above the top."""
    values, last = curve.values, len(curve.values) - 1
    points = []
    for column in range(columns):
        place = column * last / max(1, columns - 1)
        before = min(int(place), max(0, last - 1))
        after = min(before + 1, last)
        value = values[before] + (values[after] - values[before]) * (place - before)
        if value <= top:
            points.append((column, _height_of(value, top, levels)))
    return points


def _braille_cells(curves: Sequence[Curve], width: int, height: int, top: float) -> list[list[str]]:
    bits = [[0] * width for _ in range(height)]
    for curve in curves:
        previous: int | None = None
        for column, level in _points(curve, width * _DOTS_WIDE, height * _DOTS_HIGH, top):
            first, last = sorted((level, level if previous is None else previous))
            for dot in range(first, last + 1):
                cell = bits[dot // _DOTS_HIGH]
                cell[column // _DOTS_WIDE] |= _DOT_BITS[dot % _DOTS_HIGH][column % _DOTS_WIDE]
            previous = level
    return [[chr(_BRAILLE + dots) if dots else " " for dots in row] for row in bits]


def _ascii_cells(curves: Sequence[Curve], width: int, height: int, top: float) -> list[list[str]]:
    cells = [[" "] * width for _ in range(height)]
    for curve in curves:
        for column, level in _points(curve, width, height, top):
            cells[level][column] = curve.name[:1]
    return cells


def _names_by_row(curves: Sequence[Curve], height: int, top: float) -> dict[int, str]:
    """Each name in the row where its curve ends, or in the nearest free one."""
    names: dict[int, str] = {}
    for curve in curves:
        wanted = _height_of(curve.values[-1], top, height)
        row = min((row for row in range(height) if row not in names), key=lambda row: abs(row - wanted))
        names[row] = curve.name
    return names
