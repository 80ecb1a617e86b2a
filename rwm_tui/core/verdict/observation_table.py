"""The observation groups three ways, side by side: as aligned cells, as text, as the JSON document of `groups`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rwm_tui.core.verdict.edge_widths import STATE_AND_ACTION
from rwm_tui.core.verdict.finding import printable
from rwm_tui.core.verdict.observation_readings import NOT_THERE, GroupComparison, Reading, Witness
from rwm_tui.core.verdict.reference import ACTION_WIDTH, REFERENCE_GROUPS, STATE_WIDTH, group_width

GROUPS_SCHEMA = 1
MAX_ROWS = 200
MIN_WIDTH = 60
LEGEND = "= as expected    ! drift    ? not compared    - says nothing"
_GAP = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """What a witness says of a row.

    Attributes:
        mark: `=` as expected, `!` drift, `?` not comparable, `-` says nothing; blank for a head or a name.
    """

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A group (no term), or one of its terms, with the reference's shape and what each witness says."""

    group: str
    term: str
    expected: str
    readings: tuple[Reading, ...]

    @property
    def label(self) -> str:
        return f"  {self.term}" if self.term else self.group

    def cell(self, witness: Witness) -> Cell:
        own = [reading for reading in self.readings if reading.witness is witness]
        if not own:
            return Cell("-", "")
        drifted = [reading for reading in own if reading.agrees is False]
        agreeing = any(reading.agrees for reading in own)
        texts = dict.fromkeys(_in_brief(reading) for reading in drifted or own)
        return Cell("!" if drifted else "=" if agreeing else "?", ", ".join(texts))


def _in_brief(reading: Reading) -> str:
    is_whole_group = reading.witness is Witness.CONFIGURATION and not reading.term
    return "its terms" if is_whole_group and reading.agrees else reading.observed


def rows(comparison: GroupComparison) -> tuple[Row, ...]:
    """Groups and terms of the reference in its order, each followed by what the run has beyond them."""
    places: dict[tuple[str, str], list[Reading]] = {place: [] for place in _reference_places()}
    for reading in comparison.readings:
        places.setdefault((reading.group, reading.term), []).append(reading)
    groups = list(dict.fromkeys(group for group, _ in places))
    ordered = sorted(places, key=lambda place: groups.index(place[0]))  # stable: a further term joins its group
    return tuple(Row(*place, _expected(*place), tuple(places[place])) for place in ordered)


def _reference_places() -> Iterator[tuple[str, str]]:
    for group, terms in REFERENCE_GROUPS.items():
        yield group, ""
        for term in terms:
            yield group, term.name
        if group == "system_action":
            yield STATE_AND_ACTION, ""


def _expected(group: str, term: str) -> str:
    if group == STATE_AND_ACTION:
        return str((STATE_WIDTH + ACTION_WIDTH,))
    if not term:
        return str((group_width(group),)) if group in REFERENCE_GROUPS else NOT_THERE
    width = next((known.width for known in REFERENCE_GROUPS.get(group, ()) if known.name == term), None)
    return str((width,)) if width else NOT_THERE


def table(comparison: GroupComparison, width: int) -> list[tuple[Cell, ...]]:
    """The rows as cells of equal width, under a head; long texts are cut at the column's end."""
    found = rows(comparison)
    head = (Cell("", ""), Cell("", "expected"), *(Cell(" ", witness.value) for witness in Witness))
    lines = [head]
    for row in found[:MAX_ROWS]:
        lines.append((Cell("", row.label), Cell("", row.expected), *map(row.cell, Witness)))
    widths = _widths(lines, max(width, MIN_WIDTH))
    return [
        tuple(Cell(cell.mark, _fitted(cell.text, size)) for cell, size in zip(line, widths, strict=True))
        for line in lines
    ]


def _widths(lines: Sequence[Sequence[Cell]], width: int) -> list[int]:
    """Every column as wide as its longest text; the widest ones give way until the line fits."""
    sizes = [max(len(line[column].text) for line in lines) for column in range(len(lines[0]))]
    marks = _GAP * len(Witness)
    room = width - marks - _GAP * (len(sizes) - 1)
    while sum(sizes) > room:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _fitted(text: str, size: int) -> str:
    cut = text if len(text) <= size else f"{text[: max(size - 3, 0)]}..."
    return printable(cut).ljust(size)[:size]


def cell_text(cell: Cell) -> str:
    return f"{cell.mark} {cell.text}" if cell.mark else cell.text


def summary(comparison: GroupComparison) -> str:
    """Agreement or drift in one line."""
    speaking = [witness.value for witness in Witness if witness not in comparison.silent]
    if not speaking:
        return "No source shows the observation groups."
    who = ", ".join(speaking)
    if not comparison.drifted:
        verdict = "agree with the reference" if len(speaking) > 1 else "agrees with the reference"
        return f"{who} {verdict} in all that {'they show' if len(speaking) > 1 else 'it shows'}."
    drifting = dict.fromkeys(reading.witness.value for reading in comparison.drifted)
    return f"Drift in {len(comparison.drifted)} places, by {', '.join(drifting)}."


def notes(comparison: GroupComparison) -> Iterator[str]:
    """Each drift with file and place, then why a witness is silent."""
    for reading in comparison.drifted[:MAX_ROWS]:
        yield f"! {reading.source}, {reading.locator}: {reading.observed} (expected: {reading.expected})"
    for reading in comparison.readings:
        if reading.agrees is None and reading.reason:
            yield f"? {reading.source}, {reading.locator}: {reading.observed} ({reading.reason})"
    for witness, reason in comparison.silent.items():
        yield f"- {witness.value} is not available, because {reason}"


def render_text(comparison: GroupComparison, width: int) -> str:
    """For a terminal without screens: printable lines, no colours."""
    lines: list[str] = [(" " * _GAP).join(map(cell_text, line)).rstrip() for line in table(comparison, width)]
    if (more := len(rows(comparison)) - MAX_ROWS) > 0:
        lines.append(f"{more} more rows in the JSON document")
    wrapped = (line for note in notes(comparison) for line in _wrap(note, max(width, MIN_WIDTH)))
    return "\n".join([summary(comparison), "", *lines, "", LEGEND, *wrapped])


def _wrap(text: str, width: int) -> Iterable[str]:
    return textwrap.wrap(printable(text), width, subsequent_indent="  ", break_on_hyphens=False)


def groups_document(comparison: GroupComparison, run_dir: str) -> dict[str, object]:
    """The JSON document of `rwm-tui groups`."""
    return {
        "schema": GROUPS_SCHEMA,
        "run_dir": run_dir,
        "witnesses": {
            witness.value: {
                "sources": list(dict.fromkeys(reading.source for reading in comparison.of(witness))),
                "not_available": comparison.silent.get(witness),
            }
            for witness in Witness
        },
        "drifted": len(comparison.drifted),
        "rows": [
            {
                "group": row.group,
                "term": row.term or None,
                "expected": row.expected,
                "readings": [_reading_document(reading) for reading in row.readings],
            }
            for row in rows(comparison)
        ],
    }


def _reading_document(reading: Reading) -> dict[str, object]:
    return {
        "witness": reading.witness.value,
        "source": reading.source,
        "locator": reading.locator,
        "observed": reading.observed,
        "expected": reading.expected,
        "agrees": reading.agrees,
        "reason": reading.reason or None,
    }
