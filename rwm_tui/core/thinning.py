"""Fewer readings of a long time, everywhere as dense: what stands out of a stretch of time is kept."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, groupby
from typing import TypeVar

Reading = TypeVar("Reading")

_STRETCHES_S = [2.0**power for power in range(-6, 36)]  # to 1,000 years


def thinned(
    readings: Sequence[Reading],
    stretches: int,
    *,
    time: Callable[[Reading], float],
    outstanding: Callable[[Sequence[Reading]], Iterable[Reading]],
) -> list[Reading]:
    """What stands out of so many stretches of time, or fewer.

    :param outstanding: chooses from what fell into one stretch, in the same order.
    """
    times = [*map(time, readings)]

    def are_few(stretch_s: float) -> bool:
        return sum(1 for _ in groupby(t // stretch_s for t in times)) <= stretches

    at = bisect_left(_STRETCHES_S, True, key=are_few)
    stretch_s = _STRETCHES_S[min(at, len(_STRETCHES_S) - 1)]
    groups = groupby(readings, key=lambda reading: time(reading) // stretch_s)
    return [*chain.from_iterable(outstanding([*group]) for _, group in groups)]
