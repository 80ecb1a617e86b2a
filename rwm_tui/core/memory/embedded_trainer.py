"""The embedded trainer's memory, phase by phase, in the order of :mod:`rwm_tui.trainer`.

All members go through one GRU call, and each through heads of its own; contacts of the whole sequence in one pass,
before the state's steps.
"""

from dataclasses import dataclass

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import ACTION, CONTACT, MOST_WORK, OBSERVATIONS, ROW, STATE, TERMINATION, Learner
from rwm_tui.core.memory.passes import (
    GruCall,
    MemberStep,
    backpropagate_gru,
    backpropagate_layers,
    backpropagate_logstd,
    backpropagate_mean,
    call_gru,
    hidden_layers,
    predict_member,
)

_INDEX = 8


def replay_embedded(num_envs: int, config: AgentConfig, memory: CachingAllocator) -> None:
    """The cold first iteration and, where there are more, one with the buffer as full as it gets."""
    learner = Learner(num_envs, config, memory)
    learner.take_networks(moved=False)
    learner.take_buffer([ROW])
    learner.take_libraries()
    algorithm = config.algorithm
    rows = [min(config.num_steps_per_env, algorithm.system_dynamics_replay_buffer_size)]
    if config.max_iterations > 1:
        most = config.num_steps_per_env * config.max_iterations
        rows.append(min(most, algorithm.system_dynamics_replay_buffer_size))
    for filled, most_work in zip(rows, MOST_WORK, strict=False):
        rollout = roll_out(learner)
        update_dynamics(learner, filled, most_work)
        learner.update_policy(rollout)
        if filled == rows[0] or config.max_iterations > config.save_interval:
            evaluate(learner, filled)


def roll_out(learner: Learner) -> list[Block]:
    """What each step of the rollout is remembered by, until the policy has learned from it."""
    learner.memory.phase, learner.memory.part = "rollout", "rollout storage"
    per_env = learner.per_sequence(learner.num_envs)
    kept = []
    for _ in range(learner.config.num_steps_per_env):
        kept += [per_env(floats) for floats in (OBSERVATIONS, ACTION, ACTION, 4)]
    return kept


def update_dynamics(learner: Learner, rows: int, most_work: int) -> None:
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
    memory.take_turns(times, mini_batch, most_work)
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


@dataclass
class _StateStep:
    """One forecast step of the state, of all sequences that went through it together."""

    members: list[MemberStep]
    noise: Block
    error: Block
    noise_fed_back: Block
    joined: list[Block]
    current: Block


def _predict_state(learner: Learner, sequences: int, members: int, before: _StateStep | None) -> _StateStep:
    """Each member's mean and softly bounded log-std of its share; a sampled error and the state that goes in next."""
    memory, per = learner.memory, learner.per_sequence(sequences)
    kept, means = [], []
    for _ in range(members):
        mean, member = predict_member(learner, sequences // members)
        means.append(mean)
        kept.append(member)
    joined = [per(STATE), per(STATE)]
    memory.free(*reversed(means))
    if before:
        memory.free(*before.joined)
    noise, scaled, drawn = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    error = per(STATE)
    memory.free(drawn)
    memory.free(per(STATE))
    noise_fed_back, scaled, current = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    if before:
        memory.free(before.current)
    return _StateStep(kept, noise, error, noise_fed_back, joined, current)


def _state_forward(learner: Learner, sequences: int) -> tuple[list[GruCall], list[_StateStep]]:
    memory, per = learner.memory, learner.per_sequence(sequences)
    joined = [per(width * learner.length) for width in (STATE, ACTION)]
    calls: list[GruCall] = []
    steps: list[_StateStep] = []
    for index in range(learner.horizon):
        call = call_gru(learner, sequences, learner.history if index == 0 else 1, calls[-1].hidden if index else None)
        calls.append(call)
        steps.append(_predict_state(learner, sequences, learner.members, steps[-1] if index else None))
    last = steps[-1]
    memory.free(joined[1], calls[-1].hidden, last.noise_fed_back, last.current, *last.joined, joined[0])
    return calls, steps


def _state_backward(learner: Learner, sequences: int, calls: list[GruCall], steps: list[_StateStep]) -> None:
    memory = learner.memory
    of_hidden: Block | None = None
    of_state: Block | None = None
    for index in reversed(range(len(calls))):
        call = calls[index]
        of_outputs, of_state = _backpropagate_state(learner, sequences, steps[index], call.steps, of_state)
        of_hidden = backpropagate_gru(learner, "state base", call, of_outputs, of_hidden)
    if of_state:
        memory.free(of_state)


def _backpropagate_state(
    learner: Learner, sequences: int, step: _StateStep, steps_in: int, of_next: Block | None
) -> tuple[Block, Block]:
    """Gradients of the GRU's outputs over ``steps_in`` steps, of which only the last counts, and of the state before.

    :param of_next: of the state that this step fed back; None for the last one.
    """
    memory, per = learner.memory, learner.per_sequence(sequences)
    hidden = learner.gru.hidden
    if of_next:
        of_std = per(STATE)
        memory.free(step.noise_fed_back)
    twice, square, of_error = per(STATE), per(STATE), per(STATE)
    memory.free(square, twice, step.error)
    own = per(STATE)
    memory.free(step.noise)
    if of_next:
        memory.free(of_error, own)
        of_mean = of_next
    else:
        of_mean, of_std = of_error, own
    of_features = [
        _backpropagate_member(learner, sequences // len(step.members), index, member, of_std if index == 0 else None)
        for index, member in reversed(list(enumerate(step.members)))
    ]
    of_state = per(STATE)
    memory.free(of_mean)
    chosen = per(hidden)
    memory.free(*reversed(of_features))
    of_outputs = per(hidden * steps_in)
    memory.free(chosen)
    return of_outputs, of_state


def _backpropagate_member(
    learner: Learner, sequences: int, index: int, member: MemberStep, of_std: Block | None
) -> Block:
    """The gradient of the member's features; frees ``of_std``, which all members share, with the last of them."""
    of_logstd = backpropagate_logstd(learner, sequences, index, member, of_std)
    learner.memory.free(backpropagate_mean(learner, sequences, index, member))
    return of_logstd


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
    backpropagate_gru(learner, "contacts base", call, of_outputs, None)
