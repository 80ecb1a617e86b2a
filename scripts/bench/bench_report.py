"""One run of the bench, as it is kept."""

from __future__ import annotations

import msgspec

from scripts.bench.figure import Figure


class BenchReport(msgspec.Struct, frozen=True):
    """All figures of one run, and what they were taken on."""

    date: str
    machine: str
    versions: dict[str, str]
    took_s: float
    figures: list[Figure]
