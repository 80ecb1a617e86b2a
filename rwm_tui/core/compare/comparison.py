"""What is compared, as values: aspects, and in each one row per thing that either side names."""

from __future__ import annotations

from dataclasses import dataclass

from rwm_tui.core.compare.aspects import ASPECTS, REMARKS
from rwm_tui.core.compare.cells import Row
from rwm_tui.core.compare.side import Side


@dataclass(frozen=True, slots=True)
class Aspect:
    """One respect in which the two are compared; without rows where neither side tells of it.

    :param remark: what the differences come to, where that can be said in a few words.
    """

    name: str
    rows: tuple[Row, ...]
    remark: str = ""

    @property
    def differences(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.differs)

    @property
    def equal_rows(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.differs)


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Side
    right: Side
    aspects: tuple[Aspect, ...]

    @property
    def difference_count(self) -> int:
        return sum(len(aspect.differences) for aspect in self.aspects)


def compare(left: Side, right: Side) -> Comparison:
    """Everything in which two runs or launches can differ; pure."""
    aspects = (
        Aspect(name, rows(left, right), REMARKS[name](left, right) if name in REMARKS else "")
        for name, rows in ASPECTS.items()
    )
    return Comparison(left, right, tuple(aspects))
