"""A scale as the sizes that device memory grows with, so that one can be told to be no larger than another."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from rwm_tui.core.agent_config import AgentConfig, flattened, reference_agent_config
from rwm_tui.core.profile import REFERENCE_NUM_ENVS, ScaleProfile, agent_config_of

_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "mini_batch_size": "algorithm.system_dynamics_mini_batch_size",
        "forecast_horizon": "algorithm.system_dynamics_forecast_horizon",
        "replay_buffer_size": "algorithm.system_dynamics_replay_buffer_size",
        "num_eval_trajectories": "algorithm.system_dynamics_num_eval_trajectories",
        "len_eval_trajectory": "algorithm.system_dynamics_len_eval_trajectory",
        "ensemble_size": "system_dynamics.ensemble_size",
        "history_horizon": "system_dynamics.history_horizon",
        "rnn_hidden_size": "system_dynamics.architecture_config.rnn_hidden_size",
        "rnn_num_layers": "system_dynamics.architecture_config.rnn_num_layers",
        "num_steps_per_env": "num_steps_per_env",
    }
)
# What else moves memory: two scales are compared only where all of it is the same.
_BESIDE = (
    "policy.actor_hidden_dims",
    "policy.critic_hidden_dims",
    "algorithm.num_mini_batches",
    "algorithm.system_dynamics_eval_traj_noise_scale",
    "system_dynamics.architecture_config.state_mean_shape",
    "system_dynamics.architecture_config.state_logstd_shape",
    "system_dynamics.architecture_config.contact_shape",
    "system_dynamics.architecture_config.termination_shape",
    "imagination.num_envs",
    "imagination.num_steps_per_env",
    "pca_obs_buf_size",
)
_ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"


class ScaleSizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The reference's sizes where nothing else is said."""

    num_envs: int = REFERENCE_NUM_ENVS
    mini_batch_size: int = 5000
    forecast_horizon: int = 8
    replay_buffer_size: int = 1000
    num_eval_trajectories: int = 100
    len_eval_trajectory: int = 400
    ensemble_size: int = 1
    history_horizon: int = 32
    rnn_hidden_size: int = 256
    rnn_num_layers: int = 2
    num_steps_per_env: int = 24

    def is_within(self, other: "ScaleSizes") -> bool:
        """Whether no size is larger than the other's."""
        return all(own <= limit for own, limit in zip(astuple(self), astuple(other), strict=True))


def astuple(sizes: ScaleSizes) -> tuple[int, ...]:
    return msgspec.structs.astuple(sizes)


def sizes_of(profile: ScaleProfile) -> ScaleSizes:
    own = flattened(agent_config_of(profile))
    return ScaleSizes(num_envs=profile.num_envs, **{name: own[key] for name, key in _KEYS.items()})


def beside_of(profile: ScaleProfile) -> dict[str, Any]:
    """The other settings that move memory, where they differ from the reference's."""
    own, reference = flattened(agent_config_of(profile)), _reference()
    beside = {key: own[key] for key in _BESIDE if own[key] != reference[key]}
    allocator = profile.environment.get(_ALLOCATOR)
    return beside if allocator is None else {**beside, _ALLOCATOR: allocator}


def _reference() -> dict[str, Any]:
    config: AgentConfig = reference_agent_config()
    return flattened(config)
