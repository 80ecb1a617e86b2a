"""Proximal policy optimisation (arXiv 1707.06347) with the settings and the update rules of the reference trainer.

This is our own and not ``rsl-rl-lib``, although the field uses that: the package has the same distribution name as the
reference's fork, so an extra that pulled it in would overwrite the fork in a user's Isaac Lab environment; it would add
207 MB, and its checkpoints have other keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rwm_tui.core.agent_config import AlgorithmConfig
from rwm_tui.trainer.actor_critic import ActorCritic

_LEARNING_RATE_BOUNDS = (1.0e-5, 1.0e-2)
_LEARNING_RATE_FACTOR = 1.5


@dataclass(frozen=True)
class PolicyLosses:
    """Means over the mini-batches of one update."""

    value_function: float
    surrogate: float
    entropy: float


@dataclass(frozen=True)
class Decision:
    """What the policy did in one control step, N rows each."""

    observations: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    mean: Tensor
    std: Tensor


@dataclass(frozen=True)
class _Batch:
    observations: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    mean: Tensor
    std: Tensor
    returns: Tensor
    advantages: Tensor


class PPO:
    """Collects one rollout, then learns from it.

    :param policy: networks to be trained, on ``device``.
    :param config: the ``algorithm`` part of agent.yaml.
    """

    def __init__(self, policy: ActorCritic, config: AlgorithmConfig) -> None:
        self._policy = policy
        self._config = config
        self.learning_rate = config.policy_learning_rate
        self.optimizer = torch.optim.Adam(policy.parameters(), lr=self.learning_rate)
        self._decisions: list[Decision] = []
        self._rewards: list[Tensor] = []
        self._dones: list[Tensor] = []

    @torch.no_grad()
    def act(self, observations: Tensor) -> Tensor:
        """Sample actions (N, 12) for observations (N, 48)."""
        distribution = self._policy.distribution(observations)
        actions = distribution.sample()
        log_probs = distribution.log_prob(actions)
        values = self._policy.value(observations)
        self._decisions.append(Decision(observations, actions, log_probs, values, distribution.mean, distribution.std))
        return actions

    def note_outcome(self, rewards: Tensor, dones: Tensor, time_outs: Tensor) -> None:
        """Store what the last actions brought; each tensor is (N,). A time-out is bootstrapped with the value."""
        bootstrap = self._config.gamma * self._decisions[-1].values * time_outs
        self._rewards.append(rewards + bootstrap)
        self._dones.append(dones)

    def update(self, last_observations: Tensor) -> PolicyLosses:
        """Learn from the stored rollout and forget it.

        :param last_observations: (N, 48) after the rollout's last step.
        """
        batch = self._whole_rollout(last_observations)
        self._decisions, self._rewards, self._dones = [], [], []
        sums, count = [0.0, 0.0, 0.0], 0
        for part in self._mini_batches(batch):
            losses = self._learn(part)
            sums = [total + loss for total, loss in zip(sums, losses, strict=True)]
            count += 1
        return PolicyLosses(*(total / count for total in sums))

    @torch.no_grad()
    def _whole_rollout(self, last_observations: Tensor) -> _Batch:
        """Generalised advantage estimation (arXiv 1506.02438), then time and environments flattened into one."""
        next_value = self._policy.value(last_observations)
        advantage = torch.zeros_like(next_value)
        advantages: list[Tensor] = []
        steps = zip(self._decisions, self._rewards, self._dones, strict=True)
        for decision, reward, done in reversed(list(steps)):
            going_on = 1.0 - done
            error = reward + going_on * self._config.gamma * next_value - decision.values
            advantage = error + going_on * self._config.gamma * self._config.lam * advantage
            next_value = decision.values
            advantages.insert(0, advantage)
        flat = {
            name: torch.cat([getattr(decision, name) for decision in self._decisions])
            for name in Decision.__dataclass_fields__
        }
        raw = torch.cat(advantages)
        normalized = (raw - raw.mean()) / (raw.std() + 1e-8)
        return _Batch(**flat, returns=raw + flat["values"], advantages=normalized)

    def _mini_batches(self, batch: _Batch) -> Iterator[_Batch]:
        total = len(batch.actions)
        size = total // self._config.num_mini_batches
        order = torch.randperm(self._config.num_mini_batches * size, device=batch.actions.device)
        for _ in range(self._config.num_learning_epochs):
            for start in range(0, len(order), size):
                chosen = order[start : start + size]
                yield _Batch(**{name: getattr(batch, name)[chosen] for name in _Batch.__dataclass_fields__})

    def _learn(self, batch: _Batch) -> tuple[float, float, float]:
        distribution = self._policy.distribution(batch.observations)
        values = self._policy.value(batch.observations)
        self._adapt_learning_rate(batch, distribution.mean, distribution.std)
        log_probs = distribution.log_prob(batch.actions)
        surrogate = self._surrogate_loss(batch, log_probs)
        value_loss = self._value_loss(batch, values)
        entropy = distribution.entropy().mean()
        loss = surrogate + self._config.value_loss_coef * value_loss - self._config.entropy_coef * entropy
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._policy.parameters(), self._config.max_grad_norm)
        self.optimizer.step()
        return value_loss.item(), surrogate.item(), entropy.item()

    def _surrogate_loss(self, batch: _Batch, log_probs: Tensor) -> Tensor:
        ratio = torch.exp(log_probs - batch.log_probs)
        clipped = ratio.clamp(1.0 - self._config.clip_param, 1.0 + self._config.clip_param)
        return -torch.min(batch.advantages * ratio, batch.advantages * clipped).mean()

    def _value_loss(self, batch: _Batch, values: Tensor) -> Tensor:
        loss = (values - batch.returns).square()
        if self._config.use_clipped_value_loss:
            change = (values - batch.values).clamp(-self._config.clip_param, self._config.clip_param)
            loss = torch.max(loss, (batch.values + change - batch.returns).square())
        return loss.mean()

    @torch.no_grad()
    def _adapt_learning_rate(self, batch: _Batch, mean: Tensor, std: Tensor) -> None:
        """Slower where the policy has moved too far from the one that collected the data, faster where hardly."""
        if self._config.schedule != "adaptive":
            return
        divergence = (
            torch.log(std / batch.std + 1.0e-5)
            + (batch.std.square() + (batch.mean - mean).square()) / (2.0 * std.square())
            - 0.5
        )
        kl = divergence.sum(-1).mean().item()
        slowest, fastest = _LEARNING_RATE_BOUNDS
        if kl > 2.0 * self._config.desired_kl:
            self.learning_rate = max(slowest, self.learning_rate / _LEARNING_RATE_FACTOR)
        elif 0.0 < kl < self._config.desired_kl / 2.0:
            self.learning_rate = min(fastest, self.learning_rate * _LEARNING_RATE_FACTOR)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
