"""The scalars of a run as curves, and where two of them part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.trainer_output.scalars import ScalarReader

MAX_TAGS = 400
MAX_POINTS = 50_000  # of one tag; the reference writes 2,000
PARTED = 0.1  # relative difference from which two values count as apart; less is the noise of parallel sums


@dataclass(frozen=True, slots=True)
class Curve:
    """Values by step, in the order of the steps; of two values of a step the later written counts."""

    values: Mapping[int, float]

    @property
    def last_step(self) -> int:
        return max(self.values)

    @property
    def last_value(self) -> float:
        return self.values[self.last_step]


def read_curves(event_files: Sequence[Path]) -> Mapping[str, Curve]:
    """Every tag by step; tags whose steps are seconds (`…/time`) are left out, since no two runs share those."""
    points: dict[str, dict[int, float]] = {}
    for path in event_files:
        reader = ScalarReader(path)
        while scalars := reader.read_new():
            for scalar in scalars:
                if scalar.tag.endswith("/time") or (scalar.tag not in points and len(points) >= MAX_TAGS):
                    continue
                values = points.setdefault(scalar.tag, {})
                if len(values) < MAX_POINTS:
                    values[scalar.step] = scalar.value
    return {tag: Curve(dict(sorted(points[tag].items()))) for tag in sorted(points)}


def parting_step(left: Curve, right: Curve) -> int | None:
    """The first step that both have and at which they differ by more than a tenth; None where there is none."""
    for step, value in left.values.items():
        if step in right.values and _apart(value, right.values[step]):
            return step
    return None


def _apart(left: float, right: float) -> bool:
    if not (math.isfinite(left) and math.isfinite(right)):
        return not (left == right or (math.isnan(left) and math.isnan(right)))
    return abs(left - right) > PARTED * max(abs(left), abs(right))
