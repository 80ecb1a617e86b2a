"""The velocity command that the policy is to follow."""

from dataclasses import dataclass

import numpy as np

from rwm_tui.trainer.simulation import CONTROL_STEP_S, Array, Indices, Reading

Range = tuple[float, float]


@dataclass(frozen=True)
class VelocityRanges:
    """What commands are drawn from: m/s, m/s, rad/s, rad."""

    lin_vel_x: Range = (-1.0, 1.0)
    lin_vel_y: Range = (-1.0, 1.0)
    ang_vel_z: Range = (-1.0, 1.0)
    heading: Range = (-np.pi, np.pi)


@dataclass(frozen=True)
class VelocityCommandConfig:
    """Isaac Lab's ``UniformVelocityCommandCfg``, as far as the flat task uses it."""

    resampling_time_range: Range = (10.0, 10.0)
    heading_command: bool = True
    heading_control_stiffness: float = 0.5
    rel_standing_envs: float = 0.02
    rel_heading_envs: float = 1.0
    ranges: VelocityRanges = VelocityRanges()


class UniformVelocityCommand:
    """Commands of N environments: linear velocity drawn, yaw rate steered towards a drawn heading."""

    def __init__(self, config: VelocityCommandConfig, num_envs: int, rng: np.random.Generator) -> None:
        self._config = config
        self._rng = rng
        self._time_left = np.zeros(num_envs)
        self._target_heading = np.zeros(num_envs)
        self._standing = np.zeros(num_envs, dtype=np.bool_)
        self._heading_controlled = np.zeros(num_envs, dtype=np.bool_)
        self.values: Array = np.zeros((num_envs, 3))
        self._errors: Array = np.zeros((num_envs, 2))

    def take_metrics(self, envs: Indices) -> dict[str, float]:
        """Mean tracking errors of episodes that end, scaled as Isaac Lab scales them; counting begins anew."""
        errors = self._errors[envs].mean(axis=0)
        self._errors[envs] = 0.0
        return {"error_vel_xy": float(errors[0]), "error_vel_yaw": float(errors[1])}

    def resample(self, envs: Indices) -> None:
        """Draw new commands for some environments."""
        count, ranges = len(envs), self._config.ranges
        self._time_left[envs] = self._rng.uniform(*self._config.resampling_time_range, size=count)
        for column, bounds in enumerate((ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_z)):
            self.values[envs, column] = self._rng.uniform(*bounds, size=count)
        if self._config.heading_command:
            self._target_heading[envs] = self._rng.uniform(*ranges.heading, size=count)
            self._heading_controlled[envs] = self._rng.random(count) <= self._config.rel_heading_envs
        self._standing[envs] = self._rng.random(count) <= self._config.rel_standing_envs

    def advance(self, reading: Reading) -> None:
        """One control step: note the tracking error, draw due commands, steer, keep the standing ones at zero."""
        steps = self._config.resampling_time_range[1] / CONTROL_STEP_S
        self._errors[:, 0] += np.linalg.norm(self.values[:, :2] - reading.lin_vel_b[:, :2], axis=1) / steps
        self._errors[:, 1] += np.abs(self.values[:, 2] - reading.ang_vel_b[:, 2]) / steps
        self._time_left -= CONTROL_STEP_S
        self.resample(np.flatnonzero(self._time_left <= 0.0))
        error = self._target_heading - reading.heading
        error = np.arctan2(np.sin(error), np.cos(error))
        steered = np.clip(self._config.heading_control_stiffness * error, *self._config.ranges.ang_vel_z)
        self.values[:, 2] = np.where(self._heading_controlled, steered, self.values[:, 2])
        self.values[self._standing] = 0.0
