"""A batch of robots stepped by MuJoCo in threads; one row of every array is one environment.

Kinematics are read from the state *after* the last physics step; torques and contact forces are those that acted
*during* a step. That is what Isaac Lab's articulation and contact sensor report too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from mujoco import rollout
from numpy.typing import NDArray

from rwm_tui.trainer import robot

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

DECIMATION = 4
CONTROL_STEP_S = robot.PHYSICS_STEP_S * DECIMATION

# Beyond these the integration has blown up: no robot of 52 kg with 80 Nm joints gets there.
_LARGEST_SPEED = 1.0e3
_LARGEST_POSITION_M = 1.0e4

_STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS
_ROOT_POSITION = slice(1, 4)  # after the time
_ROOT_ROTATION = slice(4, 8)


@dataclass(frozen=True)
class Reading:
    """What was sensed over the last control step; N environments, joints in Isaac Lab's order.

    ``lin_vel_b``, ``ang_vel_b`` [m/s, rad/s] and ``projected_gravity`` (unit) are (N, 3) in the base frame; ``heading``
    [rad] is (N,); ``joint_pos``, ``joint_vel``, ``joint_acc``, ``joint_torque`` are (N, 12) in rad, rad/s, rad/s², Nm;
    ``contact_force`` [N] is (N, 4 physics steps, 9 bodies) for :data:`robot.CONTACT_BODIES`, norms of net forces;
    ``diverged`` (N,) says where the physics blew up; the rest of such a row shows a robot at rest and means nothing.
    """

    lin_vel_b: Array
    ang_vel_b: Array
    projected_gravity: Array
    heading: Array
    joint_pos: Array
    joint_vel: Array
    joint_acc: Array
    joint_torque: Array
    contact_force: Array
    diverged: NDArray[np.bool_]


class Simulation:
    """N robots; positions of the state vector are written only between control steps.

    :param models: one MuJoCo model per environment; they differ in numbers only.
    :param num_threads: threads that step the physics.
    """

    def __init__(self, models: Sequence[Any], num_threads: int) -> None:
        self.num_envs = num_envs = len(models)
        self._models = list(models)
        model = self._models[0]
        self._data = [mujoco.MjData(model) for _ in range(num_threads)]
        # A bad state is flagged in the reading; MuJoCo's own way is a MUJOCO_LOG.TXT in the current folder.
        mujoco.set_mju_user_warning(_say_nothing)
        self._rollout = rollout.Rollout(nthread=num_threads)
        joints = [model.joint(name) for name in robot.JOINT_NAMES]
        self._joint_pos = 1 + np.array([joint.qposadr[0] for joint in joints])
        self._joint_vel = 1 + model.nq + np.array([joint.dofadr[0] for joint in joints])
        self._root_vel = slice(1 + model.nq, 1 + model.nq + 6)
        self._at_rest: Array = np.zeros(mujoco.mj_stateSize(model, _STATE))
        self._at_rest[1 : 1 + model.nq] = model.qpos0
        self._state: Array = np.tile(self._at_rest, (num_envs, 1))
        self._history: Array = np.zeros((num_envs, DECIMATION, self._state.shape[1]))
        self._sensed: Array = np.zeros((num_envs, DECIMATION, model.nsensordata))
        self._joint_acc: Array = np.zeros((num_envs, len(joints)))
        self._diverged = np.zeros(num_envs, dtype=np.bool_)

    def close(self) -> None:
        """End the threads."""
        self._rollout.close()

    def step(self, joint_targets: Array) -> None:
        """Advance every robot by one control step towards the given joint positions.

        :param joint_targets: (N, 12) in rad, held for the four physics steps.
        """
        before = self._state[:, 0].copy()
        self._rollout.rollout(
            self._models,
            self._data,
            self._state,
            np.ascontiguousarray(joint_targets[:, None, :]),
            nstep=DECIMATION,
            state=self._history,
            sensordata=self._sensed,
        )
        np.copyto(self._state, self._history[:, -1])
        self._diverged = self._blown_up(before)
        # Their numbers are worth nothing and would only spread: show a robot at rest until it is placed again.
        self._state[self._diverged] = self._at_rest
        self._history[self._diverged] = self._at_rest
        self._sensed[self._diverged] = 0.0
        velocities = self._history[:, -2:, self._joint_vel]
        self._joint_acc = (velocities[:, 1] - velocities[:, 0]) / robot.PHYSICS_STEP_S

    def _blown_up(self, time_before: Array) -> NDArray[np.bool_]:
        # MuJoCo stops a rollout at a bad state, so the clock of such an environment lags behind.
        lagging = np.abs(self._state[:, 0] - time_before - CONTROL_STEP_S) > 0.5 * robot.PHYSICS_STEP_S
        finite = np.isfinite(self._state).all(axis=1) & np.isfinite(self._sensed).all(axis=(1, 2))
        with np.errstate(invalid="ignore"):
            fast = (np.abs(self._state[:, self._root_vel]) > _LARGEST_SPEED).any(axis=1)
            fast |= (np.abs(self._state[:, self._joint_vel]) > _LARGEST_SPEED).any(axis=1)
            far = (np.abs(self._state[:, _ROOT_POSITION]) > _LARGEST_POSITION_M).any(axis=1)
        blown_up: NDArray[np.bool_] = lagging | ~finite | fast | far
        return blown_up

    def place(self, envs: Indices, root_pose: Array, root_velocity: Array, joint_pos: Array, joint_vel: Array) -> None:
        """Put robots into a state and forget what they sensed.

        :param envs: (M,) environments.
        :param root_pose: (M, 7) position [m] and unit quaternion (w, x, y, z) in the world.
        :param root_velocity: (M, 6) linear [m/s] in the world, angular [rad/s] in the base frame.
        :param joint_pos: (M, 12) in rad; ``joint_vel`` (M, 12) in rad/s.
        """
        self._state[envs] = 0.0
        self._state[envs, 1:8] = root_pose
        self._state[envs, self._root_vel] = root_velocity
        self._state[np.ix_(envs, self._joint_pos)] = joint_pos
        self._state[np.ix_(envs, self._joint_vel)] = joint_vel
        self._sensed[envs] = 0.0
        self._joint_acc[envs] = 0.0
        self._diverged[envs] = False

    def push(self, envs: Indices, velocity_xy: Array) -> None:
        """Add a horizontal velocity [m/s] in the world, (M, 2), to the bases of some robots."""
        start = self._root_vel.start
        self._state[envs, start : start + 2] += velocity_xy

    def read(self) -> Reading:
        """What the robots sense now."""
        rotation = rotation_matrices(self._state[:, _ROOT_ROTATION])
        lin_vel_w = self._state[:, self._root_vel.start : self._root_vel.start + 3]
        num_joints = len(self._joint_pos)
        forces = self._sensed[:, :, num_joints:].reshape(self.num_envs, DECIMATION, len(robot.CONTACT_BODIES), 3)
        return Reading(
            lin_vel_b=np.einsum("nij,ni->nj", rotation, lin_vel_w),
            ang_vel_b=self._state[:, self._root_vel.start + 3 : self._root_vel.stop].copy(),
            projected_gravity=-rotation[:, 2, :],
            heading=np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0]),
            joint_pos=self._state[:, self._joint_pos],
            joint_vel=self._state[:, self._joint_vel],
            joint_acc=self._joint_acc.copy(),
            joint_torque=self._sensed[:, -1, :num_joints].copy(),
            contact_force=np.linalg.norm(forces, axis=-1),
            diverged=self._diverged.copy(),
        )

    def base_height(self) -> Array:
        """Height of the base frames above the floor [m], (N,)."""
        return self._state[:, 3].copy()


def _say_nothing(_warning: str) -> None:
    pass


def rotation_matrices(quaternions: Array) -> Array:
    """World-from-base rotations (N, 3, 3) of quaternions (N, 4) in the order w, x, y, z."""
    norm = np.linalg.norm(quaternions, axis=1, keepdims=True)
    w, x, y, z = (quaternions / np.maximum(norm, 1e-12)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
