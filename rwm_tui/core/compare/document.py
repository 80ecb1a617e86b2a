"""A comparison as the JSON document of `compare`, and as text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from rwm_tui.core.compare.cells import Cell, Row, cell_text
from rwm_tui.core.compare.comparison import Aspect, Comparison
from rwm_tui.core.compare.side import Side
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.trainer_output.terminal_text import clean_line

COMPARE_SCHEMA = 1
MIN_WIDTH = 60


def compare_document(comparison: Comparison, *, everything: bool) -> dict[str, Any]:
    """`aspects` hold the rows that differ; all rows where `everything` was asked for."""
    return {
        "schema": COMPARE_SCHEMA,
        "left": _side(comparison.left),
        "right": _side(comparison.right),
        "differences": comparison.difference_count,
        "aspects": [
            {
                "name": aspect.name,
                "compared": len(aspect.rows),
                "differences": len(aspect.differences),
                "rows": [_row(row) for row in shown_rows(aspect, everything=everything)],
            }
            for aspect in comparison.aspects
        ],
    }


def shown_rows(aspect: Aspect, *, everything: bool) -> Sequence[Row]:
    return aspect.rows if everything else aspect.differences


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "launch_dir": str(side.launch_directory) if side.launch_directory else None,
        "run_dir": str(side.run_directory) if side.run_directory else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "left": _value(row.left),
        "right": _value(row.right),
        "differs": row.differs,
        "note": row.note,
    }


def _value(cell: Cell) -> Any:
    if isinstance(cell, Absent):
        return {"not_available": cell.reason}
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell


def compare_text(comparison: Comparison, width: int, *, everything: bool) -> str:
    """Printable lines of at most `width` columns: a heading per aspect, then key, left and right."""
    width = max(width, MIN_WIDTH)
    lines = [f"left   {comparison.left.name}", f"right  {comparison.right.name}"]
    for aspect in comparison.aspects:
        lines += ["", aspect_heading(aspect)]
        for row in shown_rows(aspect, everything=everything):
            lines += _row_lines(row, width)
    return "\n".join(map(clean_line, lines))


def aspect_heading(aspect: Aspect) -> str:
    if not aspect.rows:
        return f"{aspect.name}: neither side tells"
    differences = len(aspect.differences)
    return f"{aspect.name}: {differences or 'no'} difference{'' if differences == 1 else 's'} of {len(aspect.rows)}"


def _row_lines(row: Row, width: int) -> Iterator[str]:
    """One line where it fits, else one for each side."""
    left, right = cell_text(row.left), cell_text(row.right)
    mark = "*" if row.differs else " "
    one = f"{mark} {row.key:<34}  {left}  |  {right}"
    if len(one) <= width:
        yield one
    else:
        yield f"{mark} {row.key}"
        yield from _wrapped(f"left:  {left}", width)
        yield from _wrapped(f"right: {right}", width)
    if row.differs and row.note:
        yield from _wrapped(row.note, width)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False)
