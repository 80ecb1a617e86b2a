"""The task: which terms, with which parameters. The environment executes this, and ``params/env.yaml`` records it.

Names, order and numbers are those of Isaac Lab 2.3's flat velocity task for ANYmal-D with the four world-model groups
of the RWM pretraining configuration; the functions are ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rwm_tui.trainer import events, observations, rewards, terminations
from rwm_tui.trainer.commands import VelocityCommandConfig
from rwm_tui.trainer.scene import ContactBodies, Scene
from rwm_tui.trainer.simulation import Array

ACTION_SCALE = 0.5
NUM_ACTIONS = 12

Params = Mapping[str, Any]
_NO_PARAMS: Params = MappingProxyType({})
_COMMAND: Params = MappingProxyType({"command_name": "base_velocity"})
_THIGHS = ContactBodies(".*THIGH")
_FEET = ContactBodies(".*FOOT")
_BASE = ContactBodies("base")


def uniform_noise(values: Array, rng: np.random.Generator, half_width: float) -> Array:
    """The values with noise from ±half_width added."""
    return values + rng.uniform(-half_width, half_width, size=values.shape)


@dataclass(frozen=True)
class ObservationTerm:
    """One block of columns of a group; ``noise`` is the half width of the uniform noise of a corrupted group."""

    name: str
    func: Callable[..., Array]
    width: int
    noise: float | None = None
    params: Params = field(default_factory=lambda: _NO_PARAMS)

    def compute(self, scene: Scene) -> Array:
        """(N, width)."""
        return self.func(scene, **self.params)


@dataclass(frozen=True)
class ObservationGroup:
    """Terms side by side."""

    name: str
    terms: tuple[ObservationTerm, ...]
    corruption: bool = False

    @property
    def width(self) -> int:
        return sum(term.width for term in self.terms)

    def compute(self, scene: Scene, rng: np.random.Generator) -> Array:
        """(N, width); noise is added where the group is corrupted."""
        columns = []
        for term in self.terms:
            values = term.compute(scene)
            if self.corruption and term.noise is not None:
                values = uniform_noise(values, rng, term.noise)
            columns.append(values)
        return np.concatenate(columns, axis=1)


@dataclass(frozen=True)
class RewardTerm:
    """A reward, weighted and multiplied by the control step as in Isaac Lab."""

    name: str
    func: Callable[..., Array]
    weight: float
    params: Params = field(default_factory=lambda: _NO_PARAMS)


@dataclass(frozen=True)
class TerminationTerm:
    """A reason for an episode to end; ``time_out`` ones are no fault of the policy."""

    name: str
    func: Callable[..., NDArray[np.bool_]]
    time_out: bool
    params: Params = field(default_factory=lambda: _NO_PARAMS)


@dataclass(frozen=True)
class EventTerm:
    """Randomisation at ``startup``, at each ``reset``, or at an ``interval`` [s]."""

    name: str
    func: Callable[..., Any]
    mode: str
    params: Params
    interval_range_s: tuple[float, float] | None = None


OBSERVATION_GROUPS = (
    ObservationGroup(
        "policy",
        (
            ObservationTerm("base_lin_vel", observations.base_lin_vel, 3, 0.1),
            ObservationTerm("base_ang_vel", observations.base_ang_vel, 3, 0.2),
            ObservationTerm("projected_gravity", observations.projected_gravity, 3, 0.05),
            ObservationTerm("velocity_commands", observations.generated_commands, 3, params=_COMMAND),
            ObservationTerm("joint_pos", observations.joint_pos_rel, 12, 0.01),
            ObservationTerm("joint_vel", observations.joint_vel_rel, 12, 1.5),
            ObservationTerm("actions", observations.last_action, 12),
        ),
        corruption=True,
    ),
    ObservationGroup(
        "system_state",
        (
            ObservationTerm("base_lin_vel", observations.base_lin_vel, 3),
            ObservationTerm("base_ang_vel", observations.base_ang_vel, 3),
            ObservationTerm("projected_gravity", observations.projected_gravity, 3),
            ObservationTerm("joint_pos", observations.joint_pos_rel, 12),
            ObservationTerm("joint_vel", observations.joint_vel_rel, 12),
            ObservationTerm("joint_torque", observations.joint_effort, 12),
        ),
    ),
    ObservationGroup("system_action", (ObservationTerm("pred_actions", observations.last_action, 12),)),
    ObservationGroup(
        "system_contact",
        (
            ObservationTerm(
                "thigh_contact", observations.body_contact, 4, params={"sensor_cfg": _THIGHS, "threshold": 1.0}
            ),
            ObservationTerm(
                "foot_contact", observations.body_contact, 4, params={"sensor_cfg": _FEET, "threshold": 1.0}
            ),
        ),
    ),
    ObservationGroup(
        "system_termination",
        (
            ObservationTerm(
                "base_contact", observations.body_contact, 1, params={"sensor_cfg": _BASE, "threshold": 1.0}
            ),
        ),
    ),
)

REWARDS = (
    RewardTerm("track_lin_vel_xy_exp", rewards.track_lin_vel_xy_exp, 1.0, {**_COMMAND, "std": 0.5}),
    RewardTerm("track_ang_vel_z_exp", rewards.track_ang_vel_z_exp, 0.5, {**_COMMAND, "std": 0.5}),
    RewardTerm("lin_vel_z_l2", rewards.lin_vel_z_l2, -2.0),
    RewardTerm("ang_vel_xy_l2", rewards.ang_vel_xy_l2, -0.05),
    RewardTerm("dof_torques_l2", rewards.joint_torques_l2, -2.5e-05),
    RewardTerm("dof_acc_l2", rewards.joint_acc_l2, -2.5e-07),
    RewardTerm("action_rate_l2", rewards.action_rate_l2, -0.01),
    RewardTerm("feet_air_time", rewards.feet_air_time, 0.5, {"sensor_cfg": _FEET, **_COMMAND, "threshold": 0.5}),
    RewardTerm("undesired_contacts", rewards.undesired_contacts, -1.0, {"sensor_cfg": _THIGHS, "threshold": 1.0}),
    RewardTerm("flat_orientation_l2", rewards.flat_orientation_l2, -5.0),
    RewardTerm("dof_pos_limits", rewards.joint_pos_limits, 0.0),
    RewardTerm("stand_still", rewards.joint_pos_stand_still, -1.0, {**_COMMAND, "threshold": 0.05}),
)

TERMINATIONS = (
    TerminationTerm("time_out", terminations.time_out, time_out=True),
    TerminationTerm(
        "base_contact", terminations.illegal_contact, time_out=False, params={"sensor_cfg": _BASE, "threshold": 1.0}
    ),
)

ADD_BASE_MASS = EventTerm(
    "add_base_mass", events.randomize_rigid_body_mass, "startup", {"mass_distribution_params": (-5.0, 5.0)}
)
BASE_COM = EventTerm(
    "base_com",
    events.randomize_rigid_body_com,
    "startup",
    {"com_range": {"x": (-0.05, 0.05), "y": (-0.05, 0.05), "z": (-0.01, 0.01)}},
)
RESET_BASE = EventTerm(
    "reset_base",
    events.reset_root_state_uniform,
    "reset",
    {
        "pose_range": {"x": (-0.5, 0.5), "y": (-0.5, 0.5), "yaw": (-3.14, 3.14)},
        "velocity_range": dict.fromkeys(("x", "y", "z", "roll", "pitch", "yaw"), (-0.5, 0.5)),
    },
)
RESET_JOINTS = EventTerm(
    "reset_robot_joints",
    events.reset_joints_by_scale,
    "reset",
    {"position_range": (0.5, 1.5), "velocity_range": (0.0, 0.0)},
)
PUSH_ROBOT = EventTerm(
    "push_robot",
    events.push_by_setting_velocity,
    "interval",
    {"velocity_range": {"x": (-0.5, 0.5), "y": (-0.5, 0.5)}},
    interval_range_s=(10.0, 15.0),
)
EVENTS = (ADD_BASE_MASS, BASE_COM, RESET_BASE, RESET_JOINTS, PUSH_ROBOT)

VELOCITY_COMMAND = VelocityCommandConfig()


@dataclass(frozen=True)
class Conditions:
    """What may be drawn from elsewhere than in training, to see what a trained model makes of it."""

    command: VelocityCommandConfig = VELOCITY_COMMAND
    add_base_mass: EventTerm = ADD_BASE_MASS
    push_robot: EventTerm = PUSH_ROBOT


TRAINING_CONDITIONS = Conditions()
