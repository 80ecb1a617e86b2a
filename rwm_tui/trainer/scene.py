"""What the terms of the task see: one immutable view of all environments between two control steps."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rwm_tui.trainer import robot
from rwm_tui.trainer.simulation import Array, Reading

DEFAULT_JOINT_POS: Array = np.array([robot.default_joint_position(joint) for joint in robot.JOINT_NAMES])
HARD_JOINT_LIMITS: Array = np.array([robot.joint_limits(joint) for joint in robot.JOINT_NAMES])
# Isaac Lab's soft limits: 95 % of the range, about its middle.
_MIDDLE = HARD_JOINT_LIMITS.mean(axis=1, keepdims=True)
SOFT_JOINT_LIMITS: Array = _MIDDLE + 0.95 * (HARD_JOINT_LIMITS - _MIDDLE)

# A contact counts when it was there in one of the last three physics steps, as in Isaac Lab's contact sensor.
CONTACT_HISTORY = 3


@dataclass(frozen=True)
class ContactBodies:
    """The bodies whose names match a pattern, in :data:`robot.CONTACT_BODIES`' order."""

    pattern: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(body for body in robot.CONTACT_BODIES if re.fullmatch(self.pattern, body))

    @cached_property
    def columns(self) -> list[int]:
        return [robot.CONTACT_BODIES.index(name) for name in self.names]


@dataclass(frozen=True)
class Scene:
    """N environments; ``actions`` and ``previous_actions`` (N, 12), unscaled; ``commands`` (N, 3) v_x, v_y, ω_z.

    ``first_contact`` (N, 4) says which feet landed in this control step, ``last_air_time`` (N, 4) [s] how long they had
    been in the air; ``episode_steps`` (N,) counts control steps.
    """

    reading: Reading
    actions: Array
    previous_actions: Array
    commands: Array
    first_contact: NDArray[np.bool_]
    last_air_time: Array
    episode_steps: NDArray[np.int64]

    def in_contact(self, bodies: ContactBodies, threshold: float) -> NDArray[np.bool_]:
        """Which of the bodies felt more than ``threshold`` N lately, (N, number of bodies)."""
        recent = self.reading.contact_force[:, -CONTACT_HISTORY:, bodies.columns]
        touching: NDArray[np.bool_] = recent.max(axis=1) > threshold
        return touching
