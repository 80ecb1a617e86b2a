"""The vectorised environment: actions in, observation groups, rewards and episode ends out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rwm_tui.trainer import events, robot, task
from rwm_tui.trainer.commands import UniformVelocityCommand
from rwm_tui.trainer.scene import DEFAULT_JOINT_POS, ContactBodies, Scene
from rwm_tui.trainer.simulation import CONTROL_STEP_S, Array, Indices, Reading, Simulation
from rwm_tui.trainer.terminations import EPISODE_LENGTH_S, MAX_EPISODE_STEPS

Flags = NDArray[np.bool_]

POLICY_GROUP = "policy"
SYSTEM_GROUPS = ("system_state", "system_action", "system_contact", "system_termination")
_FOOT_CONTACT_THRESHOLD_N = 1.0
_FEET = ContactBodies(".*FOOT").columns


@dataclass(frozen=True)
class Step:
    """What one control step brought, N rows each.

    ``policy`` (N, 48) is what the policy sees next, after resets. ``system`` holds the four world-model groups that
    this step *led to*: where an episode ended, they show how it ended and not the state that it was reset to, so that
    the world model learns falls. ``diverged`` rows were blown up by the physics; they carry nothing usable.
    """

    policy: Array
    system: Mapping[str, Array]
    rewards: Array
    dones: Flags
    time_outs: Flags
    diverged: Flags


class Environment:
    """N robots under velocity commands.

    :param num_envs: number of robots.
    :param seed: of everything that is drawn here.
    :param num_threads: threads that step the physics.
    :param conditions: other ones than in training, for an evaluation.
    """

    def __init__(
        self, num_envs: int, seed: int, num_threads: int, conditions: task.Conditions = task.TRAINING_CONDITIONS
    ) -> None:
        self.num_envs = num_envs
        self._push_robot = conditions.push_robot
        self._rng = np.random.default_rng(seed)
        models = events.robot_variants(num_envs, self._rng, **conditions.add_base_mass.params, **task.BASE_COM.params)
        self._simulation = Simulation(models, num_threads)
        self._command = UniformVelocityCommand(conditions.command, num_envs, self._rng)
        self._groups = {group.name: group for group in task.OBSERVATION_GROUPS}
        self._actions: Array = np.zeros((num_envs, task.NUM_ACTIONS))
        self._previous_actions: Array = np.zeros_like(self._actions)
        self._episode_steps = np.zeros(num_envs, dtype=np.int64)
        self._time_to_push = np.zeros(num_envs)
        self._air_time = np.zeros((num_envs, len(_FEET)))
        self._contact_time = np.zeros_like(self._air_time)
        self._last_air_time = np.zeros_like(self._air_time)
        self._episode_rewards = {term.name: np.zeros(num_envs) for term in task.REWARDS}
        self._ended_by = {term.name: np.zeros(num_envs, dtype=np.bool_) for term in task.TERMINATIONS}
        self.episode_log: dict[str, float] = {}
        """Means over the episodes that the latest reset ended, under the tags of Isaac Lab; zeros before the first."""
        self._reset(np.arange(num_envs))

    def close(self) -> None:
        """End the physics threads."""
        self._simulation.close()

    def spread_episode_phases(self) -> None:
        """Pretend that the robots are at different moments of their episodes, so that they do not time out at once."""
        self._episode_steps = self._rng.integers(0, MAX_EPISODE_STEPS, size=self.num_envs)

    def observe_policy(self) -> Array:
        """The ``policy`` group (N, 48) as it is now."""
        return self._groups[POLICY_GROUP].compute(self._scene(self._simulation.read()), self._rng)

    def observe_system(self) -> dict[str, Array]:
        """The four world-model groups as they are now."""
        return self._system_groups(self._scene(self._simulation.read()))

    def step(self, actions: Array) -> Step:
        """One control step of 0.02 s.

        :param actions: (N, 12), unscaled; half of it [rad] is added to the default pose.
        """
        self._previous_actions, self._actions = self._actions, np.array(actions, dtype=float)
        self._simulation.step(DEFAULT_JOINT_POS + task.ACTION_SCALE * self._actions)
        self._episode_steps += 1
        reading = self._simulation.read()
        self._track_feet(reading)
        scene = self._scene(reading)
        time_outs, dones = self._ends(scene)
        rewards = self._rewards(scene, usable=~reading.diverged)
        ended = np.flatnonzero(dones)
        endings = self._system_groups(scene) if len(ended) else {}
        if len(ended):
            self._reset(ended)
        self._command.advance(self._simulation.read())
        self._push_due()
        return self._outcome(rewards, dones, time_outs, reading.diverged, endings)

    def _outcome(
        self, rewards: Array, dones: Flags, time_outs: Flags, diverged: Flags, endings: Mapping[str, Array]
    ) -> Step:
        scene = self._scene(self._simulation.read())
        system = self._system_groups(scene)
        for name, values in endings.items():
            system[name][dones] = values[dones]
            system[name][diverged] = 0.0
        policy = self._groups[POLICY_GROUP].compute(scene, self._rng)
        return Step(policy, system, rewards, dones, time_outs, diverged)

    def _scene(self, reading: Reading) -> Scene:
        return Scene(
            reading=reading,
            actions=self._actions,
            previous_actions=self._previous_actions,
            commands=self._command.values,
            first_contact=(self._contact_time > 0.0) & (self._contact_time < CONTROL_STEP_S + 1e-8),
            last_air_time=self._last_air_time,
            episode_steps=self._episode_steps,
        )

    def _system_groups(self, scene: Scene) -> dict[str, Array]:
        return {name: self._groups[name].compute(scene, self._rng) for name in SYSTEM_GROUPS}

    def _track_feet(self, reading: Reading) -> None:
        """Times in the air and on the ground, physics step by physics step."""
        step_s = robot.PHYSICS_STEP_S
        for forces in np.moveaxis(reading.contact_force[:, :, _FEET], 1, 0):
            touching = forces > _FOOT_CONTACT_THRESHOLD_N
            landed = touching & (self._air_time > 0.0)
            self._last_air_time = np.where(landed, self._air_time + step_s, self._last_air_time)
            self._air_time = np.where(touching, 0.0, self._air_time + step_s)
            self._contact_time = np.where(touching, self._contact_time + step_s, 0.0)

    def _ends(self, scene: Scene) -> tuple[Flags, Flags]:
        diverged = scene.reading.diverged
        time_outs = np.zeros(self.num_envs, dtype=np.bool_)
        dones = diverged.copy()
        for term in task.TERMINATIONS:
            ended = term.func(scene, **term.params) & ~diverged
            self._ended_by[term.name] = ended
            dones |= ended
            if term.time_out:
                time_outs |= ended
        return time_outs, dones

    def _rewards(self, scene: Scene, usable: Flags) -> Array:
        total = np.zeros(self.num_envs)
        for term in task.REWARDS:
            if term.weight == 0.0:
                continue
            value = term.func(scene, **term.params) * term.weight * CONTROL_STEP_S * usable
            self._episode_rewards[term.name] += value
            total += value
        return total

    def _reset(self, envs: Indices) -> None:
        self._log_episodes(envs)
        pose, velocity = task.RESET_BASE.func(len(envs), self._rng, **task.RESET_BASE.params)
        joint_pos, joint_vel = task.RESET_JOINTS.func(len(envs), self._rng, **task.RESET_JOINTS.params)
        self._simulation.place(envs, pose, velocity, joint_pos, joint_vel)
        self._command.resample(envs)
        self._actions[envs] = 0.0
        self._previous_actions[envs] = 0.0
        self._episode_steps[envs] = 0
        self._air_time[envs] = self._contact_time[envs] = self._last_air_time[envs] = 0.0
        self._draw_push_times(envs)

    def _log_episodes(self, envs: Indices) -> None:
        log = {}
        for name, sums in self._episode_rewards.items():
            log[f"Episode_Reward/{name}"] = float(sums[envs].mean()) / EPISODE_LENGTH_S
            sums[envs] = 0.0
        for name, value in self._command.take_metrics(envs).items():
            log[f"Metrics/base_velocity/{name}"] = value
        for name, ended in self._ended_by.items():
            log[f"Episode_Termination/{name}"] = float(np.count_nonzero(ended[envs]))
        self.episode_log = log

    def _draw_push_times(self, envs: Indices) -> None:
        interval = self._push_robot.interval_range_s
        if interval is not None:
            self._time_to_push[envs] = self._rng.uniform(*interval, size=len(envs))

    def _push_due(self) -> None:
        self._time_to_push -= CONTROL_STEP_S
        due = np.flatnonzero(self._time_to_push <= 0.0)
        if len(due):
            self._simulation.push(due, self._push_robot.func(due, self._rng, **self._push_robot.params))
            self._draw_push_times(due)
