"""Peak device memory of a configuration, before anything is started: a closed form from the tensors' shapes.

What a shape settles is counted; what only the allocator and cuDNN know (bytes kept per GRU step, workspace) is a
constant fitted to a measured grid of the reference trainer on an H100 (torch 2.11, cu130, two GRU layers, history 32,
hidden 256 and 512, ensembles of 1 and 5). All memory is in MiB.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rwm_tui.core.agent_config import AgentConfig, ArchitectureConfig

Phase = Literal["rollout", "dynamics", "ppo", "evaluation"]
Verdict = Literal["fits", "tight", "will-not-fit", "unknown"]

MIB = 2**20
_FLOAT, _INDEX_PAIR = 4, 16
_OBSERVATIONS, _STATE, _ACTION, _CONTACT, _TERMINATION = 48, 45, 12, 8, 1
_ROW = _STATE + _ACTION + _CONTACT + _TERMINATION

# Fitted to the measured grid, relative least squares.
_LIBRARIES_MIB = 73.6  # cuBLAS and cuDNN handles and workspaces inside the allocator
_OPTIMIZER_TRANSIENT = 1.216  # of weights + gradients + Adam's two moments: contiguous copies of the GRU's weights
_ROLLOUT_PER_ENV_MIB = 0.0170  # 24 steps x 155 floats, and the environment's own tensors
_KEPT_HISTORY = 13.58  # hidden-sized floats that both GRUs keep per layer and history row, for each member
_KEPT_FORECAST = 15.59  # the same per forecast step
_WORKSPACE_HISTORY = 3.70  # cuDNN's backward workspace over the history, once
_FREED_FORECAST = 7.77  # backward has let go of the last member's forecast steps when it reaches the history
_NARROW_HIDDEN, _NARROW_EXTRA_MIB = 256, 0.12  # per sequence at hidden 128: published shortfall of 15-22 %
_STEP_FLOATS_BESIDE_HEADS = 480  # residual mean, soft bounds, noise and error of one step: ten or so (M, 45) tensors
_CACHED_FORECAST_MIB = 0.028  # per sequence, step and 256 hidden: freed blocks too small for the history's workspace
_CACHED_EVALUATION_PER_ENV_MIB = 0.026  # freed pieces of the rollout between the padded copies
_CACHED_MIB = 38.0
_CONTEXT_MIB = 762.0  # NVML's process figure less the reserved memory
_EVALUATION_MIB, _EVALUATION_OF_OPTIMIZER, _TRAJECTORY_COPIES = 32.0, 0.96, 6.7
_PPO_MIB, _PPO_PER_ENV_MIB = 5.0, 0.0613
_ROWS_BEFORE_FIRST_UPDATE = 24

BASIS = "shapes, with constants fitted to a measured grid (H100, torch 2.11, cu130)"


@dataclass(frozen=True)
class Baseline:
    """Device memory that is not the learner's; ``low`` and ``high`` bound what is not known exactly."""

    low_mib: float
    high_mib: float
    basis: str


NO_SIMULATOR = Baseline(0.0, 0.0, "the embedded physics uses no device memory")
PUBLISHED_SIMULATOR = Baseline(
    3147.0,
    5817.0,
    "simulator 3.3-6.1 GB from Isaac Lab's published benchmarks (Cartpole, G1 rough, 4096 envs), not measured here",
)


@dataclass(frozen=True)
class Forecast:
    """``breakdown`` adds up to ``peak_mib``: CUDA context + memory that the allocator reserves."""

    peak_mib: float
    interval_mib: tuple[float, float]
    torch_allocated_mib: float
    torch_reserved_mib: float
    breakdown: dict[str, float]
    phase: Phase
    basis: str


def forecast(num_envs: int, config: AgentConfig) -> Forecast:
    """The learner's peak over the cold first iteration and all later ones."""
    resident = _resident(num_envs, config)
    phases: list[tuple[Phase, dict[str, float]]] = [
        ("rollout", {}),
        ("dynamics", _dynamics(num_envs, config)),
        ("ppo", {"PPO update": _PPO_MIB + _PPO_PER_ENV_MIB * num_envs}),
        ("evaluation", _evaluation(num_envs, config)),
    ]
    phase, own = max(phases, key=lambda candidate: sum(candidate[1].values()))
    allocated = sum(resident.values()) + sum(own.values())
    cached = _CACHED_MIB
    if phase == "dynamics":
        cached += _cached_forecast(config)
    elif phase == "evaluation":
        cached += _CACHED_EVALUATION_PER_ENV_MIB * num_envs
    peak = _CONTEXT_MIB + allocated + cached
    low, high, remark = _spread(config)
    return Forecast(
        peak_mib=peak,
        interval_mib=(max(_CONTEXT_MIB, peak * low), peak * high),
        torch_allocated_mib=allocated,
        torch_reserved_mib=allocated + cached,
        breakdown={"CUDA context": _CONTEXT_MIB} | resident | own | {"cached by the allocator": cached},
        phase=phase,
        basis=BASIS + remark,
    )


def judge_fit(learner: Forecast, baseline: Baseline, vram_mib: float | None) -> Verdict:
    """*fits* only where the upper bounds fit; *will-not-fit* where even the bare tensors and lower bounds do not."""
    if vram_mib is None:
        return "unknown"
    if learner.interval_mib[1] + baseline.high_mib <= vram_mib:
        return "fits"
    least = min(_CONTEXT_MIB + learner.torch_allocated_mib, learner.interval_mib[0])
    return "will-not-fit" if least + baseline.low_mib > vram_mib else "tight"


def _resident(num_envs: int, config: AgentConfig) -> dict[str, float]:
    """What lives from the first iteration to the last: weights, gradients, Adam's moments, buffer, rollout."""
    rows = config.algorithm.system_dynamics_replay_buffer_size
    rollout = _ROLLOUT_PER_ENV_MIB * num_envs * config.num_steps_per_env / _ROWS_BEFORE_FIRST_UPDATE
    return {
        "libraries": _LIBRARIES_MIB,
        "parameters and optimizers": _OPTIMIZER_TRANSIENT * _optimizer_mib(config),
        "replay buffer": num_envs * rows * _ROW * _FLOAT / MIB,
        "rollout storage": rollout,
    }


def _dynamics(num_envs: int, config: AgentConfig) -> dict[str, float]:
    algorithm, model = config.algorithm, config.system_dynamics
    architecture = model.architecture_config
    history, horizon = model.history_horizon, algorithm.system_dynamics_forecast_horizon
    batch, members = algorithm.system_dynamics_mini_batch_size, model.ensemble_size
    hidden_floats = architecture.rnn_hidden_size * architecture.rnn_num_layers
    length = history + horizon
    kept = hidden_floats * (_KEPT_HISTORY * history + _KEPT_FORECAST * horizon)
    inputs = 2 * (_STATE + _ACTION) * history + (_CONTACT + _TERMINATION) * length
    step = _STEP_FLOATS_BESIDE_HEADS + sum(sum(widths) for widths in _head_shapes(architecture))
    workspace = hidden_floats * (_WORKSPACE_HISTORY * history - _FREED_FORECAST * horizon)
    narrow = min(1.0, max(0.0, (_NARROW_HIDDEN - architecture.rnn_hidden_size) / (_NARROW_HIDDEN / 2)))
    return {
        "sampling mask and indices": _sampling(num_envs, algorithm.system_dynamics_replay_buffer_size, length),
        "dynamics batch": batch * _ROW * length * _FLOAT / MIB,
        "dynamics activations": batch * members * (kept + inputs + horizon * step) * _FLOAT / MIB,
        "cuDNN workspace": batch * (workspace * _FLOAT / MIB + _NARROW_EXTRA_MIB * narrow * members),
    }


def _sampling(num_envs: int, buffer_rows: int, length: int) -> float:
    """Environment and start of every window; before the buffer holds one, a padded copy of its rows instead."""
    first = min(buffer_rows, _ROWS_BEFORE_FIRST_UPDATE)
    cold = _padded_copy(num_envs, length) if first < length else _windows(num_envs, first, length)
    return max(cold, _windows(num_envs, buffer_rows, length))


def _windows(num_envs: int, rows: int, length: int) -> float:
    return num_envs * max(1, rows - length + 1) * _INDEX_PAIR / MIB


def _padded_copy(num_envs: int, length: int) -> float:
    return num_envs * (length * _ROW * _FLOAT + _INDEX_PAIR) / MIB


def _evaluation(num_envs: int, config: AgentConfig) -> dict[str, float]:
    algorithm = config.algorithm
    length, count = algorithm.system_dynamics_len_eval_trajectory, algorithm.system_dynamics_num_eval_trajectories
    return {
        "evaluation sampling": _sampling(num_envs, algorithm.system_dynamics_replay_buffer_size, length),
        "evaluation": _EVALUATION_MIB
        + _EVALUATION_OF_OPTIMIZER * _optimizer_mib(config)
        + _TRAJECTORY_COPIES * count * length * _ROW * _FLOAT / MIB,
    }


def _cached_forecast(config: AgentConfig) -> float:
    algorithm, architecture = config.algorithm, config.system_dynamics.architecture_config
    steps = algorithm.system_dynamics_mini_batch_size * algorithm.system_dynamics_forecast_horizon
    return _CACHED_FORECAST_MIB * steps * architecture.rnn_hidden_size / 256


def _optimizer_mib(config: AgentConfig) -> float:
    """Weights, gradients and Adam's two moments of both models."""
    return 4 * _FLOAT * (dynamics_parameters(config) + policy_parameters(config)) / MIB


def dynamics_parameters(config: AgentConfig) -> int:
    """Two GRUs and the heads of every member, as the checkpoints hold them."""
    architecture = config.system_dynamics.architecture_config
    width = architecture.rnn_hidden_size
    inputs = [_STATE + _ACTION] + [width] * (architecture.rnn_num_layers - 1)
    gru = sum(3 * width * (own + width + 2) for own in inputs)
    outputs = (_STATE, _STATE, _CONTACT, _TERMINATION)
    shapes = zip(_head_shapes(architecture), outputs, strict=True)
    heads = sum(_mlp((width, *widths, output)) for widths, output in shapes) + 2 * _STATE
    return 2 * gru + config.system_dynamics.ensemble_size * heads


def policy_parameters(config: AgentConfig) -> int:
    """Actor, critic and the standard deviation."""
    actor = _mlp((_OBSERVATIONS, *config.policy.actor_hidden_dims, _ACTION))
    return actor + _mlp((_OBSERVATIONS, *config.policy.critic_hidden_dims, 1)) + _ACTION


def _head_shapes(architecture: ArchitectureConfig) -> tuple[tuple[int, ...], ...]:
    return (
        architecture.state_mean_shape,
        architecture.state_logstd_shape,
        architecture.contact_shape,
        architecture.termination_shape,
    )


def _mlp(sizes: tuple[int, ...]) -> int:
    return sum((width_in + 1) * width_out for width_in, width_out in pairwise(sizes))


def _spread(config: AgentConfig) -> tuple[float, float, str]:
    """95 % bounds as factors of the peak, wider outside what was measured, which the remark names."""
    model = config.system_dynamics
    architecture = model.architecture_config
    beyond = [
        name
        for name, measured in (
            ("layers", architecture.rnn_num_layers == 2),
            ("history", model.history_horizon == 32),
            ("hidden size", 256 <= architecture.rnn_hidden_size <= 512),
            ("horizon", config.algorithm.system_dynamics_forecast_horizon <= 8),
            ("imagination", config.imagination.num_envs == 0),
        )
        if not measured
    ]
    if beyond:
        return 0.80, 1.30, f"; beyond what was measured: {', '.join(beyond)}"
    return 0.92, 1.10, ""
