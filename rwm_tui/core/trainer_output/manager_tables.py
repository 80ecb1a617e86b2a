"""Isaac Lab's observation tables, as prettytable prints them after `[INFO] Observation Manager:`.

Parsed by `|` alone: prettytable 3.3 prints titles wider than their border, newer versions widen the border.
"""

from __future__ import annotations

import re

from rwm_tui.core.trainer_output.console_events import ObservationGroup, ObservationTerm

_HEADER = re.compile(r"\[INFO\] Observation Manager: +<\w{1,64}> contains (\d{1,4}) groups?\.")
_TITLE = re.compile(r"\| *Active Observation Terms in Group: '([^']{1,200})'(?: \(shape: \(([\d, ]{0,200})\)\))? *\|")
_ROW = re.compile(r"\| *\d{1,6} *\| *(\S{1,200}) *\| *\(([\d, ]{0,200})\) *\|")
_BORDERS_OF_A_TABLE = 4  # above and below the title, below the column heads, below the rows


class ObservationTables:
    """Collects the tables line by line until all that were announced are whole."""

    def __init__(self, announced: int) -> None:
        self._announced = announced
        self._groups: list[ObservationGroup] = []
        self._title: tuple[str, tuple[int, ...] | None] | None = None
        self._terms: list[ObservationTerm] = []
        self._borders = 0

    @classmethod
    def opened_by(cls, text: str) -> ObservationTables | None:
        """The collector that a manager's header line opens, or None."""
        header = _HEADER.match(text)
        return cls(int(header[1])) if header else None

    def add(self, text: str) -> tuple[ObservationGroup, ...] | None:
        """Take one stripped line; the groups as soon as the last table is whole, else None."""
        if text.startswith("+-"):
            self._add_border()
            return tuple(self._groups) if len(self._groups) == self._announced else None
        if title := _TITLE.fullmatch(text):
            self._title = (title[1], _shape(title[2]) if title[2] is not None else None)
        elif (row := _ROW.fullmatch(text)) and self._title:
            self._terms.append(ObservationTerm(row[1], _shape(row[2])))
        return None

    def _add_border(self) -> None:
        self._borders += 1
        if self._borders < _BORDERS_OF_A_TABLE:
            return
        if self._title:
            name, shape = self._title
            self._groups.append(ObservationGroup(name, shape, tuple(self._terms)))
        self._title, self._terms, self._borders = None, [], 0


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in re.findall(r"\d{1,9}", text))
