"""Trajectories, and the stretches of rows that predictions are made on."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Rows further apart than this count as independent when the uncertainty of a figure is estimated: 4 s.
_BLOCK_ROWS = 200


@dataclass(frozen=True)
class Trajectory:
    """T consecutive rows of one episode, states and actions normalized.

    ``states`` (T, 45); ``actions`` (T, 12), each the one that led to its row; ``contacts`` (T, 8) and ``terminations``
    (T, 1) are 0 or 1.
    """

    states: Tensor
    actions: Tensor
    contacts: Tensor
    terminations: Tensor


@dataclass(frozen=True)
class Windows:
    """B stretches of R rows: (B, R, columns); ``blocks`` (B,) numbers the independent part that each comes from."""

    states: Tensor
    actions: Tensor
    contacts: Tensor
    terminations: Tensor
    blocks: Tensor

    def __len__(self) -> int:
        return len(self.states)


def spread_windows(trajectories: Sequence[Trajectory], rows: int, most: int) -> Windows | None:
    """At most ``most`` windows of that many rows, evenly over all trajectories; None where none is long enough."""
    stride = 1
    while (count := len(_starts(trajectories, rows, stride))) > most:
        stride = max(stride + 1, stride * count // most)
    return _windows(trajectories, rows, _starts(trajectories, rows, stride))


def separate_windows(trajectories: Sequence[Trajectory], most_rows: int, least: int, most: int) -> Windows | None:
    """Windows that do not overlap, as long as ``least`` of them can be had, of at most ``most_rows`` rows."""
    for rows in range(most_rows, 1, -1):
        starts = _starts(trajectories, rows, rows)
        if len(starts) >= least:
            return _windows(trajectories, rows, starts[:most])
    return None


def _starts(trajectories: Sequence[Trajectory], rows: int, stride: int) -> list[tuple[int, int]]:
    """(trajectory, first row), counted from the end, so that how an episode ends is among what is predicted."""
    return [
        (index, start)
        for index, trajectory in enumerate(trajectories)
        for start in range(len(trajectory.states) - rows, -1, -stride)
    ]


def _windows(trajectories: Sequence[Trajectory], rows: int, starts: Sequence[tuple[int, int]]) -> Windows | None:
    if not starts:
        return None
    blocks = {block: number for number, block in enumerate(dict.fromkeys(_block(start) for start in starts))}

    def stacked(name: str) -> Tensor:
        return torch.stack([getattr(trajectories[index], name)[first : first + rows] for index, first in starts])

    return Windows(
        states=stacked("states"),
        actions=stacked("actions"),
        contacts=stacked("contacts"),
        terminations=stacked("terminations"),
        blocks=torch.tensor([blocks[_block(start)] for start in starts]),
    )


def _block(start: tuple[int, int]) -> tuple[int, int]:
    index, first = start
    return index, first // _BLOCK_ROWS
