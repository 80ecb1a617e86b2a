"""One figure of a launch over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float | None]
"""Seconds since the epoch, and a value; None where there was no reading, which leaves a gap."""


@dataclass(frozen=True)
class Chart:
    """
    :param points: by rising time.
    :param below: the share of ``points`` that is somebody else's, drawn beneath ours.
    :param filled: an area from zero, else a line between the least and the largest.
    :param limit: what the value cannot pass.
    :param foretold: bounds of the peak.
    :param notes: what else is to be known, the most important first.
    :param earlier: the same figure of an earlier launch, moved to this one's start.
    :param earlier_end: when that launch was over, moved likewise.
    """

    name: str
    unit: str
    points: tuple[Point, ...]
    below: tuple[Point, ...] = ()
    below_name: str = ""
    filled: bool = True
    limit: float | None = None
    foretold: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    earlier: tuple[Point, ...] = ()
    earlier_end: float = math.inf

    @property
    def known(self) -> tuple[float, ...]:
        return tuple(value for _, value in self.points if value is not None)


def range_at(points: tuple[Point, ...], start: float, end: float) -> tuple[float, float] | None:
    """The least and the largest reading in a span of time, which a column draws, else the one before it twice."""
    within = [value for t, value in points if start <= t < end and value is not None]
    last = value_at(points, start, end)
    return (min(within), max(within)) if within else None if last is None else (last, last)


def value_at(points: tuple[Point, ...], start: float, end: float) -> float | None:
    """The last reading in a span of time, else the one before it; None in a gap or before the first."""
    before = next((value for t, value in reversed(points) if t < start), None)
    within = [value for t, value in points if start <= t < end]
    if not within:
        return before
    return next((value for value in reversed(within) if value is not None), None)
