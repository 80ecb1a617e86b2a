"""Policy and value function over the ``policy`` observation group."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rwm_tui.core.agent_config import PolicyConfig
from rwm_tui.trainer.networks import MLP


@dataclass(frozen=True)
class Gaussian:
    """Independent normal distributions: ``mean`` and ``std`` are (N, actions)."""

    mean: Tensor
    std: Tensor

    def sample(self) -> Tensor:
        """(N, actions), without gradient."""
        with torch.no_grad():
            return self.mean + self.std * torch.randn_like(self.mean)

    def log_prob(self, actions: Tensor) -> Tensor:
        """Log density of whole actions, (N,)."""
        per_column = -0.5 * ((actions - self.mean) / self.std).square() - self.std.log() - 0.5 * math.log(2.0 * math.pi)
        return per_column.sum(-1)

    def entropy(self) -> Tensor:
        """(N,)."""
        return (0.5 + 0.5 * math.log(2.0 * math.pi) + self.std.log()).sum(-1)


class ActorCritic(nn.Module):
    """A Gaussian policy with a learned, state-independent standard deviation, and a critic beside it.

    Parameter names and order are those of the reference checkpoints: ``std``, ``actor.*``, ``critic.*``.
    """

    def __init__(self, num_observations: int, num_actions: int, config: PolicyConfig) -> None:
        super().__init__()
        self.std = nn.Parameter(torch.full((num_actions,), float(config.init_noise_std)))
        self.actor = MLP((num_observations, *config.actor_hidden_dims, num_actions), config.activation)
        self.critic = MLP((num_observations, *config.critic_hidden_dims, 1), config.activation)

    def distribution(self, observations: Tensor) -> Gaussian:
        """Action distribution of (N, 48) observations."""
        mean = self.actor(observations)
        return Gaussian(mean, self.std.expand_as(mean))

    def value(self, observations: Tensor) -> Tensor:
        """Expected return of (N, 48) observations, (N,)."""
        values: Tensor = self.critic(observations).squeeze(-1)
        return values
