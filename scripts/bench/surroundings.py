"""What every measurement is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.figure import Figure


@dataclass(frozen=True)
class Surroundings:
    """
    :param work: an empty folder for logs and files of this run, removed afterwards.
    :param cache: where peers stay installed between runs.
    :param repeats: how often a short measurement is taken; the median counts.
    """

    work: Path
    cache: Path
    repeats: int = 5


Measurement = Callable[[Surroundings], list[Figure]]
