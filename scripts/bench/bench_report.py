"""One run of the bench, as it is kept."""

from __future__ import annotations

import msgspec

from scripts.bench.figure import Figure


class BenchReport(msgspec.Struct, frozen=True):
    """All figures of one run, and what they were taken on.

    :param load: load averages of a minute, before and after; above the number of cores, others had to be waited for.
    """

    date: str
    machine: str
    versions: dict[str, str]
    took_s: float
    figures: list[Figure]
    load: tuple[float, float] = (0.0, 0.0)
    repeats: int = 5
    niceness: int = 0
