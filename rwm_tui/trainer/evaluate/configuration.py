"""What an evaluation needs of ``params/agent.yaml``; the rest may be of any version of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rwm_tui.core.agent_config import Normalizer, PolicyConfig, SystemDynamicsConfig
from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.typed_reading import converted
from rwm_tui.trainer.runner import system_widths

AGENT = "params/agent.yaml"
_LARGEST_WIDTH = 10_000
_MOST_LAYERS = 100
_MOST_MEMBERS = 1_000
_LONGEST_HORIZON = 1_000

Value = TypeVar("Value")


@dataclass(frozen=True)
class RunConfiguration:
    """The resolved settings of a run, as far as they bear on its world model and policy."""

    system_dynamics: SystemDynamicsConfig
    state_normalizer: Normalizer
    action_normalizer: Normalizer
    policy: PolicyConfig
    clip_actions: float | None
    forecast_horizon: int
    max_iterations: int
    seed: int


def read_configuration(run_dir: Path) -> RunConfiguration:
    """
    :raises InputError: naming file, key and reason.
    """
    params = load_params(run_dir / AGENT)
    if isinstance(params, Absent | Unreadable):
        raise InputError(
            "run directory not usable", f"{run_dir / AGENT}: {params.reason}", "choose a run whose params were written"
        )
    widths = system_widths()
    configuration = RunConfiguration(
        system_dynamics=_part(params, "system_dynamics", SystemDynamicsConfig),
        state_normalizer=_normalizer(params, "state_normalizer", widths.state),
        action_normalizer=_normalizer(params, "action_normalizer", widths.action),
        policy=_part(params, "policy", PolicyConfig),
        clip_actions=_part(params, "clip_actions", float | None, default=None),  # type: ignore[arg-type]
        forecast_horizon=_part(params, "algorithm.system_dynamics_forecast_horizon", int),
        max_iterations=_part(params, "max_iterations", int),
        seed=_part(params, "seed", int),
    )
    _check_sizes(configuration)
    return configuration


def _normalizer(params: Mapping[str, object], name: str, width: int) -> Normalizer:
    key = f"imagination.{name}"
    normalizer = _part(params, key, Normalizer)
    for part in ("mean", "std"):
        count = len(getattr(normalizer, part))
        if count != width:
            raise _not_usable(f"{key}.{part}", f"{count} numbers instead of {width}")
    return normalizer


def _part(params: Mapping[str, object], key: str, kind: type[Value], default: Any = msgspec.UNSET) -> Value:
    value: object = params
    for name in key.split("."):
        value = value.get(name, msgspec.UNSET) if isinstance(value, Mapping) else msgspec.UNSET
    if value is msgspec.UNSET:
        value = default
    if value is msgspec.UNSET:
        raise _not_usable(key, "it is not there")
    if isinstance(value, Mapping) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        # Settings of other versions matter only where they are switched on.
        value = {name: item for name, item in value.items() if item or name in kind.__struct_fields__}
    try:
        return converted(value, kind)
    except msgspec.ValidationError as error:
        raise _not_usable(key, str(error)) from error


def _check_sizes(configuration: RunConfiguration) -> None:
    """Bounds that every real model keeps, so that a strange file costs no memory."""
    dynamics, architecture = configuration.system_dynamics, configuration.system_dynamics.architecture_config
    shapes = (
        (architecture.rnn_hidden_size,),
        architecture.state_mean_shape,
        architecture.state_logstd_shape,
        architecture.contact_shape,
        architecture.termination_shape,
        configuration.policy.actor_hidden_dims,
        configuration.policy.critic_hidden_dims,
    )
    bounds = (
        ("layer widths", max(max(shape, default=0) for shape in shapes), _LARGEST_WIDTH),
        ("layers", max(architecture.rnn_num_layers, *(len(shape) for shape in shapes)), _MOST_LAYERS),
        ("system_dynamics.ensemble_size", dynamics.ensemble_size, _MOST_MEMBERS),
        ("system_dynamics.history_horizon", dynamics.history_horizon, _LONGEST_HORIZON),
        (
            "algorithm.system_dynamics_forecast_horizon",
            configuration.forecast_horizon,
            _LONGEST_HORIZON,
        ),
    )
    for key, value, most in bounds:
        if not 1 <= value <= most:
            raise _not_usable(key, f"{value} is not between 1 and {most}")
    if dynamics.history_horizon < 2:
        raise _not_usable("system_dynamics.history_horizon", "the naive predictors need at least two given rows")


def _not_usable(key: str, reason: str) -> InputError:
    return InputError("run configuration not usable", f"{AGENT}: {key}: {reason}", "choose a run of the pretraining")
