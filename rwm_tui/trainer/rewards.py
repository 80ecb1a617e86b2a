"""Reward terms of Isaac Lab's flat velocity task; each gives (N,) before weight and time step."""

import numpy as np

from rwm_tui.trainer.scene import DEFAULT_JOINT_POS, SOFT_JOINT_LIMITS, ContactBodies, Scene
from rwm_tui.trainer.simulation import Array


def track_lin_vel_xy_exp(scene: Scene, command_name: str, std: float) -> Array:
    """exp(-|v_xy command - v_xy|² / std²)."""
    error = _squared(scene.commands[:, :2] - scene.reading.lin_vel_b[:, :2])
    return np.exp(-error / std**2)


def track_ang_vel_z_exp(scene: Scene, command_name: str, std: float) -> Array:
    """exp(-(ω_z command - ω_z)² / std²)."""
    return np.exp(-np.square(scene.commands[:, 2] - scene.reading.ang_vel_b[:, 2]) / std**2)


def lin_vel_z_l2(scene: Scene) -> Array:
    """Squared vertical velocity of the base [m²/s²]."""
    return np.square(scene.reading.lin_vel_b[:, 2])


def ang_vel_xy_l2(scene: Scene) -> Array:
    """Squared roll and pitch rates of the base [rad²/s²]."""
    return _squared(scene.reading.ang_vel_b[:, :2])


def joint_torques_l2(scene: Scene) -> Array:
    """Squared joint torques [N²m²]."""
    return _squared(scene.reading.joint_torque)


def joint_acc_l2(scene: Scene) -> Array:
    """Squared joint accelerations [rad²/s⁴]."""
    return _squared(scene.reading.joint_acc)


def action_rate_l2(scene: Scene) -> Array:
    """Squared change of the action."""
    return _squared(scene.actions - scene.previous_actions)


def feet_air_time(scene: Scene, sensor_cfg: ContactBodies, command_name: str, threshold: float) -> Array:
    """Seconds in the air beyond ``threshold`` of the feet that have just landed; nothing while told to stand."""
    air_time = ((scene.last_air_time - threshold) * scene.first_contact).sum(axis=1)
    walking = np.linalg.norm(scene.commands[:, :2], axis=1) > 0.1
    rewarded: Array = air_time * walking
    return rewarded


def undesired_contacts(scene: Scene, sensor_cfg: ContactBodies, threshold: float) -> Array:
    """How many of the bodies touch something."""
    touching: Array = scene.in_contact(sensor_cfg, threshold).sum(axis=1, dtype=np.float64)
    return touching


def flat_orientation_l2(scene: Scene) -> Array:
    """Squared horizontal part of the projected gravity."""
    return _squared(scene.reading.projected_gravity[:, :2])


def joint_pos_limits(scene: Scene) -> Array:
    """By how much joints exceed their soft limits [rad]."""
    low, high = SOFT_JOINT_LIMITS.T
    position = scene.reading.joint_pos
    beyond: Array = (np.maximum(low - position, 0.0) + np.maximum(position - high, 0.0)).sum(axis=1)
    return beyond


def joint_pos_stand_still(scene: Scene, command_name: str, threshold: float) -> Array:
    """Distance from the default pose [rad] while the command is to stand."""
    distance = np.abs(scene.reading.joint_pos - DEFAULT_JOINT_POS).sum(axis=1)
    standing = np.linalg.norm(scene.commands, axis=1) < threshold
    penalty: Array = distance * standing
    return penalty


def _squared(values: Array) -> Array:
    total: Array = np.square(values).sum(axis=1)
    return total
