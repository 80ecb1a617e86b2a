"""Observation terms, named as Isaac Lab names them; each gives one float per column and environment."""

from rwm_tui.trainer.scene import DEFAULT_JOINT_POS, ContactBodies, Scene
from rwm_tui.trainer.simulation import Array


def base_lin_vel(scene: Scene) -> Array:
    """Linear velocity of the base in its own frame [m/s], (N, 3)."""
    return scene.reading.lin_vel_b


def base_ang_vel(scene: Scene) -> Array:
    """Angular velocity of the base in its own frame [rad/s], (N, 3)."""
    return scene.reading.ang_vel_b


def projected_gravity(scene: Scene) -> Array:
    """Direction of gravity in the base frame, unit length, (N, 3)."""
    return scene.reading.projected_gravity


def generated_commands(scene: Scene, command_name: str) -> Array:
    """The velocity command v_x, v_y [m/s], ω_z [rad/s], (N, 3); there is one command, ``base_velocity``."""
    return scene.commands


def joint_pos_rel(scene: Scene) -> Array:
    """Joint positions against the default pose [rad], (N, 12)."""
    return scene.reading.joint_pos - DEFAULT_JOINT_POS


def joint_vel_rel(scene: Scene) -> Array:
    """Joint velocities [rad/s], (N, 12); the default velocity is zero."""
    return scene.reading.joint_vel


def joint_effort(scene: Scene) -> Array:
    """Torques that the actuators applied in the last physics step [Nm], (N, 12)."""
    return scene.reading.joint_torque


def last_action(scene: Scene) -> Array:
    """The action that led to this observation, as the policy gave it, (N, 12)."""
    return scene.actions


def body_contact(scene: Scene, sensor_cfg: ContactBodies, threshold: float) -> Array:
    """1.0 where a body felt more than ``threshold`` N, else 0.0, (N, number of bodies)."""
    return scene.in_contact(sensor_cfg, threshold).astype(float)
