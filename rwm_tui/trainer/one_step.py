"""Fresh episodes with a run's final checkpoint, and how well its world model predicts each next state."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
import yaml
from torch import Tensor

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.errors import InputError
from rwm_tui.trainer.checkpoint import load_checkpoint
from rwm_tui.trainer.environment import Environment
from rwm_tui.trainer.normalizer import Normalizer
from rwm_tui.trainer.one_step_error import STATE_GROUPS, Holdout, OneStepError
from rwm_tui.trainer.runner import build_policy, build_system_dynamics
from rwm_tui.trainer.settings import check_settings
from rwm_tui.trainer.system_dynamics import SystemDynamics
from rwm_tui.trainer.training import num_physics_threads, prepare_torch

_LARGEST_CONFIG_BYTES = 1_000_000
_PREDICTIONS_AT_ONCE = 512


@dataclass(frozen=True)
class Episode:
    """Normalized rows of one whole episode: states (T, 45), actions that led to them (T, 12)."""

    states: Tensor
    actions: Tensor


@dataclass
class _SquaredErrors:
    model: Tensor = field(default_factory=lambda: torch.zeros(45, dtype=torch.float64))
    persistence: Tensor = field(default_factory=lambda: torch.zeros(45, dtype=torch.float64))
    count: int = 0

    def error(self, columns: slice) -> OneStepError:
        model, persistence = (
            (total[columns].mean() / self.count).sqrt().item() for total in (self.model, self.persistence)
        )
        return OneStepError(model, persistence)


def measure_holdout(run_dir: Path, num_episodes: int, seed: int) -> Holdout:
    """Run the episodes and compare.

    :raises InputError: where the run directory has no final checkpoint or its configuration cannot be read.
    """
    config = read_agent_config(run_dir)
    checkpoint = run_dir / f"model_{config.max_iterations}.pt"
    if not checkpoint.is_file():
        raise InputError("no final checkpoint", f"{checkpoint} is not there", "choose a run whose training ended")
    prepare_torch(seed)
    policy, model = build_policy(config), build_system_dynamics(config)
    iteration = load_checkpoint(checkpoint, policy, model)
    episodes = collect_episodes(config, policy, num_episodes, seed)
    errors = _SquaredErrors()
    for episode in episodes:
        _compare(model, episode, errors)
    if not errors.count:
        history = config.system_dynamics.history_horizon
        raise InputError("nothing to predict", f"no episode outlasted the history of {history} steps", "use --episodes")
    return Holdout(
        checkpoint=checkpoint.name,
        iteration=iteration,
        seed=seed,
        episodes=len(episodes),
        predictions=errors.count,
        mean_episode_length=float(np.mean([len(episode.states) for episode in episodes])),
        overall=errors.error(slice(None)),
        groups={name: errors.error(columns) for name, columns in STATE_GROUPS.items()},
    )


def read_agent_config(run_dir: Path) -> AgentConfig:
    """``params/agent.yaml``, validated.

    :raises InputError: naming file and reason.
    """
    path = run_dir / "params" / "agent.yaml"
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_CONFIG_BYTES + 1)
        if len(text) > _LARGEST_CONFIG_BYTES:
            raise ValueError("larger than any agent configuration")
        config = msgspec.convert(yaml.safe_load(text), AgentConfig)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            "run directory not usable", f"{path}: {reason}", "choose a run of the embedded trainer"
        ) from error
    check_settings(config)
    return config


@torch.no_grad()
def collect_episodes(config: AgentConfig, policy: Any, num_episodes: int, seed: int) -> list[Episode]:
    """The first whole episode of each of ``num_episodes`` robots: none is preferred for ending early."""
    environment = Environment(num_episodes, seed, num_physics_threads())
    device = torch.device("cpu")
    normalize_state = Normalizer(config.imagination.state_normalizer, device)
    normalize_action = Normalizer(config.imagination.action_normalizer, device)
    states: list[Tensor] = []
    actions: list[Tensor] = []
    lengths = np.zeros(num_episodes, dtype=np.int64)
    running = np.ones(num_episodes, dtype=np.bool_)
    try:
        observations = environment.observe_policy()
        while running.any():
            chosen = policy.distribution(torch.as_tensor(observations, dtype=torch.float32)).sample()
            if config.clip_actions is not None:
                chosen = chosen.clamp(-config.clip_actions, config.clip_actions)
            step = environment.step(chosen.numpy())
            states.append(normalize_state(torch.as_tensor(step.system["system_state"], dtype=torch.float32)))
            actions.append(normalize_action(torch.as_tensor(step.system["system_action"], dtype=torch.float32)))
            lengths[running & ~step.diverged] += 1
            running &= ~step.dones
            observations = step.policy
    finally:
        environment.close()
    all_states, all_actions = torch.stack(states, 1), torch.stack(actions, 1)
    return [Episode(all_states[env, :length], all_actions[env, :length]) for env, length in enumerate(lengths)]


@torch.no_grad()
def _compare(model: SystemDynamics, episode: Episode, errors: _SquaredErrors) -> None:
    history = model.history_horizon
    for start in range(0, len(episode.states) - history, _PREDICTIONS_AT_ONCE):
        first_rows = torch.arange(start, min(start + _PREDICTIONS_AT_ONCE, len(episode.states) - history))
        rows = first_rows.unsqueeze(1) + torch.arange(history)
        true = episode.states[first_rows + history]
        # Row t holds the action that led to it: the one taken in row t stands in row t + 1.
        predicted = model.predict_next(episode.states[rows], episode.actions[rows + 1])
        errors.model += (predicted - true).double().square().sum(0)
        errors.persistence += (episode.states[first_rows + history - 1] - true).double().square().sum(0)
        errors.count += len(first_rows)
