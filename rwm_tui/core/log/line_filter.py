"""What of a log is shown: by text, by level, by stage, and without what is harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from rwm_tui.core.log.landmarks import StageLines
from rwm_tui.core.log.levels import Level
from rwm_tui.core.log.matching import Matcher, line_at

FindHarmless = Callable[[list[bytes]], list[int]]
"""The indices of the harmless ones among lines."""


@dataclass(frozen=True)
class LineFilter:
    """Picks the lines that fit all of its parts; one without parts picks every line.

    :param stage: of which lines are picked: by those who know where the lines lie.
    :param harmless: finds the lines to leave out.
    """

    query: Matcher | None = None
    level: Level | None = None
    stage: StageLines | None = None
    harmless: FindHarmless | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets every line through."""
        return self == LineFilter()

    @property
    def text(self) -> str:
        parts = [part.text for part in (self.level, self.query) if part]
        parts += [f"stage '{self.stage.stage.title}'"] if self.stage else []
        return ", ".join([*parts, *(["no harmless"] if self.harmless else [])])

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the lines begin that fit, in a block that begins with a line."""
        if self.level is None and self.query is None:
            return self._without_harmless(*_all_lines(block))
        if self.level is None:
            assert self.query is not None
            starts = self.query.line_starts(block)
        else:
            starts = self.level.line_starts(block)
            if self.query:
                starts = (start for start in starts if self.query.fits(line_at(block, start)))
        if self.harmless is None:
            return starts
        picked = list(starts)
        return self._without_harmless(picked, [line_at(block, start) for start in picked])

    def _without_harmless(self, starts: list[int], lines: list[bytes]) -> Iterator[int]:
        hidden = set(self.harmless(lines)) if self.harmless else ()
        return (start for index, start in enumerate(starts) if index not in hidden) if hidden else iter(starts)


def _all_lines(block: bytes) -> tuple[list[int], list[bytes]]:
    """Where each line begins, and the lines."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    return starts[:-1], lines
