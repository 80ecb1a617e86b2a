"""Learning in the upstream trainer's order: the same tensors, held as long, on the embedded trainer's networks.

The environment is random numbers. Order and lifetimes follow rsl_rl_rwm 18eebcd; what is learned does not matter here.
"""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.trainer.actor_critic import ActorCritic
from rwm_tui.trainer.system_dynamics import AuxiliaryHead, RecurrentBase, StateHead, SystemDynamics, SystemWidths

GROUPS = {"system_state": 45, "system_action": 12, "system_contact": 8, "system_termination": 1}
OBSERVATIONS, ACTIONS = 48, 12
DEVICE = "cuda:0"
ENVIRONMENT_FLOATS = 266  # of one environment, by the measured grid


class Base:
    """A recurrent base that keeps its hidden state from call to call."""

    def __init__(self, network: RecurrentBase) -> None:
        self.network = network
        self.hidden: Tensor | None = None

    def features(self, states: Tensor, actions: Tensor) -> Tensor:
        inputs = torch.cat([states, actions], dim=-1)
        outputs, self.hidden = self.network(inputs, self.hidden)
        return outputs[:, -1]


class ReplayBuffer:
    """A ring of rows for each environment, made when the first row comes."""

    def __init__(self, size: int) -> None:
        self.size, self.rows = size, 0
        self.groups: list[Tensor] = []

    def insert(self, row: Sequence[Tensor]) -> None:
        if not self.groups:
            self.groups = [torch.zeros(len(group), self.size, group.shape[1], device=DEVICE) for group in row]
        for group, values in zip(self.groups, row, strict=True):
            group[:, self.rows % self.size] = values
        self.rows = min(self.rows + 1, self.size)

    def batches(self, length: int, times: int, count: int) -> Iterator[list[Tensor]]:
        """So many batches of so many windows of ``length`` rows; too short a content begins with rows of zeros."""
        data = [group[:, : self.rows] for group in self.groups]
        if self.rows < length:
            data = [
                torch.cat([torch.zeros(len(group), length - self.rows, group.shape[2], device=DEVICE), group], dim=1)
                for group in data
            ]
        windows = (data[-1][..., 0].unfold(1, length, 1)[..., :-1].sum(dim=-1) == 0).nonzero()
        for _ in range(times):
            env, start = windows[torch.randint(len(windows), (count,), device=DEVICE)].unbind(1)
            yield [group.unfold(1, length, 1)[env, start].transpose(1, 2) for group in data]


class RolloutStorage:
    def __init__(self, num_envs: int, num_steps: int) -> None:
        def zeros(width: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(num_steps, num_envs, width, device=DEVICE, dtype=dtype)

        self.observations = {name: zeros(width) for name, width in {"policy": OBSERVATIONS, **GROUPS}.items()}
        self.actions, self.rewards, self.dones = zeros(ACTIONS), zeros(1), zeros(1, torch.uint8)
        self.log_probs, self.values = zeros(1), zeros(1)
        self.mean, self.std = zeros(ACTIONS), zeros(ACTIONS)
        self.returns, self.advantages = zeros(1), zeros(1)

    def compute_returns(self, last: Tensor) -> None:
        advantage = torch.zeros_like(last)
        for step in reversed(range(len(self.rewards))):
            following = last if step == len(self.rewards) - 1 else self.values[step + 1]
            goes_on = 1.0 - self.dones[step].float()
            delta = self.rewards[step] + goes_on * 0.99 * following - self.values[step]
            advantage = delta + goes_on * 0.99 * 0.95 * advantage
            self.returns[step] = advantage + self.values[step]
        self.advantages = self.returns - self.values
        self.advantages = (self.advantages - self.advantages.mean()) / (self.advantages.std() + 1e-8)

    def mini_batches(self, times: int, epochs: int) -> Iterator[tuple[dict[str, Tensor], list[Tensor]]]:
        rows = self.actions.shape[0] * self.actions.shape[1]
        share = rows // times
        order = torch.randperm(times * share, device=DEVICE)
        observations = {name: group.flatten(0, 1) for name, group in self.observations.items()}
        flat = [
            tensor.flatten(0, 1)
            for tensor in (
                self.actions,
                self.values,
                self.advantages,
                self.returns,
                self.log_probs,
                self.mean,
                self.std,
            )
        ]
        for _ in range(epochs):
            for index in range(times):
                chosen = order[index * share : (index + 1) * share]
                yield {name: group[chosen] for name, group in observations.items()}, [each[chosen] for each in flat]


class Trainer:
    """One process's networks, optimizers and buffers."""

    def __init__(self, num_envs: int, config: AgentConfig) -> None:
        self.num_envs, self.config, self.algorithm = num_envs, config, config.algorithm
        self.environment = torch.zeros(num_envs, ENVIRONMENT_FLOATS, device=DEVICE)
        self.policy = ActorCritic(OBSERVATIONS, ACTIONS, config.policy).to(DEVICE)
        self.policy_optimizer = torch.optim.Adam(self.policy.parameters())
        with torch.device(DEVICE):
            dynamics = SystemDynamics(SystemWidths(*GROUPS.values()), config.system_dynamics)
        self.dynamics = dynamics.to(DEVICE)  # where it is: the bases' weights are joined once more
        self.buffer = ReplayBuffer(self.algorithm.system_dynamics_replay_buffer_size)
        self.dynamics_optimizer = torch.optim.Adam(self.dynamics.parameters())
        self.state_base, self.other_base = Base(self.dynamics.state_base), Base(self.dynamics.auxiliary_base)
        self.storage = RolloutStorage(num_envs, config.num_steps_per_env)
        imagined = config.imagination
        self.imagines = imagined.num_envs > 0 and imagined.num_steps_per_env > 0
        if self.imagines:
            self.imagined = RolloutStorage(imagined.num_envs, imagined.num_steps_per_env)
        self.peak_phase, self._peak = "rollout", 0

    def forget(self) -> None:
        self.state_base.hidden = self.other_base.hidden = None

    def learn(self) -> None:
        """One iteration."""
        self._roll_out()
        self._note("rollout")
        self._update_dynamics()
        self._note("dynamics")
        if self.imagines:
            self._imagine()
            self._note("imagination")
        self._update_policy()
        self._note("ppo")
        self._evaluate()
        self._note("evaluation")

    def _note(self, phase: str) -> None:
        peak = torch.cuda.max_memory_allocated()
        if peak > self._peak:
            self.peak_phase, self._peak = phase, peak

    @torch.inference_mode()
    def _roll_out(self) -> None:
        observed = self._observations(self.num_envs)
        for step in range(self.config.num_steps_per_env):
            self._remember(self.storage, step, observed)
            observed = self._observations(self.num_envs)
            self.buffer.insert([observed[name] for name in GROUPS])
        self.storage.compute_returns(self.policy.critic(observed["policy"]))

    def _observations(self, count: int) -> dict[str, Tensor]:
        observed = {
            name: torch.randn(count, width, device=DEVICE) for name, width in {"policy": OBSERVATIONS, **GROUPS}.items()
        }
        observed["system_termination"].zero_()
        return observed

    def _remember(self, storage: RolloutStorage, step: int, observed: Mapping[str, Tensor]) -> Tensor:
        mean = self.policy.actor(observed["policy"])
        distribution = Normal(mean, self.policy.std.expand_as(mean))
        actions = distribution.sample()
        for name, group in storage.observations.items():
            group[step].copy_(observed[name])
        storage.actions[step].copy_(actions)
        storage.values[step].copy_(self.policy.critic(observed["policy"]))
        storage.log_probs[step].copy_(distribution.log_prob(actions).sum(dim=-1, keepdim=True))
        storage.mean[step].copy_(distribution.mean)
        storage.std[step].copy_(distribution.stddev)
        return actions

    def _update_dynamics(self) -> None:
        length = self.config.system_dynamics.history_horizon + self.algorithm.system_dynamics_forecast_horizon
        batches = self.buffer.batches(
            length,
            self.algorithm.system_dynamics_num_mini_batches,
            self.algorithm.system_dynamics_mini_batch_size,
        )
        for states, actions, contacts, falls in batches:
            self.forget()
            losses = self._losses(states, actions, contacts, falls)
            loss = losses[0] + losses[1] + losses[2] + losses[3]
            self.dynamics_optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.dynamics.parameters(), self.algorithm.max_grad_norm)
            self.dynamics_optimizer.step()
            loss.item()

    def _losses(self, states: Tensor, actions: Tensor, contacts: Tensor, falls: Tensor) -> list[Tensor]:
        """Of all members, one after the other: state, bound, contacts, termination."""
        kept: list[list[Tensor]] = []
        for head, other in zip(self.dynamics.state_heads, self.dynamics.auxiliary_heads, strict=True):
            assert isinstance(head, StateHead)
            assert isinstance(other, AuxiliaryHead)
            ids = torch.randint(0, len(states), (len(states),), device=DEVICE)
            of_state = self._state_loss(head, states[ids], actions[ids])
            of_others = self._other_losses(other, states[ids], actions[ids], contacts[ids], falls[ids])
            kept.append([*of_state, *of_others])
        return [torch.mean(torch.cat([member[index].unsqueeze(0) for member in kept])) for index in range(4)]

    def _state_loss(self, head: StateHead, states: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        given = self.config.system_dynamics.history_horizon
        current = states[:, :given]
        losses, bounds = [], []
        for index in range(states.shape[1] - given):
            target = states[:, given + index]
            taken = actions[:, given + index : given + index + 1] if index else actions[:, 1 : given + 1]
            mean, std = _gaussian(head, self.state_base.features(current, taken), current)
            drawn = torch.randn_like(mean) * std + mean
            loss = torch.sum(torch.square(drawn - target), dim=1).mean(dim=0)
            del drawn
            bound = head.bound_loss()
            losses.append(loss.unsqueeze(0))
            bounds.append(bound.unsqueeze(0))
            current = (torch.randn_like(mean) * std + mean).unsqueeze(1)
        return torch.mean(torch.cat(losses)), torch.mean(torch.cat(bounds))

    def _other_losses(
        self, head: AuxiliaryHead, states: Tensor, actions: Tensor, contacts: Tensor, falls: Tensor
    ) -> tuple[Tensor, Tensor]:
        given = self.config.system_dynamics.history_horizon
        current = states[:, :given]
        of_contacts, of_falls = [], []
        for index in range(states.shape[1] - given):
            contact_target, fall_target = contacts[:, given + index], falls[:, given + index]
            taken = actions[:, given + index : given + index + 1] if index else actions[:, 1 : given + 1]
            features = self.other_base.features(current, taken)
            contact_logits, fall_logits = head.contact_layers(features), head.termination_layers(features)
            del features
            contact_loss = functional.binary_cross_entropy_with_logits(contact_logits, contact_target)
            fall_loss = functional.binary_cross_entropy_with_logits(fall_logits, fall_target)
            of_contacts.append(contact_loss.unsqueeze(0))
            of_falls.append(fall_loss.unsqueeze(0))
            current = states[:, given + index : given + index + 1]
        return torch.mean(torch.cat(of_contacts)), torch.mean(torch.cat(of_falls))

    def _update_policy(self) -> None:
        for observed, batch in self._policy_batches():
            actions, values, advantages, returns, log_probs, old_mean, old_std = batch
            mean = self.policy.actor(observed["policy"])
            distribution = Normal(mean, self.policy.std.expand_as(mean))
            log_prob = distribution.log_prob(actions).sum(dim=-1)
            value = self.policy.critic(observed["policy"])
            entropy = distribution.entropy().sum(dim=-1)
            with torch.inference_mode():
                torch.sum(
                    torch.log(distribution.stddev / old_std + 1.0e-5)
                    + (torch.square(old_std) + torch.square(old_mean - distribution.mean))
                    / (2.0 * torch.square(distribution.stddev))
                    - 0.5,
                    dim=-1,
                ).mean()
            ratio = torch.exp(log_prob - log_probs.squeeze())
            surrogate = torch.max(
                -advantages.squeeze() * ratio, -advantages.squeeze() * torch.clamp(ratio, 0.8, 1.2)
            ).mean()
            clipped = values + (value - values).clamp(-0.2, 0.2)
            value_loss = torch.max((value - returns).pow(2), (clipped - returns).pow(2)).mean()
            loss = surrogate + value_loss - 0.005 * entropy.mean()
            self.policy_optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.policy.parameters(), self.algorithm.max_grad_norm)
            self.policy_optimizer.step()

    def _policy_batches(self) -> Iterator[tuple[dict[str, Tensor], list[Tensor]]]:
        """With imagination each is of both storages, joined."""
        sizes = self.algorithm.num_mini_batches, self.algorithm.num_learning_epochs
        if not self.imagines:
            yield from self.storage.mini_batches(*sizes)
            return
        both = zip(self.storage.mini_batches(*sizes), self.imagined.mini_batches(*sizes), strict=True)
        for (observed, real), (imagined, others) in both:
            joined = {name: torch.cat([group, imagined[name]]) for name, group in observed.items()}
            yield joined, [torch.cat(pair) for pair in zip(real, others, strict=True)]

    @torch.inference_mode()
    def _imagine(self) -> None:
        imagined = self.config.imagination
        given = self.config.system_dynamics.history_horizon
        states, actions = next(self.buffer.batches(given, 1, imagined.num_envs))[:2]
        self.forget()
        observed = self._observations(imagined.num_envs)
        for step in range(imagined.num_steps_per_env):
            taken = self._remember(self.imagined, step, observed)
            if step:
                states, actions = states[:, -1:], actions[:, -1:]
            actions = torch.cat([actions[:, 1:], taken.unsqueeze(1)], dim=1)
            following = self._predict(states, actions)[0]
            states = torch.cat([states[:, 1:], following.unsqueeze(1)], dim=1)
            observed = self._observations(imagined.num_envs)
        self.imagined.compute_returns(self.policy.critic(observed["policy"]))

    def _predict(self, states: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Means over the members."""
        features = self.state_base.features(states, actions)
        outcomes = [_gaussian(head, features, states) for head in self.dynamics.state_heads]
        others = self.other_base.features(states, actions)
        logits = [
            (head.contact_layers(others), head.termination_layers(others)) for head in self.dynamics.auxiliary_heads
        ]
        means = torch.stack([mean for mean, _ in outcomes])
        torch.stack([std for _, std in outcomes]).mean(dim=0).sum(dim=1)
        contacts, falls = (torch.stack([pair[index] for pair in logits]).mean(dim=0) for index in range(2))
        return means.mean(dim=0), contacts, falls

    def _evaluate(self) -> None:
        count, length = (
            self.algorithm.system_dynamics_num_eval_trajectories,
            self.algorithm.system_dynamics_len_eval_trajectory,
        )
        batches = self.buffer.batches(length, 1, count)
        states, actions, contacts, falls = next(batches)
        predicted = self._open_loop(states, actions, contacts, falls)
        given = self.config.system_dynamics.history_horizon
        _relative_error(predicted[0][:, given:], states[:, given:])
        for scale in self.algorithm.system_dynamics_eval_traj_noise_scale:
            noised_states = states + torch.randn_like(states) * scale
            noised_actions = actions + torch.randn_like(actions) * scale
            noised, _, _, _ = self._open_loop(noised_states, noised_actions, contacts, falls)
            _relative_error(noised[:, given:], noised_states[:, given:])

    def _open_loop(self, states: Tensor, actions: Tensor, contacts: Tensor, falls: Tensor) -> list[Tensor]:
        given = self.config.system_dynamics.history_horizon
        predicted = [torch.zeros_like(states), actions.clone(), torch.zeros_like(contacts), torch.zeros_like(falls)]
        predicted[0][:, :given] = states[:, :given]
        self.forget()
        with torch.inference_mode():
            for row in range(given, states.shape[1]):
                first = row - given if row == given else row - 1
                outcome = self._predict(predicted[0][:, first:row], predicted[1][:, first:row])
                for group, rows in zip((predicted[0], *predicted[2:]), outcome, strict=True):
                    group[:, row] = rows
        return predicted


def _gaussian(head: StateHead, features: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    mean = head.state_mean_layers(features) + states[:, -1]
    logstd = head.state_logstd_layers(features)
    upper = head.max_logstd()
    logstd = upper - functional.softplus(upper - logstd)
    logstd = head.state_min_logstd + functional.softplus(logstd - head.state_min_logstd)
    return mean, torch.exp(logstd)


def _relative_error(predicted: Tensor, states: Tensor) -> None:
    ((predicted - states).abs().sum(dim=-1) / states.abs().sum(dim=-1)).mean().item()
