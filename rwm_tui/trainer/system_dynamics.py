"""The RWM world model (arXiv 2501.10100; ensembles arXiv 2504.16680): networks and losses.

Rows are aligned as the replay buffer stores them: row t holds the state and the action that *led to* it. So the input
that predicts row t+1 is the state of row t beside the action of row t+1. States and actions are normalized.
Parameter names, shapes and order are those of the reference checkpoints.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rwm_tui.core.agent_config import ArchitectureConfig, LossWeights, SystemDynamicsConfig
from rwm_tui.trainer.networks import MLP
from rwm_tui.trainer.replay_buffer import Sequences

_INITIAL_MIN_LOGSTD = -5.0


@dataclass(frozen=True)
class SystemWidths:
    """Columns of the four world-model groups."""

    state: int
    action: int
    contact: int
    termination: int


@dataclass(frozen=True)
class DynamicsLosses:
    """Terms of the loss, each a scalar; ``sequence`` and ``kl`` belong to other architectures and are zero here."""

    state: Tensor
    sequence: Tensor
    bound: Tensor
    kl: Tensor
    contact: Tensor
    termination: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """The weighted sum; ``extension`` has no term, as this task has no extension group."""
        return (
            weights.state * self.state
            + weights.sequence * self.sequence
            + weights.bound * self.bound
            + weights.kl * self.kl
            + weights.contact * self.contact
            + weights.termination * self.termination
        )


@dataclass(frozen=True)
class Forecast:
    """Open-loop predictions of K rows after a history, each (B, K, columns); probabilities but for the states.

    ``epistemic`` (B, K) is the standard deviation over the members' means, summed over columns: zero for one member.
    """

    states: Tensor
    contacts: Tensor
    terminations: Tensor
    epistemic: Tensor


class Memory(nn.Module):
    """A stack of GRU layers, batch first."""

    def __init__(self, width: int, config: ArchitectureConfig) -> None:
        super().__init__()
        self.rnn = nn.GRU(width, config.rnn_hidden_size, config.rnn_num_layers, batch_first=True)


class RecurrentBase(nn.Module):
    """The recurrent base of a branch: (B, T, state + action) to (B, T, hidden), with the hidden state kept."""

    def __init__(self, width: int, config: ArchitectureConfig) -> None:
        super().__init__()
        self.memory = Memory(width, config)

    def forward(self, inputs: Tensor, hidden: Tensor | None) -> tuple[Tensor, Tensor]:
        outputs, hidden = self.memory.rnn(inputs, hidden)
        return outputs, hidden


class StateHead(nn.Module):
    """Gaussian over the next state: residual mean, log-std softly bounded between learned limits."""

    def __init__(self, state_width: int, config: ArchitectureConfig) -> None:
        super().__init__()
        hidden = config.rnn_hidden_size
        self.state_min_logstd = nn.Parameter(torch.full((1, state_width), _INITIAL_MIN_LOGSTD))
        self.state_log_delta_logstd = nn.Parameter(torch.zeros(1, state_width))
        self.state_mean_layers = MLP((hidden, *config.state_mean_shape, state_width), "relu")
        self.state_logstd_layers = MLP((hidden, *config.state_logstd_shape, state_width), "relu")

    def forward(self, features: Tensor, last_state: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (B, state) from features (B, hidden) and the last input state (B, state)."""
        return last_state + self.state_mean_layers(features), self._bounded_logstd(features).exp()

    def mean(self, features: Tensor, last_state: Tensor) -> Tensor:
        """The mean alone."""
        mean: Tensor = last_state + self.state_mean_layers(features)
        return mean

    def max_logstd(self) -> Tensor:
        """The learned upper bound (1, state)."""
        return self.state_min_logstd + self.state_log_delta_logstd.exp()

    def bound_loss(self) -> Tensor:
        """How far the bounds are apart on average: 1.0 at the start."""
        return self.max_logstd().mean() - self.state_min_logstd.mean()

    def _bounded_logstd(self, features: Tensor) -> Tensor:
        logstd = self.state_logstd_layers(features)
        upper = self.max_logstd()
        logstd = upper - functional.softplus(upper - logstd)
        return self.state_min_logstd + functional.softplus(logstd - self.state_min_logstd)


class AuxiliaryHead(nn.Module):
    """Logits of contacts and of termination."""

    def __init__(self, widths: SystemWidths, config: ArchitectureConfig) -> None:
        super().__init__()
        hidden = config.rnn_hidden_size
        self.contact_layers = MLP((hidden, *config.contact_shape, widths.contact), "relu")
        self.termination_layers = MLP((hidden, *config.termination_shape, widths.termination), "relu")


class SystemDynamics(nn.Module):
    """Two separate recurrent branches, for the state and for contacts and termination, with a head per member.

    :param widths: columns of the groups.
    :param config: the ``system_dynamics`` part of agent.yaml.
    """

    def __init__(self, widths: SystemWidths, config: SystemDynamicsConfig) -> None:
        super().__init__()
        architecture = config.architecture_config
        width, members = widths.state + widths.action, range(config.ensemble_size)
        self.history_horizon = config.history_horizon
        self.state_base = RecurrentBase(width, architecture)
        self.state_heads = nn.ModuleList(StateHead(widths.state, architecture) for _ in members)
        self.auxiliary_base = RecurrentBase(width, architecture)
        self.auxiliary_heads = nn.ModuleList(AuxiliaryHead(widths, architecture) for _ in members)
        if config.freeze_auxiliary:
            self.auxiliary_base.requires_grad_(False)
            self.auxiliary_heads.requires_grad_(False)

    @property
    def ensemble_size(self) -> int:
        return len(self.state_heads)

    def losses(self, batch: Sequences) -> DynamicsLosses:
        """Losses of sequences of history + forecast rows; every member sees a bootstrap resample of its own."""
        members = [batch.bootstrap() for _ in range(self.ensemble_size)]
        zero = batch.states.new_zeros(())
        contact, termination = self._auxiliary_losses(members)
        return DynamicsLosses(
            state=self._state_loss(members),
            sequence=zero,
            bound=torch.stack([head.bound_loss() for head in self._state_heads()]).mean(),
            kl=zero,
            contact=contact,
            termination=termination,
        )

    def _state_loss(self, members: list[Sequences]) -> Tensor:
        """Autoregressive: sampled predictions are fed back, for as many steps as rows follow the history."""
        states = torch.cat([member.states for member in members])
        actions = torch.cat([member.actions for member in members])
        given, last = self.history_horizon, states.shape[1]
        features, hidden = self.state_base(history_inputs(states, actions, given), None)
        current = states[:, given - 1]
        errors = []
        for row in range(given, last):
            if row > given:
                features, hidden = self.state_base(torch.cat([current, actions[:, row]], -1).unsqueeze(1), hidden)
            mean, std = self._predict(features[:, -1], current)
            target = states[:, row]
            errors.append((mean + std * torch.randn_like(std) - target).square().sum(-1).mean())
            current = mean + std * torch.randn_like(std)
        return torch.stack(errors).mean()

    def _predict(self, features: Tensor, current: Tensor) -> tuple[Tensor, Tensor]:
        """Each member's head on its own share of the batch."""
        shares = zip(
            self._state_heads(), features.chunk(self.ensemble_size), current.chunk(self.ensemble_size), strict=True
        )
        outcomes = [head(share, state) for head, share, state in shares]
        return torch.cat([mean for mean, _ in outcomes]), torch.cat([std for _, std in outcomes])

    def _auxiliary_losses(self, members: list[Sequences]) -> tuple[Tensor, Tensor]:
        """Teacher forcing: true states go in, so the whole sequence is one pass."""
        states = torch.cat([member.states for member in members])
        actions = torch.cat([member.actions for member in members])
        outputs, _ = self.auxiliary_base(history_inputs(states, actions, states.shape[1] - 1), None)
        # The input of index i predicts row i + 1.
        forecast = outputs[:, self.history_horizon - 1 :]
        contact, termination = [], []
        for head, features, member in zip(
            self._auxiliary_heads(), forecast.chunk(self.ensemble_size), members, strict=True
        ):
            rows = slice(self.history_horizon, None)
            contact.append(_cross_entropy(head.contact_layers(features), member.contacts[:, rows]))
            termination.append(_cross_entropy(head.termination_layers(features), member.terminations[:, rows]))
        return torch.stack(contact).mean(), torch.stack(termination).mean()

    @torch.no_grad()
    def roll_out(self, states: Tensor, actions: Tensor, num_steps: int) -> Tensor:
        """Open-loop mean predictions.

        :param states: (B, history, state) that are given.
        :param actions: (B, history + num_steps - 1, action) or more; the action of index i goes in beside the state of
            index i.
        :returns: (B, num_steps, state).
        """
        return torch.stack([means.mean(0) for _, means in self._open_loop(states, actions, num_steps)], dim=1)

    @torch.no_grad()
    def forecast(self, states: Tensor, actions: Tensor, num_steps: int) -> Forecast:
        """What :meth:`roll_out` predicts, with contacts, termination and the members' disagreement.

        The auxiliary branch sees what the state branch sees: the given states, then the predicted ones.
        """
        rows: list[tuple[Tensor, ...]] = []
        hidden: Tensor | None = None
        for inputs, means in self._open_loop(states, actions, num_steps):
            features, hidden = self.auxiliary_base(inputs, hidden)
            heads, last = self._auxiliary_heads(), features[:, -1]
            contacts = torch.stack([head.contact_layers(last).sigmoid() for head in heads]).mean(0)
            terminations = torch.stack([head.termination_layers(last).sigmoid() for head in heads]).mean(0)
            rows.append((means.mean(0), contacts, terminations, means.std(0, correction=0).sum(-1)))
        return Forecast(*(torch.stack(steps, dim=1) for steps in zip(*rows, strict=True)))

    def _open_loop(self, states: Tensor, actions: Tensor, num_steps: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Per step what went in, (B, T, state + action), and the members' means that came out, (members, B, state)."""
        given = states.shape[1]
        current, inputs = states[:, -1], torch.cat([states, actions[:, :given]], -1)
        hidden: Tensor | None = None
        for index in range(given, given + num_steps):
            features, hidden = self.state_base(inputs, hidden)
            means = torch.stack([head.mean(features[:, -1], current) for head in self._state_heads()])
            yield inputs, means
            if index < given + num_steps - 1:
                current = means.mean(0)
                inputs = torch.cat([current, actions[:, index]], -1).unsqueeze(1)

    def _state_heads(self) -> list[StateHead]:
        return [head for head in self.state_heads if isinstance(head, StateHead)]

    def _auxiliary_heads(self) -> list[AuxiliaryHead]:
        return [head for head in self.auxiliary_heads if isinstance(head, AuxiliaryHead)]


def history_inputs(states: Tensor, actions: Tensor, count: int) -> Tensor:
    """The first ``count`` inputs (B, count, state + action): each state beside the action of the row after it."""
    return torch.cat([states[:, :count], actions[:, 1 : count + 1]], -1)


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, targets)
