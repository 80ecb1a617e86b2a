"""The learning loop: roll out, update the world model, update the policy, report, evaluate, save."""

import time
from collections import deque
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor, nn

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.profile import EMBEDDED_TASK
from rwm_tui.trainer import console, task
from rwm_tui.trainer.actor_critic import ActorCritic
from rwm_tui.trainer.checkpoint import Trained, save_checkpoint
from rwm_tui.trainer.code_state import store_code_state
from rwm_tui.trainer.environment import Environment, Step
from rwm_tui.trainer.evaluation import autoregressive_errors
from rwm_tui.trainer.event_file import EventFile
from rwm_tui.trainer.normalizer import Normalizer
from rwm_tui.trainer.ppo import PPO, PolicyLosses
from rwm_tui.trainer.replay_buffer import NoValidWindow, ReplayBuffer
from rwm_tui.trainer.run_directory import RunDirectory
from rwm_tui.trainer.system_dynamics import SystemDynamics, SystemWidths

# Written into every checkpoint, so that the file itself says where it comes from.
CHECKPOINT_INFOS = {"trainer": "rwm-tui embedded", "task": EMBEDDED_TASK}

_EPISODES_AVERAGED = 100


def build_policy(config: AgentConfig) -> ActorCritic:
    """Fresh actor and critic for the policy group."""
    return ActorCritic(policy_width(), task.NUM_ACTIONS, config.policy)


def build_system_dynamics(config: AgentConfig) -> SystemDynamics:
    """A fresh world model for the four system groups."""
    return SystemDynamics(system_widths(), config.system_dynamics)


def policy_width() -> int:
    """Columns of the group that the policy sees."""
    return next(group.width for group in task.OBSERVATION_GROUPS if group.name == "policy")


def system_widths() -> SystemWidths:
    """Columns of the four system groups of the task."""
    widths = {group.name: group.width for group in task.OBSERVATION_GROUPS}
    return SystemWidths(
        state=widths["system_state"],
        action=widths["system_action"],
        contact=widths["system_contact"],
        termination=widths["system_termination"],
    )


class Episodes:
    """Rewards and lengths of the latest finished episodes."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self._rewards = torch.zeros(num_envs, device=device)
        self._lengths = torch.zeros(num_envs, device=device)
        self._finished: deque[tuple[float, float]] = deque(maxlen=_EPISODES_AVERAGED)

    def advance(self, rewards: Tensor, dones: Tensor) -> None:
        """One control step of every environment."""
        self._rewards += rewards
        self._lengths += 1
        ended = torch.nonzero(dones).flatten()
        self._finished.extend(zip(self._rewards[ended].tolist(), self._lengths[ended].tolist(), strict=True))
        self._rewards[ended] = 0.0
        self._lengths[ended] = 0.0

    def mean_reward(self) -> float | None:
        """None before the first episode has finished."""
        return fmean(reward for reward, _ in self._finished) if self._finished else None

    def mean_length(self) -> float | None:
        """Control steps; None before the first episode has finished."""
        return fmean(length for _, length in self._finished) if self._finished else None


@dataclass(frozen=True)
class _Rollout:
    last_observations: Tensor
    episode_log: dict[str, float]
    num_diverged: int


class Runner:
    """Trains policy and world model side by side; imagination is off.

    :param environment: freshly made.
    :param config: checked by :func:`rwm_tui.trainer.settings.check_settings`.
    :param device: of the networks and the replay buffer.
    """

    def __init__(self, environment: Environment, config: AgentConfig, device: torch.device) -> None:
        self._environment = environment
        self._config = config
        self._device = device
        algorithm, widths = config.algorithm, system_widths()
        self.policy = build_policy(config).to(device)
        self._system_dynamics = build_system_dynamics(config).to(device)
        self._ppo = PPO(self.policy, algorithm)
        self._dynamics_optimizer = torch.optim.Adam(
            self._system_dynamics.parameters(),
            lr=algorithm.system_dynamics_learning_rate,
            weight_decay=algorithm.system_dynamics_weight_decay,
        )
        self._buffer = ReplayBuffer(
            environment.num_envs,
            algorithm.system_dynamics_replay_buffer_size,
            (widths.state, widths.action, widths.contact, widths.termination),
            device,
        )
        self._normalizers = {
            "system_state": Normalizer(config.imagination.state_normalizer, device),
            "system_action": Normalizer(config.imagination.action_normalizer, device),
        }
        self._episodes = Episodes(environment.num_envs, device)
        self._trained = Trained(self.policy, self._system_dynamics, self._ppo.optimizer, self._dynamics_optimizer)

    def learn(self, run: RunDirectory) -> None:
        """All iterations, with everything that they print and write."""
        events = EventFile(run.path)
        self._environment.spread_episode_phases()
        observations = self._tensor(self._environment.observe_policy())
        elapsed_s, total = 0.0, self._config.max_iterations
        num_steps = self._config.num_steps_per_env * self._environment.num_envs
        for iteration in range(total):
            start = time.perf_counter()
            rollout = self._roll_out(observations)
            observations = rollout.last_observations
            collected = time.perf_counter()
            dynamics_losses = self._update_system_dynamics(iteration)
            policy_losses = self._ppo.update(observations)
            learned = time.perf_counter()
            elapsed_s += learned - start
            report = console.IterationReport(
                iteration=iteration,
                max_iterations=total,
                num_steps=num_steps,
                collection_s=collected - start,
                learning_s=learned - collected,
                noise_std=self.policy.std.mean().item(),
                losses=policy_losses,
                mean_reward=self._episodes.mean_reward(),
                mean_episode_length=self._episodes.mean_length(),
                episode_log=rollout.episode_log,
                total_timesteps=(iteration + 1) * num_steps,
                elapsed_s=elapsed_s,
            )
            self._record(events, report, dynamics_losses)
            console.say(console.iteration_block(report))
            self._warn_of_divergence(rollout.num_diverged, iteration)
            if iteration % self._config.save_interval == 0:
                events.add_scalars(self._evaluate(iteration), iteration)
                self._save(run, iteration, iteration)
            if iteration == 0:
                console.say(store_code_state(run.path / "git"))
        self._save(run, total, total - 1)
        events.close()

    def _roll_out(self, observations: Tensor) -> _Rollout:
        logs: list[dict[str, float]] = []
        num_diverged = 0
        for _ in range(self._config.num_steps_per_env):
            actions = self._ppo.act(observations)
            if self._config.clip_actions is not None:
                actions = actions.clamp(-self._config.clip_actions, self._config.clip_actions)
            step = self._environment.step(actions.cpu().numpy())
            observations = self._tensor(step.policy)
            self._note(step)
            logs.append(self._environment.episode_log)
            num_diverged += int(step.diverged.sum())
        means = {name: fmean(log[name] for log in logs) for name in logs[0]}
        return _Rollout(observations, means, num_diverged)

    def _note(self, step: Step) -> None:
        rewards, dones, time_outs = (self._tensor(values) for values in (step.rewards, step.dones, step.time_outs))
        self._ppo.note_outcome(rewards, dones, time_outs)
        self._episodes.advance(rewards, dones)
        groups = {name: self._tensor(values) for name, values in step.system.items()}
        for name, normalize in self._normalizers.items():
            groups[name] = normalize(groups[name])
        self._buffer.add(groups, dones.bool(), torch.as_tensor(step.diverged, device=self._device))

    def _update_system_dynamics(self, iteration: int) -> dict[str, float]:
        """Mean losses by TensorBoard tag; empty where the buffer has no sequence to learn from."""
        algorithm = self._config.algorithm
        length = self._config.system_dynamics.history_horizon + algorithm.system_dynamics_forecast_horizon
        sums: dict[str, float] = {}
        for _ in range(algorithm.system_dynamics_num_mini_batches):
            try:
                batch = self._buffer.sample(algorithm.system_dynamics_mini_batch_size, length)
            except NoValidWindow as reason:
                console.say(f"[WARNING] iteration {iteration}: no world-model update, {reason}.")
                return {}
            losses = self._system_dynamics.losses(batch)
            self._dynamics_optimizer.zero_grad()
            losses.total(algorithm.system_dynamics_loss_weights).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self._system_dynamics.parameters(), algorithm.max_grad_norm)
            self._dynamics_optimizer.step()
            for name, loss in vars(losses).items():
                tag = f"System Dynamics/{name}_loss"
                sums[tag] = sums.get(tag, 0.0) + loss.item()
        return {tag: total / algorithm.system_dynamics_num_mini_batches for tag, total in sums.items()}

    def _evaluate(self, iteration: int) -> dict[str, float]:
        try:
            return autoregressive_errors(self._system_dynamics, self._buffer, self._config.algorithm)
        except NoValidWindow as reason:
            console.say(f"[WARNING] iteration {iteration}: no evaluation of the world model, {reason}.")
            return {}

    def _save(self, run: RunDirectory, number: int, iteration: int) -> None:
        save_checkpoint(run.checkpoint(number), self._trained, iteration, dict(CHECKPOINT_INFOS))

    def _record(self, events: EventFile, report: console.IterationReport, dynamics_losses: dict[str, float]) -> None:
        events.add_scalars(_scalars(report, report.losses, self._ppo.learning_rate), report.iteration)
        learning_rate = self._dynamics_optimizer.param_groups[0]["lr"]
        events.add_scalars({**dynamics_losses, "System Dynamics/learning_rate": learning_rate}, report.iteration)
        if report.mean_reward is not None and report.mean_episode_length is not None:
            means = {"Train/mean_reward": report.mean_reward, "Train/mean_episode_length": report.mean_episode_length}
            events.add_scalars(means, report.iteration)
            events.add_scalars({f"{tag}/time": value for tag, value in means.items()}, int(report.elapsed_s))

    def _warn_of_divergence(self, count: int, iteration: int) -> None:
        if count:
            console.say(
                f"[WARNING] iteration {iteration}: the physics of {count} environment(s) diverged; "
                "they were reset, and the world model does not learn from those rows."
            )

    def _tensor(self, values: object) -> Tensor:
        return torch.as_tensor(values, dtype=torch.float32, device=self._device)


def _scalars(report: console.IterationReport, losses: PolicyLosses, learning_rate: float) -> dict[str, float]:
    return {
        **report.episode_log,
        "Loss/value_function": losses.value_function,
        "Loss/surrogate": losses.surrogate,
        "Loss/entropy": losses.entropy,
        "Loss/learning_rate": learning_rate,
        "Policy/mean_noise_std": report.noise_std,
        "Perf/total_fps": report.steps_per_s,
        "Perf/collection time": report.collection_s,
        "Perf/learning_time": report.learning_s,
    }
