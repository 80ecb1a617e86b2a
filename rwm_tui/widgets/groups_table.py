"""The observation groups by three witnesses, as aligned and marked cells."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.observation_readings import GroupComparison
from rwm_tui.core.verdict.observation_table import LEGEND, MIN_WIDTH, Cell, cell_text, notes, table

# Colour never carries the meaning alone: the mark stands before the text.
_STYLES = {"=": "$text-success", "!": "bold $text-error", "?": "$text-warning", "-": "dim"}
_GAP = "  "


def groups_content(comparison: GroupComparison, width: int) -> Content:
    """The table, its legend, and every drift with file and place."""
    head, *lines = table(comparison, width)
    parts: list[str | tuple[str, str]] = [(_GAP.join(map(cell_text, head)), "bold"), "\n"]
    for line in lines:
        for cell in line:
            parts += [_styled(cell), _GAP]
        parts.append("\n")
    parts.append((f"\n{LEGEND}\n", "dim"))
    for note in notes(comparison):
        parts.append((f"{clean_line(note)}\n", _STYLES[note[0]]))
    return Content.assemble(*parts)


def _styled(cell: Cell) -> str | tuple[str, str]:
    style = _STYLES.get(cell.mark)
    return (cell_text(cell), style) if style else cell_text(cell)


class GroupsTable(Static):
    """Fits its columns to the width it has."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._comparison: GroupComparison | None = None

    def show(self, comparison: GroupComparison) -> None:
        self._comparison = comparison
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._comparison:
            self.update(groups_content(self._comparison, self.size.width or MIN_WIDTH))
