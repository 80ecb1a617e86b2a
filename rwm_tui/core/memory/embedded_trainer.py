"""The embedded trainer's memory, phase by phase, in the order of :mod:`rwm_tui.trainer`.

All members go through one GRU call, and each through heads of its own; contacts of the whole sequence in one pass,
before the state's steps.
"""

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import (
    ACTION,
    CONTACT,
    MOST_BLOCKS,
    MOST_BLOCKS_COLD,
    OBSERVATIONS,
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
    replay_mini_batches,
)

_INDEX = 8


def replay_embedded(num_envs: int, config: AgentConfig) -> CachingAllocator:
    """The cold first iteration and, where there are more, one with the buffer as full as it gets."""
    memory = CachingAllocator()
    learner = Learner(num_envs, config, memory)
    learner.settle([ROW])
    algorithm = config.algorithm
    rows = [min(config.num_steps_per_env, algorithm.system_dynamics_replay_buffer_size)]
    if config.max_iterations > 1:
        most = config.num_steps_per_env * config.max_iterations
        rows.append(min(most, algorithm.system_dynamics_replay_buffer_size))
    for filled, most_blocks in zip(rows, (MOST_BLOCKS_COLD, MOST_BLOCKS), strict=False):
        rollout = roll_out(learner)
        update_dynamics(learner, filled, most_blocks)
        learner.update_policy(rollout)
        if filled == rows[0] or config.max_iterations > config.save_interval:
            evaluate(learner, filled)
    return memory


def roll_out(learner: Learner) -> list[Block]:
    """What each step of the rollout is remembered by, until the policy has learned from it."""
    learner.memory.phase, learner.memory.part = "rollout", "rollout storage"
    per_env = learner.per_sequence(learner.num_envs)
    kept = []
    for _ in range(learner.config.num_steps_per_env):
        kept += [per_env(floats) for floats in (OBSERVATIONS, ACTION, ACTION, 4)]
    return kept


def update_dynamics(learner: Learner, rows: int, most_blocks: int) -> None:
    """Mini-batches, each with forward, backward and optimizer step."""
    memory = learner.memory
    memory.phase = "dynamics"
    batch: list[Block] = []

    def mini_batch() -> None:
        drawn = draw_sequences(learner, learner.batch, learner.length, rows, "dynamics batch")
        memory.free(*batch)
        batch[:] = [drawn]
        _update(learner)

    times = learner.config.algorithm.system_dynamics_num_mini_batches
    replay_mini_batches(memory, times, mini_batch, most_blocks)
    memory.free(*batch)


def evaluate(learner: Learner, rows: int) -> None:
    """Trajectories at every noise scale go through the model together."""
    memory, algorithm = learner.memory, learner.config.algorithm
    memory.phase = "evaluation"
    count, length = algorithm.system_dynamics_num_eval_trajectories, algorithm.system_dynamics_len_eval_trajectory
    scales = len(algorithm.system_dynamics_eval_traj_noise_scale)
    given = min(learner.history, length)
    trajectories = draw_sequences(learner, count, length, rows, "evaluation")
    memory.part = "evaluation"
    per, per_all = learner.per_sequence(count), learner.per_sequence(count * (1 + scales))
    noised = []
    for width in (STATE, ACTION):
        copies = []
        for _ in range(scales):
            noise, scaled = per(width * length), per(width * length)
            memory.free(noise)
            copies.append(per(width * length))
            memory.free(scaled)
        noised.append(per_all(width * length))
        memory.free(*reversed(copies))
    call = call_gru(learner, count * (1 + scales), given, None, "evaluation")
    memory.free(*call.kept, call.hidden)
    steps = [per_all(STATE) for _ in range(length - given)]
    whole = STATE * max(1, length - given)
    predicted = per_all(whole)
    memory.free(*reversed(steps))
    difference, absolute = per_all(whole), per_all(whole)
    memory.free(difference, absolute, *noised, predicted, trajectories)


def draw_sequences(learner: Learner, count: int, length: int, rows: int, part: str) -> Block:
    """Windows are found by running counts over all rows; then their rows are gathered and masked.

    :param part: what the sequences are for.
    """
    memory = learner.memory
    memory.part = "sampling mask and indices"
    per_row = learner.num_envs * max(rows, length)
    per_window = learner.num_envs * max(1, max(rows, length) - length + 1)
    whole = learner.num_envs * learner.config.algorithm.system_dynamics_replay_buffer_size
    counts: list[Block] = []
    for _ in ("ends of episodes", "unusable rows"):
        rolled = memory.take(whole)
        flags = memory.take(per_row)
        memory.free(rolled)
        ints = memory.take(4 * per_row)
        sums, scan = memory.take(_INDEX * per_row), memory.take(_INDEX * per_row)
        memory.free(scan, ints)
        counts.append(memory.take(_INDEX * per_row))
        memory.free(flags, sums)
    differences = [memory.take(_INDEX * per_window), memory.take(_INDEX * per_window)]
    masks = [memory.take(per_window) for _ in range(3)]
    memory.free(*masks[:2])
    windows = memory.take(2 * _INDEX * per_window)
    memory.free(masks[2], *counts, *differences)
    memory.part = part
    per = learner.per_sequence(count)
    index = 2 * length  # floats: indices are whole numbers of 8 bytes
    logical, stored, sum_of, physical, chosen = (per(index) for _ in range(5))
    memory.free(sum_of)
    gathered = per(ROW * length)
    memory.free(chosen)
    zeros, batch = per(ROW * length), per(ROW * length)
    memory.free(zeros, gathered, windows, logical, stored, physical)
    return batch


def _update(learner: Learner) -> None:
    memory = learner.memory
    sequences = learner.batch * learner.members
    per = learner.per_sequence(learner.batch)
    members = [
        [per(width * learner.length) for width in (STATE, ACTION, CONTACT, TERMINATION)] for _ in range(learner.members)
    ]
    contacts, heads = _contacts_forward(learner, sequences)
    calls, steps = _state_forward(learner, sequences)
    for states, actions, *_ in members:
        memory.free(states, actions)
    learner.forget_gradients()
    learner.begin_backward()
    memory.part = "dynamics activations"
    _state_backward(learner, sequences, calls, steps)
    _contacts_backward(learner, sequences, contacts, heads, [targets for _, _, *targets in members])
    learner.step_dynamics_optimizer()


def _contacts_forward(learner: Learner, sequences: int) -> tuple[GruCall, list[list[Block]]]:
    """Of each member's two heads in turn: the copied features, the activations, the logits."""
    memory, per = learner.memory, learner.per_sequence(sequences)
    joined = [per(width * learner.length) for width in (STATE, ACTION)]
    call = call_gru(learner, sequences, learner.length - 1, None)
    heads = []
    per_row = learner.per_sequence(learner.batch * learner.horizon)
    for _ in range(learner.members):
        for widths, width in _contact_heads(learner):
            features = per_row(learner.gru.hidden)
            layers = hidden_layers(memory, per_row, widths)
            logits = per_row(width)
            memory.free(per_row(width), per_row(width))
            heads.append([features, *layers, logits])
    memory.free(*joined, call.hidden)
    return call, heads


def _contact_heads(learner: Learner) -> tuple[tuple[tuple[int, ...], int], ...]:
    architecture = learner.architecture
    return (architecture.contact_shape, CONTACT), (architecture.termination_shape, TERMINATION)


def _state_forward(learner: Learner, sequences: int) -> tuple[list[GruCall], list[StateStep]]:
    memory, per = learner.memory, learner.per_sequence(sequences)
    joined = [per(width * learner.length) for width in (STATE, ACTION)]
    calls: list[GruCall] = []
    steps: list[StateStep] = []
    for index in range(learner.horizon):
        call = call_gru(learner, sequences, learner.history if index == 0 else 1, calls[-1].hidden if index else None)
        calls.append(call)
        steps.append(predict_state(learner, sequences, learner.members, steps[-1] if index else None))
    last = steps[-1]
    memory.free(joined[1], calls[-1].hidden, last.noise_fed_back, last.current, *last.joined, joined[0])
    return calls, steps


def _state_backward(learner: Learner, sequences: int, calls: list[GruCall], steps: list[StateStep]) -> None:
    memory = learner.memory
    of_hidden: Block | None = None
    of_state: Block | None = None
    for index in reversed(range(len(calls))):
        call = calls[index]
        of_outputs, of_state = backpropagate_state(learner, sequences, steps[index], call.steps, of_state)
        given = calls[index - 1].hidden if index else None
        outgoing = backpropagate_gru(learner, "state base", call, of_outputs, of_hidden, given)
        if outgoing:
            of_hidden, of_inputs = outgoing
            memory.free(of_inputs)  # what it says of the state is added to of_state
    if of_state:
        memory.free(of_state)


def _contacts_backward(
    learner: Learner, sequences: int, call: GruCall, heads: list[list[Block]], targets: list[list[Block]]
) -> None:
    memory, per = learner.memory, learner.per_sequence(sequences)
    rows, hidden = learner.batch * learner.horizon, learner.gru.hidden
    per_row = learner.per_sequence(rows)
    of_members = []
    for member in reversed(range(learner.members)):
        of_heads = []
        for head, (widths, width) in reversed(list(enumerate(_contact_heads(learner)))):
            features, *layers, logits = heads[2 * member + head]
            of_logits = per_row(width)
            memory.free(logits, targets[member][head])
            name = f"contacts {member} {head}"
            of_heads.append(backpropagate_layers(learner, name, rows, of_logits, layers, widths, hidden, of_steps=True))
            memory.free(features)
        of_members.append(per_row(hidden))
        memory.free(*of_heads)
    joined = learner.per_sequence(rows * learner.members)(hidden)
    memory.free(*reversed(of_members))
    of_outputs = per(hidden * call.steps)
    memory.free(joined)
    backpropagate_gru(learner, "contacts base", call, of_outputs, None, None)
