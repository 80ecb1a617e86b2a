"""A comparison as the JSON document of `compare`, as text, and as Markdown."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from rwm_tui.core.compare.cells import Cell, Row, cell_text, row_change
from rwm_tui.core.compare.comparison import Aspect, Comparison
from rwm_tui.core.compare.side import Side
from rwm_tui.core.markdown_cell import markdown_cell
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.trainer_output.terminal_text import clean_line

COMPARE_SCHEMA = 1
MIN_WIDTH = 60
_TRAINERS = {"embedded": "not Isaac Lab", "isaaclab": "Isaac Lab", None: "trainer unknown"}


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
                "remark": aspect.remark,
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
    sides = f"left   {side_statement(comparison.left)}", f"right  {side_statement(comparison.right)}"
    lines = [line for side in sides for line in textwrap.wrap(side, width, subsequent_indent=" " * 7)]
    for aspect in comparison.aspects:
        lines += ["", aspect_heading(aspect)]
        for row in shown_rows(aspect, everything=everything):
            lines += _row_lines(row, width)
    return "\n".join(map(clean_line, lines))


def aspect_heading(aspect: Aspect) -> str:
    if not aspect.rows:
        return f"{aspect.name}: neither side tells"
    differences = len(aspect.differences)
    counted = f"{differences or 'no'} difference{'' if differences == 1 else 's'} of {len(aspect.rows)}"
    return f"{aspect.name}: {counted}" + (f": {aspect.remark}" if aspect.remark else "")


def compare_markdown(comparison: Comparison, *, everything: bool) -> str:
    """A heading and a table for each aspect, ready to paste; what is the same is counted."""
    left, right = (markdown_cell(side.name) for side in (comparison.left, comparison.right))
    lines = [f"## {left} and {right}"]
    for aspect in comparison.aspects:
        lines += ["", f"### {markdown_cell(aspect_heading(aspect))}"]
        if rows := shown_rows(aspect, everything=everything):
            lines += ["", f"| | {left} | {right} | |", "| --- | --- | --- | --- |"]
            lines += [f"| {' | '.join(_markdown_cells(row))} |" for row in rows]
    return "\n".join(map(clean_line, lines)) + "\n"


def _markdown_cells(row: Row) -> Iterator[str]:
    note = row.note or row_change(row)
    texts = row.key, cell_text(row.left), cell_text(row.right), note if row.differs else "the same"
    yield from map(markdown_cell, texts)


def row_text(comparison: Comparison, aspect: Aspect, row: Row) -> str:
    """One row with the names of both sides, to paste where no table goes."""
    texts = (
        f"{aspect.name}: {row.key} ({row_change(row)})",
        f"{comparison.left.name}: {cell_text(row.left)}",
        f"{comparison.right.name}: {cell_text(row.right)}",
        *([row.note] if row.note and row.differs else []),
    )
    return "\n".join(map(clean_line, texts))


def side_statement(side: Side) -> str:
    """Its name, how it ended, which trainer wrote it, and how large it was: last, as what a narrow screen cuts."""
    outcome = side.state.outcome if side.state else None
    ended = outcome.outcome.value if outcome else "not over" if side.state else "no record"
    judged = side.checklist
    return f"{side.name}  {ended}" + (f", {_TRAINERS[judged.backend]}, scale {judged.scale.class_}" if judged else "")


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
