"""Which tensors the reference's checkpoint holds for a run's configuration (rsl_rl_rwm 18eebcd; FACTS §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from rwm_tui.core.run_dir.checkpoint import DYNAMICS, DYNAMICS_OPTIMIZER, POLICY, POLICY_OPTIMIZER, Checkpoint
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import Params
from rwm_tui.core.verdict.finding import shown
from rwm_tui.core.verdict.lookup import AGENT, value_at
from rwm_tui.core.verdict.reference import ACTION_WIDTH, CONTACT_WIDTH, POLICY_WIDTH, STATE_WIDTH, TERMINATION_WIDTH

REFERENCE_KEYS = (POLICY, DYNAMICS, POLICY_OPTIMIZER, DYNAMICS_OPTIMIZER, "iter", "infos")

MAX_TENSORS = 250_000  # of a state: a data.pkl of the 4 MiB that are read has no room for so many names

_OPTIMIZER_OF = {POLICY: POLICY_OPTIMIZER, DYNAMICS: DYNAMICS_OPTIMIZER}
_GATES = 3  # of a GRU: reset, update, new

Shapes = Mapping[str, tuple[int, ...]]


class UnknownSchemaError(ValueError):
    """The configuration is one whose checkpoint layout is not known here."""


def expected_shapes(agent: Params) -> Mapping[str, Shapes] | Absent:
    """Tensor shapes by name, by state dict; Absent where the configuration does not say or is not a known one.

    A configuration that asks for more tensors than a checkpoint can hold is followed as far as that: no checkpoint has
    them all.
    """
    try:
        return {state: dict(islice(of(agent), MAX_TENSORS)) for state, of in ((POLICY, _policy), (DYNAMICS, _dynamics))}
    except UnknownSchemaError as error:
        return Absent(str(error))


def differences(
    checkpoint: Checkpoint, expected: Mapping[str, Shapes], *, frozen_auxiliary: bool
) -> Iterator[tuple[str, str, str]]:
    """Place, observed and expected for each way in which a checkpoint departs from the schema."""
    for key in REFERENCE_KEYS:
        if key not in checkpoint.keys:
            yield key, "not there", "there"
    for key, shapes in expected.items():
        tensors = checkpoint.tensors(key)
        for name, shape in shapes.items():
            if name not in tensors:
                yield f"{key} › {name}", "not there", str(shape)
            elif (found := tensors[name]).shape != shape or found.dtype != "float32":
                yield f"{key} › {name}", f"{found.shape} {found.dtype}", f"{shape} float32"
        for name in tensors:
            if name not in shapes:
                yield f"{key} › {name}", str(tensors[name].shape), "not there"
        yield from _optimizer_differences(checkpoint, key, list(shapes.values()), frozen_auxiliary=frozen_auxiliary)


def _optimizer_differences(
    checkpoint: Checkpoint, key: str, shapes: list[tuple[int, ...]], *, frozen_auxiliary: bool
) -> Iterator[tuple[str, str, str]]:
    """Adam keeps its state by the parameter's index, in the order of the state dict. None at all: never updated."""
    optimizer = checkpoint.optimizers.get(_OPTIMIZER_OF[key])
    if optimizer is None or frozen_auxiliary:
        return
    place = _OPTIMIZER_OF[key]
    if optimizer.parameter_count != len(shapes):
        yield f"{place} › param_groups", f"{optimizer.parameter_count} parameters", f"{len(shapes)} parameters"
        return
    if optimizer.entries and set(optimizer.entries) != set(range(len(shapes))):
        yield f"{place} › state", f"{len(optimizer.entries)} entries", f"{len(shapes)} entries"
        return
    for index, entry in optimizer.entries.items():
        for name in ("exp_avg", "exp_avg_sq"):
            found = entry.moments.get(name)
            expected = f"{shapes[index]} float32"
            observed = f"{found.shape} {found.dtype}" if found else "not there"
            if observed != expected:
                yield f"{place} › state[{index}].{name}", observed, expected


def _policy(agent: Params) -> Iterator[tuple[str, tuple[int, ...]]]:
    for setting in ("state_dependent_std", "actor_obs_normalization", "critic_obs_normalization"):
        if value_at(agent, AGENT, f"policy.{setting}") is True:
            raise UnknownSchemaError(
                f"{AGENT} sets policy.{setting}, for which the checkpoint layout is not known here"
            )
    std_names = {"scalar": "std", "log": "log_std"}
    std_type = value_at(agent, AGENT, "policy.noise_std_type")
    if not isinstance(std_type, str) or std_type not in std_names:
        raise UnknownSchemaError(f"{AGENT} does not say policy.noise_std_type as scalar or log")
    yield std_names[std_type], (ACTION_WIDTH,)
    yield from _layers("actor", POLICY_WIDTH, _widths(agent, "policy.actor_hidden_dims"), ACTION_WIDTH)
    yield from _layers("critic", POLICY_WIDTH, _widths(agent, "policy.critic_hidden_dims"), 1)


def _dynamics(agent: Params) -> Iterator[tuple[str, tuple[int, ...]]]:
    architecture = "system_dynamics.architecture_config"
    if (
        value_at(agent, AGENT, f"{architecture}.type") != "rnn"
        or value_at(agent, AGENT, f"{architecture}.rnn_type") != "gru"
    ):
        raise UnknownSchemaError(f"{AGENT} does not say that the system dynamics are a GRU")
    hidden = _number(agent, f"{architecture}.rnn_hidden_size")
    layers = _number(agent, f"{architecture}.rnn_num_layers")
    ensemble = range(_number(agent, "system_dynamics.ensemble_size"))
    mean, logstd, contact, termination = (
        _widths(agent, f"{architecture}.{name}_shape")
        for name in ("state_mean", "state_logstd", "contact", "termination")
    )
    yield from _gru("state_base", hidden, layers)
    for member in ensemble:
        head = f"state_heads.{member}"
        yield f"{head}.state_min_logstd", (1, STATE_WIDTH)
        yield f"{head}.state_log_delta_logstd", (1, STATE_WIDTH)
        yield from _layers(f"{head}.state_mean_layers", hidden, mean, STATE_WIDTH)
        yield from _layers(f"{head}.state_logstd_layers", hidden, logstd, STATE_WIDTH)
    yield from _gru("auxiliary_base", hidden, layers)
    for member in ensemble:
        head = f"auxiliary_heads.{member}"
        yield from _layers(f"{head}.contact_layers", hidden, contact, CONTACT_WIDTH)
        yield from _layers(f"{head}.termination_layers", hidden, termination, TERMINATION_WIDTH)


def _gru(name: str, hidden: int, layers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for layer in range(layers):
        width = STATE_WIDTH + ACTION_WIDTH if layer == 0 else hidden
        prefix = f"{name}.memory.rnn"
        yield f"{prefix}.weight_ih_l{layer}", (_GATES * hidden, width)
        yield f"{prefix}.weight_hh_l{layer}", (_GATES * hidden, hidden)
        yield f"{prefix}.bias_ih_l{layer}", (_GATES * hidden,)
        yield f"{prefix}.bias_hh_l{layer}", (_GATES * hidden,)


def _layers(name: str, width: int, hidden: tuple[int, ...], last: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Linear layers at even places of a sequence, activations between them."""
    for place, (inside, outside) in enumerate(zip((width, *hidden), (*hidden, last), strict=True)):
        yield f"{name}.{2 * place}.weight", (outside, inside)
        yield f"{name}.{2 * place}.bias", (outside,)


def _number(agent: Params, key: str) -> int:
    """However large: the checkpoint tells whether it can be true."""
    number = value_at(agent, AGENT, key)
    if isinstance(number, Absent):
        raise UnknownSchemaError(number.reason)
    if type(number) is not int or number < 1:
        raise UnknownSchemaError(f"{AGENT} gives {key} as {shown(number)}, which is no size")
    return number


def _widths(agent: Params, key: str) -> tuple[int, ...]:
    widths = value_at(agent, AGENT, key)
    if isinstance(widths, Absent):
        raise UnknownSchemaError(widths.reason)
    if not isinstance(widths, list | tuple) or not all(type(width) is int for width in widths):
        raise UnknownSchemaError(f"{AGENT} gives {key} as something else than a list of widths")
    return tuple(widths)
