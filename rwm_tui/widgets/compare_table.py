"""Two sides next to each other: a heading for each aspect, below it what differs, and on demand what is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from rwm_tui.core.compare.cells import Cell, Row, cell_text
from rwm_tui.core.compare.comparison import Aspect, Comparison
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import STATUS_WORDS, in_ascii
from rwm_tui.widgets.checklist_table import status_words
from rwm_tui.widgets.line_table import LineTable, dots, fitted

MARK_WIDTH, GAP = 2, "  "
KEY_SHARE = 0.42
LEGEND, LEGEND_ASCII = "≠ differs  < > on one side only", "* differs  < > on one side only"
_CONTEXT = 6  # cells that long values show of what they share, before they part
_STATUS_OF = {words: status for status, words in STATUS_WORDS.items()}


@dataclass(frozen=True)
class Line:
    """The heading of an aspect, where `row` is None; else one row of it."""

    aspect: Aspect
    row: Row | None = None


def lines_of(comparison: Comparison, unfolded: frozenset[str], wanted: str = "") -> tuple[Line, ...]:
    """Aspects that differ come first, then those that do not, then those of which neither side tells.

    :param unfolded: the names of the aspects that also show what is the same, after what differs.
    :param wanted: only rows with this in their key or values, folded or not.
    """
    lines: list[Line] = []
    for aspect in sorted(comparison.aspects, key=lambda aspect: (not aspect.differences, not aspect.rows)):
        equal = aspect.equal_rows if wanted or aspect.name in unfolded else ()
        rows = [row for row in (*aspect.differences, *equal) if has_text(row, wanted)]
        if rows or not wanted:
            lines += [Line(aspect), *(Line(aspect, row) for row in rows)]
    return tuple(lines)


def has_text(row: Row, wanted: str) -> bool:
    texts = (row.key, cell_text(row.left), cell_text(row.right))
    return not wanted or any(wanted.lower() in text.lower() for text in texts)


def mark_of(row: Row, ascii_only: bool) -> str:
    """One character: the same, changed, only on the left, only on the right."""
    if not row.differs:
        return "="
    if isinstance(row.left, Absent) or isinstance(row.right, Absent):
        return "<" if isinstance(row.right, Absent) else ">"
    return "*" if ascii_only else "≠"


def shown_cell(cell: Cell, ascii_only: bool, room: int | None = None) -> str:
    """The cell in words; a claim's status with its symbol before it, in short words where the room needs them."""
    text = clean_line(cell_text(cell))
    status = _STATUS_OF.get(text)
    if status is not None:
        words = status_words(status, ascii_only=ascii_only)
        return words if room is None or len(words) <= room else status_words(status, ascii_only=ascii_only, short=True)
    return in_ascii(text) if ascii_only else text


def heading_text(aspect: Aspect, is_unfolded: bool, ascii_only: bool) -> str:
    if not aspect.rows:
        return f"  {aspect.name}: neither side tells"
    differ, same = len(aspect.differences), len(aspect.equal_rows)
    fold = ("-" if is_unfolded else "+") if ascii_only else ("▾" if is_unfolded else "▸")
    counts = [f"{differ} differ{'s' if differ == 1 else ''}" if differ else "", f"{same} the same" if same else ""]
    remark = f": {aspect.remark}" if aspect.remark else ""
    return f"{fold if same else ' '} {aspect.name}  {', '.join(filter(None, counts))}{remark}"


class CompareTable(LineTable):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "compare--names",
        "compare--heading",
        "compare--left",
        "compare--right",
        "compare--same",
        "compare--selected",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Fold"),
        Binding("a", "fold_all", "Unfold"),
        Binding("n", "difference(1)", "Next difference", show=False),
        Binding("N", "difference(-1)", "Previous difference", show=False),
        Binding("right_square_bracket", "aspect(1)", "Next aspect", show=False),
        Binding("left_square_bracket", "aspect(-1)", "Previous aspect", show=False),
    ]

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(ascii_only=ascii_only, id=id)
        self._comparison: Comparison | None = None
        self._lines: tuple[Line, ...] = ()
        self._unfolded: frozenset[str] = frozenset()
        self._wanted = ""

    @property
    def row_count(self) -> int:
        return len(self._lines)

    @property
    def selected(self) -> Line | None:
        return self._lines[self.row] if self.row < len(self._lines) else None

    def show(self, comparison: Comparison) -> None:
        """Replace what is compared; the cursor goes to the same row, else to the first that differs."""
        before = self.selected
        self._comparison = comparison
        self._lines = lines_of(comparison, self._unfolded, self._wanted)
        first = next((place for place, line in enumerate(self._lines) if line.row), 0)
        self.show_row(self._place_of(before) if before else first)

    def show_only(self, wanted: str) -> None:
        """Rows with this text, folded or not; all where it is empty."""
        if self._comparison and wanted != self._wanted:
            self._wanted = wanted
            self._draw_anew()

    def action_fold(self) -> None:
        """Show what is the same in the selected aspect, or fold it away."""
        if self.selected:
            self._fold(self._unfolded ^ {self.selected.aspect.name})

    def action_fold_all(self) -> None:
        if self._comparison:
            names = frozenset(aspect.name for aspect in self._comparison.aspects)
            self._fold(frozenset() if self._unfolded == names else names)

    def action_difference(self, direction: int) -> None:
        self._go_on(direction, lambda line: line.row is not None and line.row.differs)

    def action_aspect(self, direction: int) -> None:
        self._go_on(direction, lambda line: line.row is None)

    def _go_on(self, direction: int, wanted: Callable[[Line], bool]) -> None:
        places = range(self.row + 1, len(self._lines)) if direction > 0 else range(self.row - 1, -1, -1)
        found = next((place for place in places if wanted(self._lines[place])), None)
        if found is not None:
            self.go_to(found)

    def _fold(self, unfolded: frozenset[str]) -> None:
        self._unfolded = unfolded
        self._draw_anew()

    def _draw_anew(self) -> None:
        selected = self.selected
        if self._comparison:
            self._lines = lines_of(self._comparison, self._unfolded, self._wanted)
            self.show_row(self._place_of(selected) if selected else 0)

    def _place_of(self, wanted: Line) -> int:
        """Where this row stands now; its aspect's heading, where it is folded away."""
        places = [place for place, line in enumerate(self._lines) if line.aspect.name == wanted.aspect.name]
        key = wanted.row.key if wanted.row else None
        of_key = (place for place in places if key is not None and self._key(place) == key)
        return next(of_key, places[0] if places else 0)

    def _key(self, place: int) -> str | None:
        row = self._lines[place].row
        return row.key if row else None

    def heading(self, width: int) -> Strip:
        key, value = _widths(width)
        legend = LEGEND_ASCII if self.ascii_only else LEGEND
        cells = (
            set_cell_size(text, size) for text, size in ((legend, key + MARK_WIDTH), ("left", value), ("right", value))
        )
        looks = ("names", "left", "right")
        segments = [
            Segment(f"{text}{GAP}", self.get_component_rich_style(f"compare--{look}"))
            for text, look in zip(cells, looks, strict=True)
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def line(self, row: int, width: int) -> Strip:
        line = self._lines[row]
        selected = self.get_component_rich_style("compare--selected") if row == self.row else None
        if line.row is None:
            text = heading_text(line.aspect, line.aspect.name in self._unfolded, self.ascii_only)
            style = selected or self.get_component_rich_style("compare--heading")
            return Strip([Segment(set_cell_size(text, width), style)], width)
        texts = row_cells(line.row, width, self.ascii_only)
        looks = ("left", "right") if line.row.differs else ("same", "same")
        styles = [self._style(selected, look) for look in ("same", *looks)]
        segments = [Segment(text, style) for text, style in zip(texts, styles, strict=True)]
        return Strip(segments).adjust_cell_length(width, selected or self.rich_style)

    def _style(self, selected: Style | None, look: str) -> Style:
        return selected or self.get_component_rich_style(f"compare--{look}")


def _widths(width: int) -> tuple[int, int]:
    """Of the key, and of each side."""
    key = int((width - MARK_WIDTH) * KEY_SHARE) - len(GAP)
    return key, (width - MARK_WIDTH - key - 2 * len(GAP)) // 2


def row_cells(row: Row, width: int, ascii_only: bool) -> tuple[str, str, str]:
    """Mark and key, left and right, each with the blanks after it."""
    key_width, value_width = _widths(width)
    key = in_ascii(clean_line(row.key)) if ascii_only else clean_line(row.key)
    whole = [shown_cell(value, ascii_only, value_width) for value in (row.left, row.right)]
    left, right = parted(whole[0], whole[1], value_width, ascii_only)
    return (
        f"{mark_of(row, ascii_only)} {set_cell_size(fitted(key, key_width, ascii_only, at_end=True), key_width)}{GAP}",
        f"{set_cell_size(left, value_width)}{GAP}",
        set_cell_size(right, value_width),
    )


def parted(left: str, right: str, width: int, ascii_only: bool) -> tuple[str, str]:
    """Both within so many cells; long ones that begin alike from shortly before they part."""
    shared = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), 0)
    start = max(shared - _CONTEXT, 0) if shared >= width - _CONTEXT else 0
    before = dots(ascii_only) if start else ""
    return fitted(before + left[start:], width, ascii_only), fitted(before + right[start:], width, ascii_only)
