"""The upstream trainer's memory, phase by phase, in the order of its code (rsl_rl_rwm 18eebcd).

Member after member goes through the state's base and its own heads, then through the contacts' base, step by step as
well; a base goes on from its last hidden state, also from one member to the next. Windows are drawn once for an update.
Before the buffer holds as many rows as a window needs, a padded copy of them stands in.
"""

from dataclasses import dataclass

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import ACTION, CONTACT, MOST_WORK, OBSERVATIONS, STATE, TERMINATION, Learner, Take
from rwm_tui.core.memory.passes import (
    GruCall,
    MemberStep,
    backpropagate_gru,
    backpropagate_layers,
    backpropagate_logstd,
    backpropagate_mean,
    bias_sum_bytes,
    call_gru,
    hidden_layers,
    predict_member,
)

_GROUPS = (STATE, ACTION, CONTACT, TERMINATION)
# Observations of all groups, actions, rewards, dones, values, returns, advantages, log-probabilities, mean and std.
_STORAGE = (OBSERVATIONS, *_GROUPS, ACTION, 1, 0.25, 1, 1, 1, 1, ACTION, ACTION)
ENVIRONMENT_FLOATS = 446.0  # of one environment's own tensors, fitted to the measured grid
_INDEX_PAIR = 16


def replay_upstream(
    num_envs: int, config: AgentConfig, memory: CachingAllocator, environment_floats: float = ENVIRONMENT_FLOATS
) -> None:
    """The cold first iteration, and one with the buffer full."""
    learner = Learner(num_envs, config, memory)
    memory.part = "rollout storage"
    learner.per_sequence(num_envs)(environment_floats)
    learner.take_networks(moved=True)
    memory.part = "rollout storage"
    for rows in _storage_rows(learner):
        for width in _STORAGE:
            learner.per_sequence(rows)(width)
    learner.take_libraries()
    learner.take_buffer(_GROUPS)
    size = config.algorithm.system_dynamics_replay_buffer_size
    filled = dict.fromkeys((min(config.num_steps_per_env, size), size))
    for rows, most_work in zip(filled, MOST_WORK, strict=False):
        update_dynamics(learner, rows, most_work)
        if len(_storage_rows(learner)) > 1:
            imagine(learner, rows)
        update_policy(learner)
        evaluate(learner, rows)


def update_dynamics(learner: Learner, rows: int, most_work: int) -> None:
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
    memory.take_turns(times, mini_batch, most_work)
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
    """A mini-batch: every member's losses, one member after the other, then one backward pass over all."""
    memory = learner.memory
    _forget_hidden(learner)
    passed = [(_forward_state(learner), _forward_contacts(learner)) for _ in range(learner.members)]
    learner.forget_gradients()
    memory.part = "dynamics activations"
    of_hidden: dict[str, Block | None] = {"state": None, "contacts": None}
    for member, (states, contacts) in reversed(list(enumerate(passed))):
        of_hidden["contacts"] = _backpropagate_contacts(learner, member, contacts, of_hidden["contacts"])
        of_hidden["state"] = _backpropagate_states(learner, member, states, of_hidden["state"])
    learner.step_dynamics_optimizer()


def _forget_hidden(learner: Learner) -> None:
    learner.memory.free(*learner.last_hidden.values())
    learner.last_hidden.clear()


@dataclass
class _Step:
    member: MemberStep
    mean: Block
    noise: Block
    error: Block
    noise_fed_back: Block
    current: Block


@dataclass
class _States:
    """What a member's state loss keeps for its backward pass, by forecast step."""

    calls: list[GruCall]
    steps: list[_Step]


@dataclass
class _Contacts:
    """Likewise of contacts and termination; their targets are kept, too."""

    calls: list[GruCall]
    heads: list[list[list[Block]]]
    targets: list[Block]


def _forward_state(learner: Learner) -> _States:
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    copies = [per(width * learner.length) for width in (STATE, ACTION)]
    calls: list[GruCall] = []
    steps: list[_Step] = []
    for index in range(learner.horizon):
        calls.append(_call(learner, "state", index))
        steps.append(_predict(learner, steps[-1] if index else None))
    last = steps[-1]
    memory.free(*copies, last.current, last.noise_fed_back, last.mean)
    return _States(calls, steps)


def _predict(learner: Learner, before: _Step | None) -> _Step:
    """A member's mean and softly bounded log-std, a sampled error, and the state that goes in next."""
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    mean, member = predict_member(learner, learner.batch)
    if before:
        memory.free(before.mean)
    noise, scaled, drawn = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    error, square = per(STATE), per(STATE)
    memory.free(square, drawn)
    noise_fed_back, scaled, current = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    if before:
        memory.free(before.current)
    return _Step(member, mean, noise, error, noise_fed_back, current)


def _call(learner: Learner, base: str, index: int) -> GruCall:
    """A base goes on from its last hidden state, the next member from that of the one before."""
    call = call_gru(learner, learner.batch, 1 if index else learner.history, learner.last_hidden.get(base))
    learner.last_hidden[base] = call.hidden
    return call


def _forward_contacts(learner: Learner) -> _Contacts:
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    states, actions, *targets = [per(width * learner.length) for width in _GROUPS]
    calls: list[GruCall] = []
    heads: list[list[list[Block]]] = []
    for index in range(learner.horizon):
        calls.append(_call(learner, "contacts", index))
        heads.append([[*hidden_layers(memory, per, widths), per(width)] for widths, width in _contact_heads(learner)])
    memory.free(states, actions)
    return _Contacts(calls, heads, targets)


def _contact_heads(learner: Learner) -> tuple[tuple[tuple[int, ...], int], ...]:
    architecture = learner.architecture
    return (architecture.contact_shape, CONTACT), (architecture.termination_shape, TERMINATION)


def _backpropagate_states(learner: Learner, member: int, states: _States, of_hidden: Block | None) -> Block | None:
    """Gives the gradient of the hidden state that the member began with, where it was another's."""
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    of_state: Block | None = None
    for index, (call, step) in reversed(list(enumerate(zip(states.calls, states.steps, strict=True)))):
        of_features, of_state = _backpropagate_step(learner, member, step, of_state, is_first=index == 0)
        of_outputs = per(learner.gru.hidden * call.steps)
        memory.free(of_features)
        of_hidden = backpropagate_gru(learner, "state base", call, of_outputs, of_hidden)
    return of_hidden


def _backpropagate_step(
    learner: Learner, member: int, step: _Step, of_next: Block | None, *, is_first: bool
) -> tuple[Block, Block | None]:
    """Gradients of the features, and of the state that went in."""
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    of_std = per(STATE) if of_next else None
    if of_next:
        memory.free(step.noise_fed_back)
    twice, square, of_error = per(STATE), per(STATE), per(STATE)
    memory.free(square, twice, step.error)
    own = per(STATE)
    memory.free(step.noise)
    if of_next and of_std:
        memory.free(of_error, own)
        of_mean = of_next
    else:
        of_mean, of_std = of_error, own
    of_features = backpropagate_logstd(learner, learner.batch, member, step.member, of_std)
    of_state = None if is_first else per(STATE)
    memory.free(backpropagate_mean(learner, learner.batch, member, step.member))
    memory.free(of_mean)
    return of_features, of_state


def _backpropagate_contacts(
    learner: Learner, member: int, contacts: _Contacts, of_hidden: Block | None
) -> Block | None:
    memory, per = learner.memory, learner.per_sequence(learner.batch)
    hidden = learner.gru.hidden
    for index, (call, heads) in reversed(list(enumerate(zip(contacts.calls, contacts.heads, strict=True)))):
        of_logits = [per(width) for _, width in reversed(_contact_heads(learner))]
        memory.free(*(logits for *_, logits in heads))
        if index == 0:
            memory.free(*contacts.targets)
        of_heads = []
        for head, gradient in zip((1, 0), of_logits, strict=True):
            widths, _ = _contact_heads(learner)[head]
            name = f"contacts {member} {head}"
            of_heads.append(
                backpropagate_layers(learner, name, learner.batch, gradient, heads[head][:-1], widths, hidden)
            )
        memory.free(of_heads[1])
        of_outputs = per(hidden * call.steps)
        memory.free(of_heads[0])
        of_hidden = backpropagate_gru(learner, "contacts base", call, of_outputs, of_hidden, into_inputs=False)
    return of_hidden


def update_policy(learner: Learner) -> None:
    """Two mini-batches: the second is drawn while the first is held, of which the imagined rows are part."""
    memory, policy = learner.memory, learner.config.policy
    memory.phase, memory.part = "ppo", "PPO update"
    shares = [-(-rows // learner.config.algorithm.num_mini_batches) for rows in _storage_rows(learner)]
    per = learner.per_sequence(sum(shares))
    batch: list[Block] = []
    for _ in range(2):
        parts = [learner.per_sequence(share)(width) for share in shares for width in _STORAGE]
        if len(shares) > 1:
            joined = [per(width) for width in _STORAGE]
            memory.free(*parts)
            parts = joined
        memory.free(*batch)
        batch = parts
        actor = _policy_layers(learner, per, policy.actor_hidden_dims)
        mean, difference, square, variance = (per(ACTION) for _ in range(4))
        critic = _policy_layers(learner, per, policy.critic_hidden_dims)
        memory.free(*[per(ACTION) for _ in range(4)])
        _backpropagate_policy(learner, per, sum(shares), policy.critic_hidden_dims, critic)
        of_mean = per(ACTION)
        memory.free(difference, square, variance)
        _backpropagate_policy(learner, per, sum(shares), policy.actor_hidden_dims, actor)
        memory.free(of_mean, mean)
    memory.free(*batch)


def _storage_rows(learner: Learner) -> list[int]:
    """Of the rollout storage and, where there is any, of the imagined one."""
    imagination = learner.config.imagination
    rows = [
        learner.num_envs * learner.config.num_steps_per_env,
        imagination.num_envs * imagination.num_steps_per_env,
    ]
    return [count for count in rows if count]


def _policy_layers(learner: Learner, per: Take, widths: tuple[int, ...]) -> list[tuple[Block, Block]]:
    """Of each layer the product and the activation, both of which are kept."""
    return [(per(width), per(width)) for width in widths]


def _backpropagate_policy(
    learner: Learner, per: Take, rows: int, widths: tuple[int, ...], layers: list[tuple[Block, Block]]
) -> None:
    memory = learner.memory
    gradient: Block | None = None
    for width, (product, activation) in reversed(list(zip(widths, layers, strict=True))):
        of_activation = per(width)
        if gradient:
            memory.free(memory.take(bias_sum_bytes(width, rows)), gradient)
        memory.free(activation)
        gradient = per(width)
        memory.free(of_activation, product)
    if gradient:
        memory.free(memory.take(bias_sum_bytes(widths[0], rows)), gradient)


def imagine(learner: Learner, rows: int) -> None:
    """The policy's rollout through the world model, from histories drawn out of the buffer."""
    memory, imagination = learner.memory, learner.config.imagination
    memory.phase = "imagination"
    windows = _draw_windows(learner, rows, learner.history)
    memory.part = "imagination"
    per = learner.per_sequence(imagination.num_envs)
    histories = [per(width * learner.history) for width in _GROUPS]
    memory.free(*windows)
    _forget_hidden(learner)
    actions = per(ACTION * learner.history)
    _predict_all(learner, imagination.num_envs, learner.history, "imagination")
    memory.free(*histories, actions)


def evaluate(learner: Learner, rows: int) -> None:
    """Open-loop predictions of trajectories: as they are, then under one noise scale after the other."""
    memory, algorithm = learner.memory, learner.config.algorithm
    memory.phase = "evaluation"
    count, length = algorithm.system_dynamics_num_eval_trajectories, algorithm.system_dynamics_len_eval_trajectory
    windows = _draw_windows(learner, rows, length)
    memory.part = "evaluation"
    per = learner.per_sequence(count)
    trajectories = [per(width * length) for width in _GROUPS]
    predicted = [per(width * length) for width in _GROUPS]
    _forget_hidden(learner)
    _predict_all(learner, count, min(learner.history, length), "evaluation")
    _relative_error(learner, per)
    before: list[Block] = []
    for _ in algorithm.system_dynamics_eval_traj_noise_scale:
        noised = [_noised(learner, per, width * length) for width in (STATE, ACTION)]
        states, actions, contacts, terminations = (per(width * length) for width in _GROUPS)
        _predict_all(learner, count, min(learner.history, length), "evaluation")
        memory.free(actions, contacts, *before)
        _relative_error(learner, per)
        memory.free(*noised)
        before = [states, terminations]
    memory.free(*before, *predicted, *trajectories, *windows)


def _relative_error(learner: Learner, per: Take) -> None:
    forecast = max(1, learner.config.algorithm.system_dynamics_len_eval_trajectory - learner.history)
    difference, absolute = per(STATE * forecast), per(STATE * forecast)
    learner.memory.free(difference, absolute)


def _noised(learner: Learner, per: Take, floats: int) -> Block:
    noise, scaled = per(floats), per(floats)
    learner.memory.free(noise)
    noised = per(floats)
    learner.memory.free(scaled)
    return noised


def _predict_all(learner: Learner, count: int, steps: int, part: str) -> None:
    """One prediction by both bases without a backward pass; what goes on from there is smaller."""
    memory = learner.memory
    calls = []
    for _ in ("state", "contacts"):
        call = call_gru(learner, count, steps, None, part)
        memory.free(call.reserve, call.inputs, *([call.zeros] if call.zeros else []))
        calls.append(call)
    for call in calls:
        memory.free(call.outputs, call.hidden)
