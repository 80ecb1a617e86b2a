"""rsl_rl's iteration block: `label: value` lines between a `Learning iteration i/n` header and the ETA.

Layouts: rsl_rl ≤ 2.3.0 (seconds), 2.3.1 to 3.1 (and rsl_rl_rwm), 3.2 to 4.x (a line per time), 5.x (timedelta)
"""

from __future__ import annotations

import math
import re

from rwm_tui.core.trainer_output.console_events import IterationReported

_HEADER = re.compile(r"Learning iteration (\d{1,9})/(\d{1,9})")
_COMPUTATION = re.compile(
    r"(?P<rate>\d{1,12}) steps/s "
    r"\(collection: (?P<collection>\d{1,9}\.\d{1,6})s, learning (?P<learning>\d{1,9}\.\d{1,6})s\)"
)
_NUMBER = re.compile(r"([-+]?(?:\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?|inf|nan))s?")
_MAX_LINES = 400  # a block that never ends must not swallow the rest of a log


class IterationBlock:
    """Collects one block, which its header opens and its ETA line ends."""

    def __init__(self, iteration: int, total: int, *, line: int, offset: int) -> None:
        self._iteration = iteration
        self._total = total
        self._line = line
        self._offset = offset
        self._texts: dict[str, str] = {}
        self._lines = 0
        self.ended = False

    @classmethod
    def opened_by(cls, text: str, *, line: int, offset: int) -> IterationBlock | None:
        """The block that a stripped header line opens, or None."""
        header = _HEADER.fullmatch(text)
        return cls(int(header[1]), int(header[2]), line=line, offset=offset) if header else None

    def add(self, text: str) -> None:
        """Take one stripped line; lines without a `label: value` are passed over."""
        self._lines += 1
        label, separator, value = text.partition(": ")
        if separator:
            self._texts.setdefault(label, value.strip())
        self.ended = label == "ETA" or self._lines >= _MAX_LINES

    def report(self) -> IterationReported:
        """The block as an event, from the lines seen so far."""
        numbers = {label: number for label, text in self._texts.items() if (number := _number(text)) is not None}
        values = {label: number for label, number in numbers.items() if math.isfinite(number)}
        computation = _COMPUTATION.fullmatch(self._texts.get("Computation", ""))
        timesteps = values.get("Total timesteps", values.get("Total steps"))
        return IterationReported(
            line=self._line,
            offset=self._offset,
            iteration=self._iteration,
            total=self._total,
            steps_per_s=float(computation["rate"]) if computation else values.get("Steps per second"),
            collection_s=float(computation["collection"]) if computation else values.get("Collection time"),
            learning_s=float(computation["learning"]) if computation else values.get("Learning time"),
            iteration_s=values.get("Iteration time"),
            total_timesteps=int(timesteps) if timesteps is not None else None,
            elapsed_text=self._texts.get("Time elapsed", self._texts.get("Total time")),
            eta_text=self._texts.get("ETA"),
            mean_reward=values.get("Mean reward"),
            mean_episode_length=values.get("Mean episode length"),
            values=values,
            not_finite={label: str(number) for label, number in numbers.items() if not math.isfinite(number)},
        )


def _number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return float(match[1]) if match else None
