"""The agent configuration of ``Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0``: keys, types, limits, defaults.

The field order and the default values are those of the ``agent.yaml`` that the reference trainer dumps
(robotic_world_model 14dbfe9 with rsl_rl_rwm 18eebcd). Profiles are validated against it, the embedded trainer
runs from it, and the checklist takes the reference scale from it.
"""

import difflib
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.typed_reading import converted, decode_json

Count = Annotated[int, msgspec.Meta(ge=1)]
NaturalNumber = Annotated[int, msgspec.Meta(ge=0)]
PositiveFloat = Annotated[float, msgspec.Meta(gt=0)]
NonNegativeFloat = Annotated[float, msgspec.Meta(ge=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PolicyConfig(_Config, frozen=True):
    """Actor and critic: multi-layer perceptrons over the ``policy`` observation group."""

    class_name: Literal["ActorCritic"] = "ActorCritic"
    init_noise_std: PositiveFloat = 1.0
    noise_std_type: Literal["scalar", "log"] = "scalar"
    actor_obs_normalization: bool = False
    critic_obs_normalization: bool = False
    actor_hidden_dims: tuple[Count, ...] = (128, 128, 128)
    critic_hidden_dims: tuple[Count, ...] = (128, 128, 128)
    activation: Literal["elu", "relu", "tanh"] = "elu"


class LossWeights(_Config, frozen=True):
    """Weights of the terms of the system dynamics loss (arXiv 2501.10100)."""

    state: NonNegativeFloat = 1.0
    sequence: NonNegativeFloat = 1.0
    bound: NonNegativeFloat = 1.0
    kl: NonNegativeFloat = 0.1
    extension: NonNegativeFloat = 1.0
    contact: NonNegativeFloat = 1.0
    termination: NonNegativeFloat = 1.0


class AlgorithmConfig(_Config, frozen=True):
    """PPO and the system dynamics update that runs beside it."""

    class_name: Literal["MBPOPPO"] = "MBPOPPO"
    value_loss_coef: NonNegativeFloat = 1.0
    use_clipped_value_loss: bool = True
    clip_param: PositiveFloat = 0.2
    entropy_coef: float = 0.005
    num_learning_epochs: Count = 5
    num_mini_batches: Count = 4
    policy_learning_rate: PositiveFloat = 1.0e-3
    system_dynamics_learning_rate: PositiveFloat = 1.0e-3
    system_dynamics_weight_decay: NonNegativeFloat = 0.0
    schedule: Literal["adaptive", "fixed"] = "adaptive"
    gamma: Fraction = 0.99
    lam: Fraction = 0.95
    desired_kl: PositiveFloat = 0.01
    max_grad_norm: PositiveFloat = 1.0
    system_dynamics_forecast_horizon: Count = 8
    system_dynamics_loss_weights: LossWeights = LossWeights()
    system_dynamics_num_mini_batches: Count = 20
    system_dynamics_mini_batch_size: Count = 5000
    system_dynamics_replay_buffer_size: Count = 1000
    system_dynamics_num_eval_trajectories: Count = 100
    system_dynamics_len_eval_trajectory: Count = 400
    system_dynamics_eval_traj_noise_scale: tuple[PositiveFloat, ...] = (0.1, 0.2, 0.4, 0.5, 0.8)


class ArchitectureConfig(_Config, frozen=True):
    """Recurrent base and the heads of the world model; shapes are hidden layer widths."""

    type: Literal["rnn"] = "rnn"
    rnn_type: Literal["gru"] = "gru"
    rnn_num_layers: Count = 2
    rnn_hidden_size: Count = 256
    state_mean_shape: tuple[Count, ...] = (128,)
    state_logstd_shape: tuple[Count, ...] = (128,)
    extension_shape: tuple[Count, ...] = (128,)
    contact_shape: tuple[Count, ...] = (128,)
    termination_shape: tuple[Count, ...] = (128,)


class SystemDynamicsConfig(_Config, frozen=True):
    """The world model."""

    ensemble_size: Count = 1
    history_horizon: Count = 32
    architecture_config: ArchitectureConfig = ArchitectureConfig()
    freeze_auxiliary: bool = False


class Normalizer(_Config, frozen=True):
    """Fixed per-dimension mean and standard deviation; both lists have the group's width."""

    mean: tuple[float, ...]
    std: tuple[PositiveFloat, ...]


# Hard-coded for ANYmal-D by the reference configuration: v, omega, g, q, qdot, torque (3+3+3+12+12+12).
REFERENCE_STATE_NORMALIZER = Normalizer(
    mean=(0.0,) * 8 + (-1.0,) + (0.0,) * 24 + (-2.0, -2.0, 2.0, 2.0, -6.0, 8.0, -6.0, 8.0, 12.0, -12.0, 12.0, -12.0),
    std=(0.5, 0.5, 0.1, 0.3, 0.3, 0.5, 0.02, 0.02, 0.04)
    + (0.15,) * 12
    + (1.0,) * 4
    + (1.5,) * 4
    + (2.5,) * 4
    + (15.0,) * 12,
)
REFERENCE_ACTION_NORMALIZER = Normalizer(mean=(0.0,) * 12, std=(1.0,) * 12)


# Which rows of the state are plotted together, under the reference's LaTeX titles.
REFERENCE_STATE_INDICES = {
    r"$v$\n$[m/s]$": range(3),
    r"$\omega$\n$[rad/s]$": range(3, 6),
    r"$g$\n$[1]$": range(6, 9),
    r"$q$\n$[rad]$": range(9, 21),
    r"$\dot{q}$\n$[rad/s]$": range(21, 33),
    r"$\tau$\n$[Nm]$": range(33, 45),
}


class ImaginationConfig(_Config, frozen=True):
    """Rollouts of the policy through the world model; ``num_envs: 0`` means off, as in pretraining."""

    num_envs: NaturalNumber = 0
    num_steps_per_env: NaturalNumber = 0
    max_episode_length: NaturalNumber = 0
    command_resample_interval_range: tuple[Count, Count] | None = None
    uncertainty_penalty_weight: float = -0.0
    state_normalizer: Normalizer = REFERENCE_STATE_NORMALIZER
    action_normalizer: Normalizer = REFERENCE_ACTION_NORMALIZER


class AgentConfig(_Config, frozen=True):
    """The whole ``agent.yaml``; defaults are those of Pretrain-v0."""

    seed: NaturalNumber = 42
    device: str = "cuda:0"
    num_steps_per_env: Count = 24
    max_iterations: Count = 2000
    empirical_normalization: bool | None = None
    obs_groups: dict[str, list[str]] = msgspec.field(default_factory=dict)
    clip_actions: PositiveFloat | None = None
    save_interval: Count = 50
    experiment_name: str = "anymal_d_flat"
    run_name: str = "pretrain"
    logger: Literal["tensorboard"] = "tensorboard"
    neptune_project: str = "isaaclab"
    wandb_project: str = "isaaclab"
    resume: bool = False
    load_run: str = ".*"
    load_checkpoint: str = "model_.*.pt"
    class_name: Literal["MBPOOnPolicyRunner"] = "MBPOOnPolicyRunner"
    policy: PolicyConfig = PolicyConfig()
    algorithm: AlgorithmConfig = AlgorithmConfig()
    system_dynamics: SystemDynamicsConfig = SystemDynamicsConfig()
    imagination: ImaginationConfig = ImaginationConfig()
    load_system_dynamics: bool = False
    system_dynamics_load_path: str | None = None
    system_dynamics_warmup_iterations: NaturalNumber = 0
    system_dynamics_num_visualizations: Count = 4
    system_dynamics_state_idx_dict: dict[str, list[NaturalNumber]] = msgspec.field(
        default_factory=lambda: {name: list(indices) for name, indices in REFERENCE_STATE_INDICES.items()}
    )
    pca_obs_buf_size: Count = 10000


def reference_agent_config() -> AgentConfig:
    """The defaults of Pretrain-v0: 20 mini-batches of 5000, buffer 1000, horizon 8, 2000 iterations."""
    return AgentConfig()


def to_mapping(config: AgentConfig) -> dict[str, Any]:
    """Plain builtins in agent.yaml's order, tuples as lists."""
    return decode_json(msgspec.json.encode(config), dict[str, Any])


def parse_override(text: str) -> tuple[str, Any]:
    """``agent.algorithm.x=3`` → ``("algorithm.x", 3)``; the value is read as YAML.

    :raises InputError: where there is no ``=`` or the value is not YAML.
    """
    key, equals, value_text = text.partition("=")
    if not equals or not key.strip():
        raise InputError("override not usable", f"'{text}' is not KEY=VALUE", "write for example max_iterations=3")
    return normalized_key(key), parse_value(key, value_text)


def normalized_key(key: str) -> str:
    """A dotted key without the optional leading ``agent.``."""
    return key.strip().removeprefix("agent.")


def parse_value(key: str, value_text: str) -> Any:
    """A value as YAML reads it; ``1e-3`` counts as a number, as it does for Hydra.

    :raises InputError: where the text is not YAML.
    """
    import yaml  # only what a user writes on the command line comes here

    try:
        value = yaml.safe_load(value_text)
    except yaml.YAMLError as error:
        raise InputError(
            "override not usable", f"{key}: '{value_text}' is not a YAML value", "quote the text"
        ) from error
    if isinstance(value, str) and _EXPONENT_NUMBER.fullmatch(value):
        return float(value)
    return value


# YAML 1.1 wants a dot before the exponent and reads 1e-3 as text.
_EXPONENT_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


def known_keys() -> dict[str, Any]:
    """Every dotted leaf key of the agent configuration with its default value."""
    return dict(_leaves(to_mapping(reference_agent_config()), ""))


def _leaves(mapping: Mapping[str, Any], prefix: str) -> typing.Iterator[tuple[str, Any]]:
    for key, value in mapping.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def flattened(config: AgentConfig) -> dict[str, Any]:
    """Dotted leaf keys with their values."""
    return dict(_leaves(to_mapping(config), ""))


def apply_overrides(config: AgentConfig, overrides: Mapping[str, Any]) -> AgentConfig:
    """A configuration with dotted keys replaced; a leading ``agent.`` is accepted.

    :raises InputError: for an unknown key (naming the nearest one), a wrong type or an impossible value.
    """
    tree = to_mapping(config)
    leaves = dict(_leaves(tree, ""))
    for raw_key, value in overrides.items():
        key = normalized_key(raw_key)
        if key not in leaves:
            raise InputError(
                "unknown setting", f"agent.{key} is no key of the agent configuration", _remedy(key, leaves)
            )
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        node[last] = value
        try:  # one key at a time, so that the error names the key the user wrote
            converted(tree, AgentConfig)
        except msgspec.ValidationError as error:
            reason = str(error).split(" - at ")[0]
            raise InputError(
                "impossible value", f"agent.{key} = {value!r}: {reason}", f"the reference value is {leaves[key]!r}"
            ) from error
    result = converted(tree, AgentConfig)
    _check_together(result)
    return result


def _check_together(config: AgentConfig) -> None:
    for name in ("state_normalizer", "action_normalizer"):
        normalizer: Normalizer = getattr(config.imagination, name)
        if len(normalizer.mean) != len(normalizer.std):
            raise InputError(
                "impossible value",
                f"agent.imagination.{name}: mean has {len(normalizer.mean)} numbers, std {len(normalizer.std)}",
                "give both lists the width of the observation group",
            )


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """The known dotted key that the user most likely meant: by its last part first, for that is what people type."""
    by_last_part: dict[str, str] = {}
    for candidate in known:
        by_last_part.setdefault(candidate.split(".")[-1], candidate)
    matches = difflib.get_close_matches(key.split(".")[-1], by_last_part, n=1)
    return by_last_part[matches[0]] if matches else None


def _remedy(key: str, known: Iterable[str]) -> str:
    nearest = nearest_key(key, known)
    return f"did you mean agent.{nearest}?" if nearest else "see the reference agent.yaml for the keys"
