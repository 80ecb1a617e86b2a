"""The trainer's own figures over time, kept small: from the console's iteration blocks and the event file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rwm_tui.core.trainer_output.console_events import IterationReported
from rwm_tui.core.trainer_output.scalar_events import Scalar
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_POINTS = 1024
MAX_FIGURES = 40  # names come from files

NamedPoint = tuple[str, float, float]
"""A figure's name, seconds since the epoch, and the value, which may be infinite or no number."""

_WORLD_MODEL = "System Dynamics/"
_OF_EVENT_FILE = {
    "Train/mean_reward": "mean reward (event file)",
    "Train/mean_episode_length": "episode length (event file)",
    "Perf/total_fps": "steps/s (event file)",
}


class Figure(msgspec.Struct, frozen=True):
    """Values by time, in the order in which they were read; at most `MAX_POINTS`, the least and largest kept."""

    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()


def with_points(figures: Mapping[str, Figure], points: Iterable[NamedPoint]) -> dict[str, Figure]:
    """The figures with what a look brought; how the looks are cut makes no difference."""
    new: dict[str, list[tuple[float, float]]] = {}
    for name, t, value in points:
        new.setdefault(name, []).append((t, value))
    grown = dict(figures)
    for name, added in new.items():
        if name in grown or len(grown) < MAX_FIGURES:
            grown[name] = _with(grown.get(name, Figure()), added)
    return grown


def _with(figure: Figure, added: Iterable[tuple[float, float]]) -> Figure:
    points = list(zip(figure.times, figure.values, strict=True))
    for point in added:
        points.append(point)
        if len(points) > MAX_POINTS:
            points = [*_thinned(points)]
    return Figure(tuple(t for t, _ in points), tuple(value for _, value in points))


def _thinned(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Of four neighbours the least and the largest, so that no spike is lost."""
    for first in range(0, len(points), 4):
        four = points[first : first + 4]
        low, high = min(four, key=_height), max(four, key=_height)
        yield from (low,) if low is high else sorted((low, high))


def _height(point: tuple[float, float]) -> float:
    """What is no number counts as the largest, so that it is seen."""
    return math.inf if math.isnan(point[1]) else point[1]


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
        if (name := _loss_name(label)) is not None:
            yield name, t, math.nan


def _loss_name(label: str) -> str | None:
    if not (label.startswith("Mean ") and label.endswith(" loss")):
        return None
    return clean_line(label.removeprefix("Mean ").replace("_", " "))


def of_scalar(scalar: Scalar) -> Iterator[NamedPoint]:
    """The world model's figures, and those that a console may lack."""
    if scalar.tag.startswith(_WORLD_MODEL):
        yield clean_line(scalar.tag.removeprefix(_WORLD_MODEL).replace("_", " ")), scalar.wall_time, scalar.value
    elif scalar.tag in _OF_EVENT_FILE:
        yield _OF_EVENT_FILE[scalar.tag], scalar.wall_time, scalar.value
