"""The autoregressive error of the world model, as the reference trainer measures and names it.

The figure keeps the reference's definition, so that it may be compared: open loop over the rest of a trajectory,
with the action rows *unshifted* (one step late against training), relative L1 error per row, averaged; the noise of the
noised figures is on trajectory and target alike. Rows of zero padding make it infinite while the buffer is shorter than
a trajectory.
Errors in the training alignment, on trajectories that were not trained on, are what ``rwm-tui evaluate`` measures.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from rwm_tui.core.agent_config import AlgorithmConfig
from rwm_tui.trainer.replay_buffer import ReplayBuffer
from rwm_tui.trainer.system_dynamics import SystemDynamics


@torch.no_grad()
def autoregressive_errors(model: SystemDynamics, buffer: ReplayBuffer, config: AlgorithmConfig) -> dict[str, float]:
    """Errors by TensorBoard tag, without noise and for each noise scale.

    :raises NoValidWindow: where no trajectory of that length is in the buffer.
    """
    trajectories = buffer.sample(
        config.system_dynamics_num_eval_trajectories, config.system_dynamics_len_eval_trajectory
    )
    return relative_errors(
        model, trajectories.states, trajectories.actions, config.system_dynamics_eval_traj_noise_scale
    )


@torch.no_grad()
def relative_errors(
    model: SystemDynamics, states: Tensor, actions: Tensor, noise_scales: Sequence[float]
) -> dict[str, float]:
    """Errors by TensorBoard tag, without noise and for each noise scale.

    :param states: (B, rows, state), normalized; the first ``history_horizon`` rows are given.
    :param actions: (B, rows, action), as stored: row t holds the action that led to state t.
    """
    scales = (0.0, *noise_scales)
    noised_states = torch.cat([_noised(states, scale) for scale in scales])
    noised_actions = torch.cat([_noised(actions, scale) for scale in scales])
    given = model.history_horizon
    predicted = model.roll_out(noised_states[:, :given], noised_actions, states.shape[1] - given)
    errors = [part.mean().item() for part in relative_l1(predicted, noised_states[:, given:]).chunk(len(scales))]
    tags = ("", *(f"_noised_{scale}" for scale in scales[1:]))
    return {f"System Dynamics/autoregressive_error{tag}": error for tag, error in zip(tags, errors, strict=True)}


def relative_l1(predicted: Tensor, true: Tensor) -> Tensor:
    """L1 error of each row over the L1 norm of the true row; infinite where that is zero."""
    return (predicted - true).abs().sum(-1) / true.abs().sum(-1)


def _noised(values: Tensor, scale: float) -> Tensor:
    return values + scale * torch.randn_like(values) if scale else values
