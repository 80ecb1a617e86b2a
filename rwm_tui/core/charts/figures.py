"""The trainer's own figures over time, kept small: from the console's iteration blocks and the event file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

import msgspec

from rwm_tui.core.thinning import thinned
from rwm_tui.core.trainer_output.console_events import IterationReported
from rwm_tui.core.trainer_output.scalar_events import Scalar
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_POINTS = 1024
_STRETCHES = 256  # of time; each keeps three points at most
MAX_FIGURES = 40  # names come from files

Point = tuple[float, float]
NamedPoint = tuple[str, float, float]
"""A figure's name, seconds since the epoch, and the value, which may be infinite or no number."""

_WORLD_MODEL = "System Dynamics/"
_NOT_FINITE = {"Mean reward": "mean reward", "Mean episode length": "episode length"}
_LOSSES_WITHOUT_THE_WORD = ("value_function", "value", "surrogate", "entropy")
_OF_EVENT_FILE = {
    "Train/mean_reward": "mean reward (event file)",
    "Train/mean_episode_length": "episode length (event file)",
    "Perf/total_fps": "steps/s (event file)",
}


class Figure(msgspec.Struct, frozen=True):
    """Values by time, in the order in which they were read; at most `MAX_POINTS`, everywhere as dense.

    :param read: how many values there were.
    :param not_finite: how many of them were infinite or no number.
    """

    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    read: int = 0
    not_finite: int = 0


def with_points(figures: Mapping[str, Figure], points: Iterable[NamedPoint]) -> dict[str, Figure]:
    """The figures with what a look brought; how the looks are cut makes no difference."""
    new: dict[str, list[Point]] = {}
    for name, t, value in points:
        new.setdefault(name, []).append((t, value))
    grown = dict(figures)
    for name, added in new.items():
        if name in grown or len(grown) < MAX_FIGURES:
            grown[name] = _with(grown.get(name, Figure()), added)
    return grown


def _with(figure: Figure, added: Sequence[Point]) -> Figure:
    points = list(zip(figure.times, figure.values, strict=True))
    for point in added:
        points.append(point)
        if len(points) > MAX_POINTS:
            older = thinned(points[:-1], _STRETCHES, time=itemgetter(0), outstanding=_outstanding)
            points = [*older[1 - MAX_POINTS :], points[-1]]
    return Figure(
        times=tuple(t for t, _ in points),
        values=tuple(value for _, value in points),
        read=figure.read + len(added),
        not_finite=figure.not_finite + sum(not math.isfinite(value) for _, value in added),
    )


def _outstanding(points: Sequence[Point]) -> Sequence[Point]:
    """The least, the largest and one that is no number, so that no spike is lost."""
    if len(points) <= 1:
        return points
    finite = [point for point in points if math.isfinite(point[1])]
    bad = [point for point in points if not math.isfinite(point[1])]
    kept = [*bad[:1], *([min(finite, key=itemgetter(1)), max(finite, key=itemgetter(1))] if finite else [])]
    return [point for point in points if any(point is one for one in kept)]


def of_iteration(t: float, report: IterationReported) -> Iterator[NamedPoint]:
    """What an iteration block says of speed, episodes and losses."""
    known = {
        "mean reward": report.mean_reward,
        "episode length": report.mean_episode_length,
        "steps/s": report.steps_per_s,
    }
    yield from ((name, t, value) for name, value in known.items() if value is not None)
    for label, value in report.values.items():
        if (name := _loss_name(label)) is not None:
            yield name, t, value
    for label in report.not_finite:
        if (name := _NOT_FINITE.get(label) or _loss_name(label)) is not None:
            yield name, t, math.nan


def _loss_name(label: str) -> str | None:
    """Of the same loss in every layout; the word is left out while no episode has ended."""
    if label not in _LOSSES_WITHOUT_THE_WORD and not label.endswith(" loss"):
        return None
    loss = label.removeprefix("Mean ").removesuffix(" loss").replace("_", " ")
    return clean_line(f"{loss[:1].lower()}{loss[1:]} loss")


def of_scalar(scalar: Scalar) -> Iterator[NamedPoint]:
    """The world model's figures, and those that a console may lack."""
    if scalar.tag.startswith(_WORLD_MODEL):
        yield clean_line(scalar.tag.removeprefix(_WORLD_MODEL).replace("_", " ")), scalar.wall_time, scalar.value
    elif scalar.tag in _OF_EVENT_FILE:
        yield _OF_EVENT_FILE[scalar.tag], scalar.wall_time, scalar.value
