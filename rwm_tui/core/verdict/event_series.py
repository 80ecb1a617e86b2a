"""TensorBoard event files, folded into one series per tag."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.run_dir.regular_file import read_head
from rwm_tui.core.run_dir.unreadable import Unreadable
from rwm_tui.core.trainer_output.scalars import Scalar, ScalarReader
from rwm_tui.core.verdict.facts import EventFacts, Series

_MAX_HEADER_BYTES = 1024  # TensorBoard's has 88
_FRAME_BYTES = 16  # around a record: its length and two checksums

MAX_TAGS = 2000
MAX_SCALARS_PER_FILE = 20_000_000


def read_event_series(paths: Sequence[Path]) -> EventFacts:
    """The scalars of a run's event files in their order; what could not be read, by file."""
    series: dict[str, _Growing] = {}
    unreadable: dict[str, Unreadable] = {}
    unfinished: set[str] = set()
    without_records: set[str] = set()
    for path in paths:
        reader = ScalarReader(path)
        read = 0
        while (scalars := reader.read_new()) and read < MAX_SCALARS_PER_FILE:
            read += len(scalars)
            _fold(series, scalars, path.name)
        if reader.finding:
            unreadable[path.name] = reader.finding
        elif reader.waiting_bytes:
            unfinished.add(path.name)
        elif not read and _holds_no_records(path):
            without_records.add(path.name)
    return EventFacts(
        {tag: growing.series(tag) for tag, growing in series.items()},
        unreadable,
        frozenset(unfinished),
        frozenset(without_records),
    )


def _holds_no_records(path: Path) -> bool:
    """A writer that logged nothing leaves a header, one record that names the format; a killed one perhaps nothing."""
    content = read_head(str(path), _MAX_HEADER_BYTES)
    if not content:
        return True
    is_one_record = len(content) == _FRAME_BYTES + int.from_bytes(content[:8], "little")
    return is_one_record and b"brain.Event:" in content


def _fold(series: dict[str, _Growing], scalars: Iterable[Scalar], source: str) -> None:
    for scalar in scalars:
        growing = series.get(scalar.tag)
        if growing is None:
            if len(series) >= MAX_TAGS:
                continue
            growing = series[scalar.tag] = _Growing(scalar.step, scalar.step, scalar.value)
        growing.add(scalar, source)


@dataclass(slots=True)
class _Growing:
    first_step: int
    last_step: int
    first_value: float
    count: int = 0
    last_value: float = math.nan
    lowest: float | None = None
    first_non_finite: tuple[int, float] | None = None
    source: str = ""

    def add(self, scalar: Scalar, source: str) -> None:
        step, value = scalar.step, scalar.value
        self.count += 1
        self.source = source
        self.last_value = value
        if step < self.first_step:
            self.first_step = step
        if step > self.last_step:
            self.last_step = step
        if not math.isfinite(value):
            self.first_non_finite = self.first_non_finite or (step, value)
        elif self.lowest is None or value < self.lowest:
            self.lowest = value

    def series(self, tag: str) -> Series:
        return Series(
            tag=tag,
            count=self.count,
            first_step=self.first_step,
            last_step=self.last_step,
            first_value=self.first_value,
            last_value=self.last_value,
            lowest=self.lowest,
            first_non_finite=self.first_non_finite,
            source=self.source,
        )
