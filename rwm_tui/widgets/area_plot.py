"""A filled curve drawn with braille dots, or with plain characters where a terminal has no braille."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float | None]

_LEFT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT_DOTS = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_DOTS_HIGH = 4
_BRAILLE = 0x2800


def area_rows(points: Sequence[Point], *, width: int, height: int, top: float, ascii_only: bool = False) -> list[str]:
    """Rows of text, the highest first, that fill the area under a curve.

    Args:
        points: (x, y) with rising x; y is None where there is no reading, which leaves a gap.
        width, height: in character cells.
        top: the y that reaches the upper edge; larger values are drawn up to it.
    """
    columns = _column_values(points, width if ascii_only else 2 * width)
    dots = [0 if value is None else _dots(value, top, height) for value in columns]
    draw = _ascii_row if ascii_only else _braille_row
    return [draw(dots, floor=_DOTS_HIGH * row) for row in reversed(range(height))]


def _column_values(points: Sequence[Point], columns: int) -> list[float | None]:
    """The largest value that falls into each column, with straight lines between neighbouring readings."""
    values: list[float | None] = [None] * columns
    if not points or columns < 1:
        return values
    first, last = points[0][0], points[-1][0]
    span = last - first
    before: tuple[int, float] | None = None
    for x, y in points:
        if y is None:
            before = None
            continue
        column = int((x - first) / span * (columns - 1)) if span > 0.0 else 0
        for between, value in _line(before, (column, y)):
            known = values[between]
            values[between] = value if known is None else max(known, value)
        before = (column, y)
    return values


def _line(start: tuple[int, float] | None, end: tuple[int, float]) -> list[tuple[int, float]]:
    """The columns after `start` up to `end`, with their values on the straight line."""
    if start is None or end[0] - start[0] <= 1:
        return [end]
    (x0, y0), (x1, y1) = start, end
    return [(x, y0 + (y1 - y0) * (x - x0) / (x1 - x0)) for x in range(x0 + 1, x1 + 1)]


def _dots(value: float, top: float, height: int) -> int:
    """Height in dots; a reading above zero shows at least one."""
    if top <= 0.0 or value <= 0.0:
        return 0
    return max(1, min(round(value / top * height * _DOTS_HIGH), height * _DOTS_HIGH))


def _braille_row(dots: Sequence[int], floor: int) -> str:
    left = (_LEFT_DOTS[_within(height, floor)] for height in dots[0::2])
    right = (_RIGHT_DOTS[_within(height, floor)] for height in dots[1::2])
    return "".join(chr(_BRAILLE + dots_left + dots_right) for dots_left, dots_right in zip(left, right, strict=True))


def _ascii_row(dots: Sequence[int], floor: int) -> str:
    return "".join(" .:+#"[_within(height, floor)] for height in dots)


def _within(height: int, floor: int) -> int:
    """How many of a cell's four dots lie under the curve."""
    return max(0, min(height - floor, _DOTS_HIGH))
