"""All that is known of one row of a comparison: both values whole, what the difference comes to, and the curves."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.compare.cells import Row, row_change
from rwm_tui.core.compare.comparison import Aspect, Comparison
from rwm_tui.core.compare.document import aspect_heading
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import in_ascii
from rwm_tui.widgets.compare_table import Line, mark_of, shown_cell
from rwm_tui.widgets.curve_overlay import CurveOverlay

CURVES = "curves"


def row_content(aspect: Aspect, row: Row, *, ascii_only: bool) -> Content:
    """Where and how the two differ, by symbol and words, and both values in full; in one line above curves."""
    change = row_change(row)
    verdict = change if change.startswith(("the same", "only", "differs")) else f"differs: {change}"
    parts: list[str | tuple[str, str]] = [
        (f"{aspect.name}: {clean_line(row.key)}", "bold"),
        f"\n{mark_of(row, ascii_only)} {verdict}" + (f"; {clean_line(row.note)}" if row.note else ""),
        ("\nleft   ", "$text-warning"),
        shown_cell(row.left, ascii_only),
        ("   right  " if aspect.name == CURVES else "\nright  ", "$text-accent"),
        shown_cell(row.right, ascii_only),
    ]
    return Content.assemble(*(_in_ascii(part) if ascii_only else part for part in parts))


def _in_ascii(part: str | tuple[str, str]) -> str | tuple[str, str]:
    if isinstance(part, str):
        return "\n".join(map(in_ascii, part.split("\n")))
    return "\n".join(map(in_ascii, part[0].split("\n"))), part[1]


class DifferenceDetail(VerticalScroll, can_focus=False):
    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        yield Static("", id="difference", markup=False)
        yield CurveOverlay(ascii_only=self._ascii_only, id="curves")

    def show(self, comparison: Comparison, line: Line | None) -> None:
        """:param line: None where there is none to tell of."""
        if line is None:
            self.query_one(CurveOverlay).display = False
            self.query_one("#difference", Static).update("nothing fits the filter: esc takes it away")
            return
        row = line.row
        curves = (comparison.left.curves.get(row.key), comparison.right.curves.get(row.key)) if row else (None, None)
        has_curves = line.aspect.name == CURVES and any(curves)
        overlay = self.query_one(CurveOverlay)
        overlay.display = has_curves
        if has_curves:
            overlay.show(*curves)
        text = row_content(line.aspect, row, ascii_only=self._ascii_only) if row else aspect_heading(line.aspect)
        self.query_one("#difference", Static).update(text)
        self.scroll_home(animate=False)
