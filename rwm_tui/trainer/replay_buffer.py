"""What the world model learns from: a ring of rows per environment, and sequences drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sequences:
    """B sequences of L consecutive rows of one environment each: (B, L, width), states and actions normalized."""

    states: Tensor
    actions: Tensor
    contacts: Tensor
    terminations: Tensor

    def bootstrap(self) -> "Sequences":
        """As many sequences, drawn from these with replacement."""
        count = len(self.states)
        chosen = torch.randint(count, (count,), device=self.states.device)
        return Sequences(self.states[chosen], self.actions[chosen], self.contacts[chosen], self.terminations[chosen])


class NoValidWindow(Exception):
    """No environment has a stretch of that many rows without the end of an episode inside."""

    def __init__(self, length: int) -> None:
        super().__init__(f"no environment has {length} rows in a row without the end of an episode")


class ReplayBuffer:
    """Per environment the latest ``size`` rows; a row holds the state and the action that led to it.

    While there are fewer rows than a sequence needs, zero rows stand in front, as in the reference trainer.

    :param num_envs: environments.
    :param size: rows kept of each.
    :param widths: columns of states, actions, contacts and terminations, in that order.
    """

    def __init__(self, num_envs: int, size: int, widths: tuple[int, int, int, int], device: torch.device) -> None:
        self._size = size
        self._widths = widths
        self._rows = torch.zeros(num_envs, size, sum(widths), device=device)
        # A sequence may end with the last row of an episode, but not go on behind it.
        self._ends_episode = torch.zeros(num_envs, size, dtype=torch.bool, device=device)
        self._unusable = torch.zeros(num_envs, size, dtype=torch.bool, device=device)
        self._next = 0
        self.num_rows = 0

    def add(self, groups: Mapping[str, Tensor], ends_episode: Tensor, unusable: Tensor) -> None:
        """Store one row per environment.

        :param groups: ``system_state``, ``system_action`` (both normalized), ``system_contact`` and
            ``system_termination``, each (N, width).
        :param ends_episode: (N,) truth values: the next row belongs to another episode.
        :param unusable: (N,) truth values: nothing can be learned from this row.
        """
        names = ("system_state", "system_action", "system_contact", "system_termination")
        self._rows[:, self._next] = torch.cat([groups[name] for name in names], dim=-1)
        self._ends_episode[:, self._next] = ends_episode
        self._unusable[:, self._next] = unusable
        self._next = (self._next + 1) % self._size
        self.num_rows = min(self.num_rows + 1, self._size)

    def sample(self, count: int, length: int) -> Sequences:
        """``count`` sequences of ``length`` rows, uniform over environments and starts, with replacement.

        :raises NoValidWindow: where there is none to draw from.
        """
        windows = self._valid_windows(length)
        chosen = windows[torch.randint(len(windows), (count,), device=windows.device)]
        span = max(self.num_rows, length)
        logical = chosen[:, 1:] + torch.arange(length, device=windows.device)
        # Logical row 0 is the oldest of the span; rows before the first stored one are padding.
        stored = logical - (span - self.num_rows)
        physical = (self._next - self.num_rows + stored) % self._size
        rows = self._rows[chosen[:, :1], physical]
        rows = torch.where((stored >= 0).unsqueeze(-1), rows, torch.zeros_like(rows))
        return Sequences(*torch.split(rows, list(self._widths), dim=-1))

    def _valid_windows(self, length: int) -> Tensor:
        """(M, 2): environment and logical start of every sequence that may be drawn."""
        span = max(self.num_rows, length)
        ends = _running_count(self._in_time_order(self._ends_episode, span))
        unusable = _running_count(self._in_time_order(self._unusable, span))
        starts = span - length + 1
        crossing = ends[:, length - 1 : length - 1 + starts] - ends[:, :starts]
        spoiled = unusable[:, length : length + starts] - unusable[:, :starts]
        windows = torch.nonzero((crossing == 0) & (spoiled == 0))
        if not len(windows):
            raise NoValidWindow(length)
        return windows

    def _in_time_order(self, flags: Tensor, span: int) -> Tensor:
        stored = torch.roll(flags, -self._next, dims=1)[:, self._size - self.num_rows :]
        padding = stored.new_zeros(len(stored), span - self.num_rows)
        return torch.cat([padding, stored], dim=1)


def _running_count(flags: Tensor) -> Tensor:
    """(N, T + 1): how many are set before each row."""
    counts = flags.to(torch.int32).cumsum(dim=1)
    return torch.cat([counts.new_zeros(len(counts), 1), counts], dim=1)
