"""Where a hit stands in its line, and how far the line has to be moved for it to be seen."""

from __future__ import annotations

from rich.cells import cell_len

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.matching import Matcher
from rwm_tui.widgets.log_strip import line_text, places_of, text_of_rows, wrapped_line


def column_of_hit(line: LogLine, found: Matcher, column: int, width: int) -> int:
    """How far a line is moved to the left: as it is, where that shows its first hit, else as little as shows it.

    :param width: cells that are shown of a line, from ``column`` on.
    """
    text = line_text(line)
    hits = places_of(text, found)
    if not hits:
        return column
    first, after = (cell_len(text[:at]) for at in hits[0])
    if column <= first and after <= column + width:
        return column
    return 0 if after <= width else max(first - width // 3, 0)


def row_of_hit(line: LogLine, found: Matcher, width: int) -> int:
    """On which row of a wrapped line its first hit begins."""
    rows = wrapped_line(line, width)
    hits = places_of(text_of_rows(rows), found)
    left = hits[0][0] if hits else 0
    for index, row in enumerate(rows):
        left -= sum(len(segment.text) for segment in row)
        if left < 0:
            return index
    return 0
