"""Randomisation, named as in Isaac Lab: of the robots at start-up, of states at a reset, and pushes in between."""

from collections.abc import Mapping
from typing import Any

import mujoco
import numpy as np

from rwm_tui.trainer import robot
from rwm_tui.trainer.scene import DEFAULT_JOINT_POS, SOFT_JOINT_LIMITS
from rwm_tui.trainer.simulation import Array, Indices, rotation_matrices

Range = tuple[float, float]

# At most this many differently weighted robots exist; environment i has robot i modulo this number.
NUM_ROBOT_VARIANTS = 64


def robot_variants(
    num_envs: int, rng: np.random.Generator, mass_distribution_params: Range, com_range: Mapping[str, Range]
) -> list[Any]:
    """One MuJoCo model per environment, shared by environments of the same variant."""
    variants = []
    for _ in range(min(num_envs, NUM_ROBOT_VARIANTS)):
        model = mujoco.MjModel.from_xml_string(robot.mjcf())
        randomize_rigid_body_mass(model, rng, mass_distribution_params)
        randomize_rigid_body_com(model, rng, com_range)
        mujoco.mj_setConst(model, mujoco.MjData(model))
        variants.append(model)
    return [variants[env % len(variants)] for env in range(num_envs)]


def randomize_rigid_body_mass(model: Any, rng: np.random.Generator, mass_distribution_params: Range) -> None:
    """Add a mass [kg] to the base; its inertia scales with the mass, as in Isaac Lab."""
    base = model.body("base").id
    before = float(model.body_mass[base])
    model.body_mass[base] = before + rng.uniform(*mass_distribution_params)
    model.body_inertia[base] *= float(model.body_mass[base]) / before


def randomize_rigid_body_com(model: Any, rng: np.random.Generator, com_range: Mapping[str, Range]) -> None:
    """Shift the centre of mass of the base [m]."""
    model.body_ipos[model.body("base").id] += [rng.uniform(*com_range[axis]) for axis in ("x", "y", "z")]


def reset_root_state_uniform(
    count: int, rng: np.random.Generator, pose_range: Mapping[str, Range], velocity_range: Mapping[str, Range]
) -> tuple[Array, Array]:
    """Poses (count, 7) [m, unit quaternion] and velocities (count, 6) [m/s world, rad/s base] of bases at a reset."""
    pose = np.zeros((count, 7))
    pose[:, 0] = rng.uniform(*pose_range["x"], size=count)
    pose[:, 1] = rng.uniform(*pose_range["y"], size=count)
    pose[:, 2] = robot.SPAWN_HEIGHT_M
    yaw = rng.uniform(*pose_range["yaw"], size=count)
    pose[:, 3], pose[:, 6] = np.cos(yaw / 2), np.sin(yaw / 2)
    axes = ("x", "y", "z", "roll", "pitch", "yaw")
    velocity = np.stack([rng.uniform(*velocity_range[axis], size=count) for axis in axes], axis=1)
    # Drawn in the world; MuJoCo keeps the angular velocity of a free body in the body's frame.
    velocity[:, 3:] = np.einsum("nij,ni->nj", rotation_matrices(pose[:, 3:]), velocity[:, 3:])
    return pose, velocity


def reset_joints_by_scale(
    count: int, rng: np.random.Generator, position_range: Range, velocity_range: Range
) -> tuple[Array, Array]:
    """Joint positions (count, 12) [rad], scaled from the default pose within soft limits, and velocities [rad/s]."""
    scale = rng.uniform(*position_range, size=(count, len(DEFAULT_JOINT_POS)))
    position = np.clip(DEFAULT_JOINT_POS * scale, SOFT_JOINT_LIMITS[:, 0], SOFT_JOINT_LIMITS[:, 1])
    # The default joint velocity is zero, and so is every multiple of it.
    return position, np.zeros_like(position)


def push_by_setting_velocity(envs: Indices, rng: np.random.Generator, velocity_range: Mapping[str, Range]) -> Array:
    """Horizontal velocities [m/s] to be added to the bases, (M, 2)."""
    return np.stack([rng.uniform(*velocity_range[axis], size=len(envs)) for axis in ("x", "y")], axis=1)
