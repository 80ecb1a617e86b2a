"""The upstream trainer's memory, phase by phase, from the tensors that its runs showed: sizes, counts and order.

Member after member goes through the state's base and its own heads; then, member after member again, through the
contacts' base, step by step as well. Windows are drawn once for an update. Before the buffer holds as many rows as a
window needs, a padded copy of them stands in.
"""

from collections.abc import Callable
from typing import TypeVar

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import (
    ACTION,
    CONTACT,
    MOST_BLOCKS,
    MOST_BLOCKS_COLD,
    OBSERVATIONS,
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

_Passed = TypeVar("_Passed")
_GROUPS = (STATE, ACTION, CONTACT, TERMINATION)
# Observations of all groups, actions, rewards, dones, values, returns, advantages, log-probabilities, mean and std.
_STORAGE = (OBSERVATIONS, *_GROUPS, ACTION, 1, 0.25, 1, 1, 1, 1, ACTION, ACTION)
ENVIRONMENT_FLOATS = 445.0  # of one environment's own tensors, fitted to the measured grid
_POLICY_FLOATS = 882  # of a row's intermediate results in PPO, fitted to the one size at which PPO sets a peak
_INDEX_PAIR = 16


def replay_upstream(
    num_envs: int, config: AgentConfig, environment_floats: float = ENVIRONMENT_FLOATS
) -> CachingAllocator:
    """The cold first iteration, and one with the buffer full."""
    memory = CachingAllocator()
    learner = Learner(num_envs, config, memory)
    learner.settle(_GROUPS)
    memory.part = "rollout storage"
    learner.per_sequence(num_envs)(environment_floats)
    per_row = learner.per_sequence(num_envs * config.num_steps_per_env)
    for width in _STORAGE:
        per_row(width)
    size = config.algorithm.system_dynamics_replay_buffer_size
    filled = dict.fromkeys((min(config.num_steps_per_env, size), size))
    for rows, most_blocks in zip(filled, (MOST_BLOCKS_COLD, MOST_BLOCKS), strict=False):
        update_dynamics(learner, rows, most_blocks)
        update_policy(learner)
        evaluate(learner, rows)
    return memory


def update_dynamics(learner: Learner, rows: int, most_blocks: int) -> None:
    """Mini-batches, each with forward, backward and optimizer step."""
    memory = learner.memory
    memory.phase = "dynamics"
    windows = _draw_windows(learner, rows, learner.length)
    batch: list[Block] = []

    def mini_batch() -> None:
        memory.part = "dynamics batch"
        per = learner.per_sequence(learner.batch)
        drawn = [per(width * learner.length) for width in _GROUPS]
        memory.free(*batch)
        batch[:] = drawn
        _update(learner)

    times = learner.config.algorithm.system_dynamics_num_mini_batches
    replay_mini_batches(memory, times, mini_batch, most_blocks)
    memory.free(*batch, *windows)


def _draw_windows(learner: Learner, rows: int, length: int) -> list[Block]:
    memory = learner.memory
    memory.part = "sampling mask and indices"
    per_env = learner.per_sequence(learner.num_envs)
    padded = []
    for width in _GROUPS if rows < length else ():
        zeros = per_env(width * (length - rows))
        padded.append(per_env(width * length))
        memory.free(zeros)
    starts = max(1, rows - length + 1)
    return [*padded, memory.take(_INDEX_PAIR * learner.num_envs * starts)]


def _update(learner: Learner) -> None:
    memory = learner.memory
    states = _on_a_copy(learner, _forward_state)
    contacts = _on_a_copy(learner, _forward_contacts)
    learner.forget_gradients()
    learner.begin_backward()
    memory.part = "dynamics activations"
    for member, (calls, heads) in reversed(list(enumerate(contacts))):
        _backpropagate_contacts(learner, member, calls, heads)
    for calls, steps in reversed(states):
        _backpropagate_states(learner, calls, steps)
    learner.step_dynamics_optimizer()


def _on_a_copy(learner: Learner, forward: Callable[[Learner], _Passed]) -> list[_Passed]:
    """Every member's forward pass; the batch is copied for as long as it takes."""
    per = learner.per_sequence(learner.batch)
    copies = [per(width * learner.length) for width in _GROUPS]
    passed = [forward(learner) for _ in range(learner.members)]
    learner.memory.free(*copies)
    return passed


def _forward_state(learner: Learner) -> tuple[list[GruCall], list[StateStep]]:
    memory = learner.memory
    calls: list[GruCall] = []
    steps: list[StateStep] = []
    for index in range(learner.horizon):
        calls.append(_call(learner, calls[-1] if index else None))
        steps.append(predict_state(learner, learner.batch, 1, steps[-1] if index else None))
    last = steps[-1]
    _keep_hidden(learner, "state", calls[-1].hidden)
    memory.free(last.noise_fed_back, last.current, *last.joined)
    return calls, steps


def _call(learner: Learner, before: GruCall | None) -> GruCall:
    return call_gru(learner, learner.batch, 1 if before else learner.history, before.hidden if before else None)


def _forward_contacts(learner: Learner) -> tuple[list[GruCall], list[list[list[Block]]]]:
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    calls: list[GruCall] = []
    heads: list[list[list[Block]]] = []
    for index in range(learner.horizon):
        calls.append(_call(learner, calls[-1] if index else None))
        step = []
        for widths, width in _contact_heads(learner):
            step.append([*hidden_layers(memory, per, widths), per(width)])
        heads.append(step)
    _keep_hidden(learner, "contacts", calls[-1].hidden)
    return calls, heads


def _keep_hidden(learner: Learner, base: str, hidden: Block) -> None:
    if before := learner.last_hidden.get(base):
        learner.memory.free(before)
    learner.last_hidden[base] = hidden


def _contact_heads(learner: Learner) -> tuple[tuple[tuple[int, ...], int], ...]:
    architecture = learner.architecture
    return (architecture.contact_shape, CONTACT), (architecture.termination_shape, TERMINATION)


def _backpropagate_states(learner: Learner, calls: list[GruCall], steps: list[StateStep]) -> None:
    memory = learner.memory
    of_hidden: Block | None = None
    of_state: Block | None = None
    for index in reversed(range(len(calls))):
        of_outputs, of_state = backpropagate_state(learner, learner.batch, steps[index], calls[index].steps, of_state)
        given = calls[index - 1].hidden if index else None
        outgoing = backpropagate_gru(learner, "state base", calls[index], of_outputs, of_hidden, given)
        if outgoing:
            of_hidden, of_inputs = outgoing
            memory.free(of_inputs)
    if of_state:
        memory.free(of_state)


def _backpropagate_contacts(
    learner: Learner, member: int, calls: list[GruCall], heads: list[list[list[Block]]]
) -> None:
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    hidden = learner.gru.hidden
    of_hidden: Block | None = None
    for index in reversed(range(len(calls))):
        of_heads = []
        for head, (widths, width) in reversed(list(enumerate(_contact_heads(learner)))):
            *layers, logits = heads[index][head]
            of_logits = per(width)
            memory.free(logits)
            name = f"contacts {member} {head}"
            of_heads.append(backpropagate_layers(learner, name, learner.batch, of_logits, layers, widths, hidden))
        memory.free(of_heads[1])
        of_outputs = per(hidden * calls[index].steps)
        memory.free(of_heads[0])
        given = calls[index - 1].hidden if index else None
        outgoing = backpropagate_gru(learner, "contacts base", calls[index], of_outputs, of_hidden, given)
        if outgoing:
            of_hidden, of_inputs = outgoing
            memory.free(of_inputs)


def update_policy(learner: Learner) -> None:
    """PPO learns from its storage in place; a mini-batch of it is held until the next one is drawn."""
    memory, policy = learner.memory, learner.config.policy
    memory.phase, memory.part = "ppo", "PPO update"
    rows = learner.num_envs * learner.config.num_steps_per_env
    share = learner.per_sequence(-(-rows // learner.config.algorithm.num_mini_batches))
    batches = [share(width) for _ in ("before", "now") for width in _STORAGE]
    activations = [share(2 * width) for width in (*policy.actor_hidden_dims, *policy.critic_hidden_dims)]
    memory.free(share(_POLICY_FLOATS), *activations, *batches)


def evaluate(learner: Learner, rows: int) -> None:
    """Trajectories, and the model's pass over their histories, one noise scale after the other."""
    memory, algorithm = learner.memory, learner.config.algorithm
    memory.phase = "evaluation"
    count, length = algorithm.system_dynamics_num_eval_trajectories, algorithm.system_dynamics_len_eval_trajectory
    given = min(learner.history, length)
    windows = _draw_windows(learner, rows, length)
    memory.part = "evaluation"
    per = learner.per_sequence(count)
    trajectories = [per(width * length) for width in _GROUPS]
    predicted = []
    for _ in range(1 + len(algorithm.system_dynamics_eval_traj_noise_scale)):
        noised = [per(width * length) for width in (STATE, ACTION)]
        call = call_gru(learner, count, given, None, "evaluation")
        memory.free(*call.kept, call.hidden)
        predicted.append(per(STATE * max(1, length - given)))
        memory.free(*noised)
    memory.free(*predicted, *trajectories, *windows)
