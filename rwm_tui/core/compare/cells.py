"""Rows of a comparison: one thing with its value on either side, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rwm_tui.core.run_dir.params import InertTag, Slice
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.finding import printable, shown

Cell = bool | int | float | str | None | Absent

MAX_ROWS = 5_000
MAX_KEY_CHARACTERS = 160
MAX_DEPTH = 24
NOT_THERE = Absent("not there")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on both sides. `note` says more about the difference."""

    key: str
    left: Cell
    right: Cell
    differs: bool
    note: str = ""


def row(key: str, left: Cell, right: Cell, note: str = "") -> Row:
    return Row(key[:MAX_KEY_CHARACTERS], left, right, not _same(left, right), note)


def rows_of(left: Mapping[str, Cell], right: Mapping[str, Cell], absent: tuple[Cell, Cell]) -> tuple[Row, ...]:
    """One row per key of either side, in the order of the left one. :param absent: what stands for a missing key."""
    keys = list(dict.fromkeys([*left, *right]))[:MAX_ROWS]
    return tuple(row(key, left.get(key, absent[0]), right.get(key, absent[1])) for key in keys)


def leaves(value: object, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Cell]]:
    """Dotted keys and plain values of a configuration; a list of plain values is one value."""
    if isinstance(value, Mapping) and value and depth < MAX_DEPTH:
        for name, inner in value.items():
            yield from leaves(inner, f"{prefix}.{name}" if prefix else str(name), depth + 1)
    else:
        yield printable(prefix), cell_of(value)


def cell_of(value: object) -> Cell:
    """A value of an untrusted file as a cell; what is not plain is written out as one short line."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 64 else shown(value)
    return shown(value if isinstance(value, str) else _text(value, 0))


def _text(value: object, depth: int) -> str:
    if depth > 6:
        return "..."
    match value:
        case InertTag(tag, text):
            return f"{tag} {text}".rstrip()
        case Slice(parts):
            return f"slice({', '.join(_text(part, depth + 1) for part in parts)})"
        case list() | tuple():
            return f"[{', '.join(_text(item, depth + 1) for item in value[:64])}{', ...' if len(value) > 64 else ''}]"
        case dict():
            return "{" + ", ".join(f"{name}: {_text(item, depth + 1)}" for name, item in list(value.items())[:64]) + "}"
    return shown(value)


def _same(left: Cell, right: Cell) -> bool:
    """Absent on both sides is no difference, whatever the reasons; true and 1 are different."""
    if isinstance(left, Absent) or isinstance(right, Absent):
        return isinstance(left, Absent) and isinstance(right, Absent)
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left) and math.isnan(right):
        return True
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def cell_text(cell: Cell) -> str:
    """The cell in words."""
    if isinstance(cell, Absent):
        return f"({cell.reason})"
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return shown(cell)


def row_change(row: Row) -> str:
    """How the right side differs, in words: `only on the left`, `60 times the left`, `+3`."""
    if not row.differs:
        return "the same"
    if isinstance(row.left, Absent) or isinstance(row.right, Absent):
        return "only on the left" if isinstance(row.right, Absent) else "only on the right"
    left, right = _number(row.left), _number(row.right)
    if left is None or right is None:
        return "differs"
    if left == 0 or (left < 0) != (right < 0) or right == 0:
        return f"{right - left:+.6g}"
    return f"{right - left:+.6g}, {right / left:.4g} times the left"


def _number(cell: Cell) -> float | None:
    """None for what is no finite number, or one too large to reckon with."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        return None
    return float(cell)
