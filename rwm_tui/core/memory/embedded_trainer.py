"""The embedded trainer's memory, phase by phase, in the order of :mod:`rwm_tui.trainer`.

All members go through one GRU call; contacts of the whole sequence in one pass, before the state's steps.
"""

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import (
    ACTION,
    CONTACT,
    ROW,
    STATE,
    TERMINATION,
    GruCall,
    Learner,
    StateStep,
    backpropagate_gru,
    backpropagate_layers,
    backpropagate_state,
    call_gru,
    hidden_layers,
    predict_state,
)

_INDEX = 8


_MINI_BATCHES_REPLAYED = 3  # later ones find the same free blocks


def replay_embedded(num_envs: int, config: AgentConfig) -> CachingAllocator:
    """The cold first iteration and, where there are more, one with the buffer as full as it gets."""
    memory = CachingAllocator()
    learner = Learner(num_envs, config, memory)
    learner.settle()
    algorithm = config.algorithm
    mini_batches = min(_MINI_BATCHES_REPLAYED, algorithm.system_dynamics_num_mini_batches)
    rows = [min(config.num_steps_per_env, algorithm.system_dynamics_replay_buffer_size)]
    if config.max_iterations > 1:
        most = config.num_steps_per_env * config.max_iterations
        rows.append(min(most, algorithm.system_dynamics_replay_buffer_size))
    for filled in rows:
        rollout = learner.roll_out()
        update_dynamics(learner, filled, mini_batches)
        learner.update_policy(rollout)
        if filled == rows[0] or config.max_iterations > config.save_interval:
            evaluate(learner, filled)
    return memory


def update_dynamics(learner: Learner, rows: int, mini_batches: int) -> None:
    """So many mini-batches, each with forward, backward and optimizer step."""
    memory = learner.memory
    memory.phase = "dynamics"
    batch: list[Block] = []
    for _ in range(mini_batches):
        drawn = draw_sequences(learner, learner.batch, learner.length, rows)
        memory.free(*batch)
        batch = [drawn]
        _update(learner)
    memory.free(*batch)


def evaluate(learner: Learner, rows: int) -> None:
    """Trajectories at every noise scale go through the model together."""
    memory, algorithm = learner.memory, learner.config.algorithm
    memory.phase = "evaluation"
    count, length = algorithm.system_dynamics_num_eval_trajectories, algorithm.system_dynamics_len_eval_trajectory
    scales = len(algorithm.system_dynamics_eval_traj_noise_scale)
    given = min(learner.history, length)
    trajectories = draw_sequences(learner, count, length, rows)
    memory.part = "evaluation"
    per, per_all = learner.per_sequence(count), learner.per_sequence(count * (1 + scales))
    noised = []
    for width in (STATE, ACTION):
        copies = [per(width * length) for _ in range(scales)]
        noised.append(per_all(width * length))
        memory.free(*copies)
    call = call_gru(learner, count * (1 + scales), given, None)
    memory.free(*call.kept, call.hidden)
    memory.part = "evaluation"
    predicted = [per_all(STATE * max(1, length - given)) for _ in range(4)]
    memory.free(*predicted, *noised, trajectories)


def draw_sequences(learner: Learner, count: int, length: int, rows: int) -> Block:
    """Windows are found by running counts over all rows; then their rows are gathered and masked."""
    memory = learner.memory
    memory.part = "sampling mask and indices"
    per_row = learner.num_envs * max(rows, length)
    per_window = learner.num_envs * max(1, max(rows, length) - length + 1)
    counts: list[Block] = []
    for _ in ("ends of episodes", "unusable rows"):
        flags = memory.take(per_row)
        ints = memory.take(4 * per_row)
        sums = memory.take(_INDEX * per_row)
        memory.free(ints)
        counts.append(memory.take(_INDEX * per_row))
        memory.free(sums, flags)
    masks = [memory.take(_INDEX * per_window), memory.take(_INDEX * per_window)]
    masks += [memory.take(per_window) for _ in range(3)]
    windows = memory.take(2 * _INDEX * per_window)
    memory.free(*masks, *counts)
    indices = [memory.take(_INDEX * count * length) for _ in range(3)]
    memory.part = "dynamics batch"
    per = learner.per_sequence(count)
    gathered, zeros, batch = (per(ROW * length) for _ in range(3))
    memory.free(zeros, gathered, *indices, windows)
    return batch


def _update(learner: Learner) -> None:
    memory = learner.memory
    sequences = learner.batch * learner.members
    members = [
        [learner.per_sequence(learner.batch)(width * learner.length) for width in (STATE, ACTION, CONTACT, TERMINATION)]
        for _ in range(learner.members)
    ]
    contacts, heads = _contacts_forward(learner, sequences)
    calls, steps = _state_forward(learner, sequences)
    for states, actions, *_ in members:
        memory.free(states, actions)
    memory.free(*learner.gradients)
    learner.gradients, learner.has_gradients = [], False
    learner.begin_backward()
    memory.part = "dynamics activations"
    _state_backward(learner, sequences, calls, steps)
    for _, _, *targets in members:
        memory.free(*targets)
    _contacts_backward(learner, sequences, contacts, heads)
    learner.step_dynamics_optimizer()


def _contacts_forward(learner: Learner, sequences: int) -> tuple[GruCall, list[list[Block]]]:
    memory, per = learner.memory, learner.per_sequence(sequences)
    joined = [per(width * learner.length) for width in (STATE, ACTION)]
    call = call_gru(learner, sequences, learner.length - 1, None)
    heads = []
    per_row = learner.per_sequence(sequences * learner.horizon)
    shapes = (learner.architecture.contact_shape, CONTACT), (learner.architecture.termination_shape, TERMINATION)
    for widths, width in shapes:
        features = per_row(learner.gru.hidden)
        layers = hidden_layers(memory, per_row, widths)
        logits = per_row(width)
        memory.free(per_row(width), per_row(width))
        heads.append([logits, features, *layers])
    memory.free(*joined, call.hidden)
    return call, heads


def _state_forward(learner: Learner, sequences: int) -> tuple[list[GruCall], list[StateStep]]:
    memory, per = learner.memory, learner.per_sequence(sequences)
    joined = [per(width * learner.length) for width in (STATE, ACTION)]
    calls: list[GruCall] = []
    steps: list[StateStep] = []
    for index in range(learner.horizon):
        call = call_gru(learner, sequences, learner.history if index == 0 else 1, calls[-1].hidden if index else None)
        calls.append(call)
        steps.append(predict_state(learner, sequences, steps[-1] if index else None))
    memory.free(*joined, calls[-1].hidden, *steps[-1].until_next_step)
    return calls, steps


def _state_backward(learner: Learner, sequences: int, calls: list[GruCall], steps: list[StateStep]) -> None:
    memory, per = learner.memory, learner.per_sequence(sequences)
    of_hidden: Block | None = None
    of_inputs: list[Block] = []
    for index in reversed(range(len(calls))):
        call = calls[index]
        of_outputs = backpropagate_state(learner, sequences, steps[index], call.steps)
        memory.free(*of_inputs)
        if of_hidden is None:
            of_hidden = per(learner.gru.layers * learner.gru.hidden)
        given = [calls[index - 1].hidden] if index else []
        inputs, outgoing = backpropagate_gru(learner, call, [of_outputs, of_hidden, *given])
        of_hidden, of_inputs = outgoing, [inputs]
    if of_hidden is not None:
        memory.free(*of_inputs, of_hidden)
    learner.has_gradients = False  # the other base has weights of its own


def _contacts_backward(learner: Learner, sequences: int, call: GruCall, heads: list[list[Block]]) -> None:
    memory, per = learner.memory, learner.per_sequence(sequences)
    per_row = learner.per_sequence(sequences * learner.horizon)
    hidden = learner.gru.hidden
    shapes = (learner.architecture.termination_shape, learner.architecture.contact_shape)
    of_features = []
    for (logits, features, *layers), widths in zip(reversed(heads), shapes, strict=True):
        memory.free(logits)
        of_features.append(backpropagate_layers(memory, per_row, layers, widths, hidden))
        memory.free(features)
    summed = per_row(hidden)
    memory.free(*of_features)
    flat = per_row(hidden)
    memory.free(summed)
    of_outputs = per(hidden * call.steps)
    memory.free(flat)
    of_hidden = per(learner.gru.layers * hidden)
    memory.free(*backpropagate_gru(learner, call, [of_outputs, of_hidden]))
