"""The autoregressive error of the world model, as the reference trainer measures and names it.

The figure keeps the reference's definition, so that it may be compared: open loop over the rest of a trajectory,
with the action rows *unshifted* (one step late against training), relative L1 error per row, averaged; the noise of the
noised figures is on trajectory and target alike. Rows of zero padding make it infinite while the buffer is shorter than
a trajectory.
The one-step error in the training alignment is measured by :mod:`rwm_tui.trainer.holdout`.
"""

import torch

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
    scales = (0.0, *config.system_dynamics_eval_traj_noise_scale)
    states = torch.cat([_noised(trajectories.states, scale) for scale in scales])
    actions = torch.cat([_noised(trajectories.actions, scale) for scale in scales])
    given = model.history_horizon
    predicted = model.roll_out(states[:, :given], actions, states.shape[1] - given)
    true = states[:, given:]
    relative = (predicted - true).abs().sum(-1) / true.abs().sum(-1)
    errors = [part.mean().item() for part in relative.chunk(len(scales))]
    tags = ("", *(f"_noised_{scale}" for scale in scales[1:]))
    return {f"System Dynamics/autoregressive_error{tag}": error for tag, error in zip(tags, errors, strict=True)}


def _noised(values: torch.Tensor, scale: float) -> torch.Tensor:
    return values + scale * torch.randn_like(values) if scale else values
