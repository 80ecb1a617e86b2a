"""Peak device memory from the tensors' shapes alone, for sizes that are too large to replay. All memory is in MiB.

What a shape settles is counted; what only the allocator knows is fitted to measured runs of each trainer on an H100.
What tensors hold is met nearly as well as by the replay, what the allocator reserves is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.learner import dynamics_parameters, policy_parameters
from rwm_tui.core.profile import Backend

Phase = Literal["rollout", "dynamics", "imagination", "ppo", "evaluation"]
CACHED = "cached by the allocator"
MIB = 2**20
_FLOAT, _INDEX_PAIR = 4, 16
_OBSERVATIONS, _STATE, _ACTION, _CONTACT, _TERMINATION = 48, 45, 12, 8, 1
_ROW = _STATE + _ACTION + _CONTACT + _TERMINATION

# cuDNN's GRU, measured call by call on an H100 over batch, steps, hidden size and layers. Floats per sequence.
# Times layers x hidden, exact in every measured shape: a step keeps 7, a call its last hidden state, the first call
# the zeros it starts from as well (later ones start from a hidden state that is already counted).
_KEPT_PER_STEP, _HIDDEN_STATE = 7, 1
_NARROW_HIDDEN = 192  # up to it the forward pass takes an algorithm with a far larger workspace
_NARROW_BACKWARD_HIDDEN = 128  # up to it the backward pass, too
_FORWARD_NARROW = (19.4, 221.0)  # workspace of a step: times hidden, and beside it
_BACKWARD_NARROW = (21.5, 280.0)  # hidden 128 and less
_BACKWARD = (6.53, 209.0)
_INFERENCE_PER_HIDDEN = 19.1

# Fitted to the measured grid: the allocator's view of everything else.
_CACHED_FORECAST_MIB = 0.028  # per sequence, step and 256 hidden: freed blocks too small for the history's workspace
_CACHED_EVALUATION_PER_ENV_MIB = 0.026  # freed pieces of the rollout between the padded copies
_CACHED_MIB = 38.0
_CACHED_SHARE_EMBEDDED = 0.09  # of an update's memory
_DRAWING_BYTES = 56  # per stored row: two running counts with their copies, two differences, the windows' indices
_EVALUATION_MIB, _EVALUATION_OF_OPTIMIZER = 28.0, 0.96
_PPO_MIB, _PPO_PER_ENV_MIB = 5.0, 0.0613
_ROWS_BEFORE_FIRST_UPDATE = 24


@dataclass(frozen=True)
class _Fitted:
    """What shapes do not settle, by relative least squares over a trainer's measured configurations.

    :param libraries_mib: cuBLAS and cuDNN handles and workspaces inside the allocator.
    :param optimizer_factor: of weights, gradients and Adam's two moments; above one for copies of the GRU's weights.
    :param rollout_per_env_mib: 24 steps of observations, actions and outcomes, and the environment's own tensors.
    :param step_floats: per sequence, member and forecast step, beside the GRU: what the heads and losses keep.
    :param row_floats: per sequence, member and history row, beside the GRU: its inputs, less what backward has freed.
    """

    libraries_mib: float
    optimizer_factor: float
    rollout_per_env_mib: float
    step_floats: float
    row_floats: float


_FITTED: Mapping[Backend, _Fitted] = MappingProxyType(
    {
        "isaaclab": _Fitted(77.2, 1.180, 0.0160, 724.0, 41.0),
        "embedded": _Fitted(64.8, 1.841, 0.0090, 1906.0, -194.0),
    }
)


def closed_form(num_envs: int, config: AgentConfig, backend: Backend) -> tuple[Phase, dict[str, float]]:
    """The phase that sets the peak, and everything that lives then or is cached, by part."""
    resident = _resident(num_envs, config, _FITTED[backend])
    phases: list[tuple[Phase, dict[str, float]]] = [
        ("rollout", {}),
        ("dynamics", _dynamics(num_envs, config, backend)),
        ("ppo", {"PPO update": _PPO_MIB + _PPO_PER_ENV_MIB * num_envs}),
        ("evaluation", _evaluation(num_envs, config, backend)),
    ]
    phase, own = max(phases, key=lambda candidate: sum(candidate[1].values()))
    cached = _CACHED_MIB
    if phase == "dynamics" and backend == "embedded":
        cached += _CACHED_SHARE_EMBEDDED * sum(own.values())
    elif phase == "dynamics":
        cached += _cached_forecast(config)
    elif phase == "evaluation":
        cached += _CACHED_EVALUATION_PER_ENV_MIB * num_envs
    return phase, resident | own | {CACHED: cached}


def _resident(num_envs: int, config: AgentConfig, fitted: _Fitted) -> dict[str, float]:
    """What lives from the first iteration to the last: weights, gradients, Adam's moments, buffer, rollout."""
    rows = config.algorithm.system_dynamics_replay_buffer_size
    rollout = fitted.rollout_per_env_mib * num_envs * config.num_steps_per_env / _ROWS_BEFORE_FIRST_UPDATE
    return {
        "libraries": fitted.libraries_mib,
        "parameters and optimizers": fitted.optimizer_factor * _optimizer_mib(config),
        "replay buffer": num_envs * rows * _ROW * _FLOAT / MIB,
        "rollout storage": rollout,
    }


def _dynamics(num_envs: int, config: AgentConfig, backend: Backend) -> dict[str, float]:
    """One update at its largest moment: in the history's forward or backward pass, or where backward begins."""
    algorithm, model = config.algorithm, config.system_dynamics
    architecture = model.architecture_config
    history, horizon = model.history_horizon, algorithm.system_dynamics_forecast_horizon
    batch, members = algorithm.system_dynamics_mini_batch_size, model.ensemble_size
    layers, hidden = architecture.rnn_num_layers, architecture.rnn_hidden_size
    length = history + horizon
    past = _kept_by_first_call(history, layers, hidden)
    step = layers * hidden * (_KEPT_PER_STEP + _HIDDEN_STATE)
    beside = _FITTED[backend].row_floats * history + _FITTED[backend].step_floats * horizon
    if backend == "embedded":  # all members in one call; contacts of the whole sequence in one pass, before the state
        at_history = members * (past + _kept_by_first_call(length - 1, layers, hidden))
        workspace_sequences = members
        steps_alive_later = members * (horizon - 1)
        alive_at_history = 0
    else:  # member after member, the state's steps, then the contacts' steps
        at_history = members * 2 * past
        workspace_sequences = 1
        steps_alive_later = members * 2 * (horizon - 1)
        alive_at_history = (members * 2 - 1) * (horizon - 1)
    in_history = alive_at_history * step, workspace_sequences * _workspace(history, hidden)
    at_turn = steps_alive_later * step, workspace_sequences * _workspace(1, hidden)
    steps, workspace = max(in_history, at_turn, key=sum)
    activations = at_history + steps + members * beside
    rows = algorithm.system_dynamics_replay_buffer_size
    update = {
        "sampling mask and indices": 0.0 if backend == "embedded" else _sampling(num_envs, rows, length),
        "dynamics batch": batch * _ROW * length * _FLOAT / MIB,
        "dynamics activations": batch * activations * _FLOAT / MIB,
        "cuDNN workspace": batch * workspace * _FLOAT / MIB,
    }
    if backend == "embedded":  # it draws from counts over all rows, which are gone before the update begins
        drawing = {"sampling mask and indices": num_envs * rows * _DRAWING_BYTES / MIB}
        return max(update, drawing, key=lambda parts: sum(parts.values()))
    return update


def _kept_by_first_call(steps: int, layers: int, hidden: int) -> float:
    """Floats per sequence that a GRU call keeps for its backward pass: reserve, outputs, both hidden states."""
    return layers * hidden * (_KEPT_PER_STEP * steps + 2 * _HIDDEN_STATE)


def _workspace(steps: int, hidden: int) -> float:
    """Floats per sequence that cuDNN needs while a call runs, forward or backward, whichever is more."""
    if hidden > _NARROW_HIDDEN:
        factor, beside = _BACKWARD
    elif hidden > _NARROW_BACKWARD_HIDDEN:
        factor, beside = _FORWARD_NARROW
    else:
        factor, beside = _BACKWARD_NARROW
    return steps * (factor * hidden + beside)


def _sampling(num_envs: int, buffer_rows: int, length: int) -> float:
    """Environment and start of every window; before the buffer holds one, a padded copy of its rows instead."""
    first = min(buffer_rows, _ROWS_BEFORE_FIRST_UPDATE)
    cold = _padded_copy(num_envs, length) if first < length else _windows(num_envs, first, length)
    return max(cold, _windows(num_envs, buffer_rows, length))


def _windows(num_envs: int, rows: int, length: int) -> float:
    return num_envs * max(1, rows - length + 1) * _INDEX_PAIR / MIB


def _padded_copy(num_envs: int, length: int) -> float:
    return num_envs * (length * _ROW * _FLOAT + _INDEX_PAIR) / MIB


def _evaluation(num_envs: int, config: AgentConfig, backend: Backend) -> dict[str, float]:
    """Trajectories, and the GRU's pass over their histories; the embedded trainer takes all noise scales at once."""
    algorithm, model = config.algorithm, config.system_dynamics
    length, count = algorithm.system_dynamics_len_eval_trajectory, algorithm.system_dynamics_num_eval_trajectories
    workspace = _INFERENCE_PER_HIDDEN * model.architecture_config.rnn_hidden_size * model.history_horizon
    rows = algorithm.system_dynamics_replay_buffer_size
    if backend == "embedded":
        count *= 1 + len(algorithm.system_dynamics_eval_traj_noise_scale)
        return {"evaluation": count * (workspace + _ROW * length) * _FLOAT / MIB}
    return {
        "evaluation sampling": _sampling(num_envs, rows, length),
        "evaluation": _EVALUATION_MIB
        + _EVALUATION_OF_OPTIMIZER * _optimizer_mib(config)
        + count * (workspace + _ROW * length) * _FLOAT / MIB,
    }


def _cached_forecast(config: AgentConfig) -> float:
    algorithm, architecture = config.algorithm, config.system_dynamics.architecture_config
    steps = algorithm.system_dynamics_mini_batch_size * algorithm.system_dynamics_forecast_horizon
    return _CACHED_FORECAST_MIB * steps * architecture.rnn_hidden_size / 256


def _optimizer_mib(config: AgentConfig) -> float:
    """Weights, gradients and Adam's two moments of both models."""
    return 4 * _FLOAT * (dynamics_parameters(config) + policy_parameters(config)) / MIB
