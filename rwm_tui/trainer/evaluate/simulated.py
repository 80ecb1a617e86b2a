"""Fresh episodes in the embedded simulator, driven by the run's own policy, as in training and otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from rwm_tui.core.evaluation.measurement import FRESH, NO_EXPLORATION, UPSTREAM_TRAJECTORY_ROWS
from rwm_tui.trainer import task
from rwm_tui.trainer.actor_critic import ActorCritic
from rwm_tui.trainer.commands import VelocityRanges
from rwm_tui.trainer.environment import Environment, Step
from rwm_tui.trainer.evaluate.configuration import RunConfiguration
from rwm_tui.trainer.evaluate.trajectory import Trajectory
from rwm_tui.trainer.normalizer import Normalizer
from rwm_tui.trainer.training import num_physics_threads


@dataclass(frozen=True)
class SimulatedCondition:
    """How the episodes are made; ``text`` says what is different from training."""

    name: str
    text: str
    exploration: bool = True
    conditions: task.Conditions = task.TRAINING_CONDITIONS


# What training never drew from: its commands reach 1 m/s, its payloads 5 kg, its pushes 0.5 m/s each 10 to 15 s.
CONDITIONS = (
    SimulatedCondition(FRESH, "fresh episodes under another seed, everything else as in training"),
    SimulatedCondition(NO_EXPLORATION, "the policy acts without its exploration noise", exploration=False),
    SimulatedCondition(
        "commands",
        "velocity commands of 1.0 to 1.5 m/s forwards and sideways (training: -1.0 to 1.0)",
        conditions=task.Conditions(
            command=replace(
                task.VELOCITY_COMMAND,
                rel_standing_envs=0.0,
                ranges=VelocityRanges(lin_vel_x=(1.0, 1.5), lin_vel_y=(1.0, 1.5)),
            )
        ),
    ),
    SimulatedCondition(
        "payload",
        "5 to 10 kg added to the base (training: -5 to 5)",
        conditions=task.Conditions(
            add_base_mass=replace(task.ADD_BASE_MASS, params={"mass_distribution_params": (5.0, 10.0)})
        ),
    ),
    SimulatedCondition(
        "pushes",
        "pushes of up to 1.0 m/s each 1 to 2 s (training: 0.5 m/s each 10 to 15 s)",
        conditions=task.Conditions(
            push_robot=replace(
                task.PUSH_ROBOT,
                params={"velocity_range": dict.fromkeys(("x", "y"), (-1.0, 1.0))},
                interval_range_s=(1.0, 2.0),
            )
        ),
    ),
)


@torch.no_grad()
def collect_episodes(
    configuration: RunConfiguration, policy: ActorCritic, condition: SimulatedCondition, num_episodes: int, seed: int
) -> list[Trajectory]:
    """The first episode of each of ``num_episodes`` robots, to its end or for as many rows as upstream evaluates.

    None is preferred for ending early. Rows that the physics spoiled are left out.
    """
    recorder = _Recorder(configuration, num_episodes)
    environment = Environment(num_episodes, seed, num_physics_threads(), condition.conditions)
    try:
        observations = environment.observe_policy()
        while recorder.goes_on:
            actions = policy.distribution(torch.as_tensor(observations, dtype=torch.float32))
            chosen = actions.sample() if condition.exploration else actions.mean
            if configuration.clip_actions is not None:
                chosen = chosen.clamp(-configuration.clip_actions, configuration.clip_actions)
            step = environment.step(chosen.numpy())
            recorder.note(step)
            observations = step.policy
    finally:
        environment.close()
    return recorder.trajectories()


class _Recorder:
    """The rows of every robot, and how many of them belong to its first episode."""

    def __init__(self, configuration: RunConfiguration, num_episodes: int) -> None:
        device = torch.device("cpu")
        self._normalizers: Mapping[str, Normalizer] = {
            "system_state": Normalizer(configuration.state_normalizer, device),
            "system_action": Normalizer(configuration.action_normalizer, device),
        }
        self._rows: dict[str, list[Tensor]] = {
            name: [] for name in ("system_state", "system_action", "system_contact", "system_termination")
        }
        self._lengths = np.zeros(num_episodes, dtype=np.int64)
        self._running = np.ones(num_episodes, dtype=np.bool_)

    @property
    def goes_on(self) -> bool:
        return bool(self._running.any()) and len(self._rows["system_state"]) < UPSTREAM_TRAJECTORY_ROWS

    def note(self, step: Step) -> None:
        for name, rows in self._rows.items():
            values = torch.as_tensor(step.system[name], dtype=torch.float32)
            normalize = self._normalizers.get(name)
            rows.append(normalize(values) if normalize else values)
        self._lengths[self._running & ~step.diverged] += 1
        self._running &= ~step.dones

    def trajectories(self) -> list[Trajectory]:
        states, actions, contacts, terminations = (torch.stack(rows, 1) for rows in self._rows.values())
        return [
            Trajectory(states[env, :end], actions[env, :end], contacts[env, :end], terminations[env, :end])
            for env, end in enumerate(self._lengths)
        ]
