"""Termination terms; each gives (N,) truth values."""

import numpy as np
from numpy.typing import NDArray

from rwm_tui.trainer.scene import ContactBodies, Scene
from rwm_tui.trainer.simulation import CONTROL_STEP_S

EPISODE_LENGTH_S = 20.0
MAX_EPISODE_STEPS = round(EPISODE_LENGTH_S / CONTROL_STEP_S)


def time_out(scene: Scene) -> NDArray[np.bool_]:
    """The episode has lasted its 20 s."""
    lasted: NDArray[np.bool_] = scene.episode_steps >= MAX_EPISODE_STEPS
    return lasted


def illegal_contact(scene: Scene, sensor_cfg: ContactBodies, threshold: float) -> NDArray[np.bool_]:
    """A body touches the ground that must not."""
    touching: NDArray[np.bool_] = np.any(scene.in_contact(sensor_cfg, threshold), axis=1)
    return touching
