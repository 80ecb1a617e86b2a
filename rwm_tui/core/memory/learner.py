"""The tensors that both trainers have alike: shapes, and what passes through the world model take and give back.

Everything is taken from a :class:`CachingAllocator` in the order of the code, because what is reserved depends on it:
a few blocks out of order move it by a tenth. The order is that of traces of the allocator on a GPU
(``scripts/trace_memory.py``). Sizes are floats per sequence; tensors of a few KiB are left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from rwm_tui.core.agent_config import AgentConfig, ArchitectureConfig
from rwm_tui.core.memory.caching_allocator import MIB, Block, CachingAllocator
from rwm_tui.core.memory.gru_call import GruShape

FLOAT = 4
OBSERVATIONS, STATE, ACTION, CONTACT, TERMINATION = 48, 45, 12, 8, 1
INPUT = STATE + ACTION
ROW = STATE + ACTION + CONTACT + TERMINATION

CUBLAS_MIB = 32  # workspace of a thread's cuBLAS handle: the main one's, and that of autograd's own thread
CUBLAS_LT_MIB = 1
_SMALLEST = 16 * 1024  # bytes of a weight matrix that counts
_MOST_MINI_BATCHES = 4  # of an iteration
MOST_BLOCKS_COLD, MOST_BLOCKS = 9_000, 13_000  # in the first iteration and in all: a forecast answers within 50 ms

Take = Callable[[float], Block]


@dataclass
class _Gradients:
    """Of one set of weights, and from how many calls."""

    blocks: list[Block]
    calls: int = 1


@dataclass
class Learner:
    """A trainer's networks and sizes, and the memory that they are taken from."""

    num_envs: int
    config: AgentConfig
    memory: CachingAllocator
    gru: GruShape = field(init=False)
    has_moments: bool = False
    backward_library: Block | None = None
    last_hidden: dict[str, Block] = field(default_factory=dict)
    _gradients: dict[str, _Gradients] = field(default_factory=dict)

    def __post_init__(self) -> None:
        architecture = self.architecture
        self.gru = GruShape(INPUT, architecture.rnn_hidden_size, architecture.rnn_num_layers)

    @property
    def architecture(self) -> ArchitectureConfig:
        return self.config.system_dynamics.architecture_config

    @property
    def history(self) -> int:
        return self.config.system_dynamics.history_horizon

    @property
    def horizon(self) -> int:
        return self.config.algorithm.system_dynamics_forecast_horizon

    @property
    def length(self) -> int:
        return self.history + self.horizon

    @property
    def batch(self) -> int:
        return self.config.algorithm.system_dynamics_mini_batch_size

    @property
    def members(self) -> int:
        return self.config.system_dynamics.ensemble_size

    def per_sequence(self, count: int) -> Take:
        """Takes blocks of so many floats for each of ``count`` sequences."""
        return lambda floats: self.memory.take(FLOAT * floats * count)

    def weight_blocks(self) -> list[Block]:
        """One copy of the world model's weights, tensor by tensor, as the optimizer takes it."""
        state, contacts = head_shapes(self.architecture)[:2], head_shapes(self.architecture)[2:]
        sizes = [
            size
            for heads in (state, contacts)
            for size in (*self.gru.tensor_bytes, *self._head_matrices(heads) * self.members)
        ]
        return [self.memory.take(size) for size in sizes]

    def _head_matrices(self, heads: tuple[tuple[tuple[int, ...], int], ...]) -> list[int]:
        return [size for widths, outputs in heads for size in self._matrices(widths, outputs)]

    def _matrices(self, widths: tuple[int, ...], outputs: int) -> list[int]:
        sizes = [FLOAT * before * after for before, after in pairwise((self.gru.hidden, *widths, outputs))]
        return [size for size in sizes if size >= _SMALLEST]

    def settle(self, buffer_widths: Iterable[float]) -> None:
        """Networks and replay buffer, before the first rollout.

        :param buffer_widths: floats of one row in each tensor of the buffer.
        """
        memory, algorithm = self.memory, self.config.algorithm
        memory.part = "parameters and optimizers"
        memory.take(FLOAT * policy_parameters(self.config))
        for _ in ("state", "contacts"):  # cuDNN keeps all weights of a base in one piece
            scattered = [memory.take(size) for size in self.gru.tensor_bytes]
            memory.take(self.gru.weight_bytes)
            memory.free(*scattered)
        for _ in range(self.members):
            for size in self._head_matrices(head_shapes(self.architecture)):
                memory.take(size)
        memory.part = "replay buffer"
        per_row = self.per_sequence(self.num_envs * algorithm.system_dynamics_replay_buffer_size)
        for width in buffer_widths:
            per_row(width)
        memory.part = "libraries"
        memory.take(CUBLAS_MIB * MIB)
        memory.take(CUBLAS_LT_MIB * MIB)

    def begin_backward(self) -> None:
        """Autograd works in a thread of its own, whose cuBLAS handle brings its own workspace and stays."""
        if self.backward_library is None:
            part, self.memory.part = self.memory.part, "libraries"
            self.backward_library = self.memory.take(CUBLAS_MIB * MIB)
            self.memory.part = part

    def step_dynamics_optimizer(self) -> None:
        """Adam's two moments appear with its first step; its square roots last as long as the step."""
        part, self.memory.part = self.memory.part, "parameters and optimizers"
        if not self.has_moments:
            self.weight_blocks()
            self.weight_blocks()
            self.has_moments = True
        self.memory.free(*self.weight_blocks())
        self.memory.part = part

    def add_gradients(self, weights: str, fresh: list[Block], sizes: list[int]) -> None:
        """Of one call of these weights.

        The first ones are views, to which autograd cannot add while others see the same piece: the second call's are
        added into tensors of their own, of ``sizes`` bytes. From there on it adds in place.
        """
        known = self._gradients.get(weights)
        if known is None:
            self._gradients[weights] = _Gradients(fresh)
            return
        if known.calls == 1:
            part, self.memory.part = self.memory.part, "parameters and optimizers"
            summed = [self.memory.take(size) for size in sizes]
            self.memory.part = part
            if len(sizes) == 1:
                self.memory.free(*known.blocks)
                known.blocks = summed
            else:  # the last view of one piece is alone by then, and holds the sum and the piece
                known.blocks = [*summed, *known.blocks]
        known.calls += 1
        self.memory.free(*fresh)

    def forget_gradients(self) -> None:
        """The optimizer's zeroing, which sets them to none."""
        for known in self._gradients.values():
            self.memory.free(*known.blocks)
        self._gradients = {}

    def update_policy(self, rollout: list[Block]) -> None:
        """PPO: the rollout in one piece, then mini-batches through actor and critic."""
        memory, policy, algorithm = self.memory, self.config.policy, self.config.algorithm
        memory.phase, memory.part = "ppo", "PPO update"
        per_row = self.per_sequence(self.num_envs * self.config.num_steps_per_env)
        whole = [per_row(floats) for floats in (OBSERVATIONS, ACTION, ACTION, ACTION, 1, 1, 1, 1)]
        memory.free(*rollout)
        share = self.per_sequence(-(-self.num_envs * self.config.num_steps_per_env // algorithm.num_mini_batches))
        part = [share(floats) for floats in (OBSERVATIONS, ACTION, ACTION, ACTION, 1, 1, 1, 1)]
        activations = [share(2 * width) for width in (*policy.actor_hidden_dims, *policy.critic_hidden_dims)]
        activations += [share(ACTION) for _ in range(12)]
        widest = max(*policy.actor_hidden_dims, *policy.critic_hidden_dims)
        memory.free(share(widest), share(widest), *whole, *part, *activations)


def replay_mini_batches(memory: CachingAllocator, times: int, mini_batch: Callable[[], None], most_blocks: int) -> None:
    """So many, or as many as there is time for: later ones seldom find too little room where the first ones did not.

    :param most_blocks: taken since the replay began.
    """
    for _ in range(min(times, _MOST_MINI_BATCHES)):
        taken = memory.blocks_taken
        mini_batch()
        if 2 * memory.blocks_taken - taken > most_blocks:
            return


@dataclass
class GruCall:
    """What a call keeps for its backward pass; ``hidden`` goes into the next call."""

    steps: int
    sequences: int
    inputs: Block
    zeros: Block | None
    outputs: Block
    reserve: Block
    hidden: Block

    @property
    def kept(self) -> list[Block]:
        return [*([self.zeros] if self.zeros else []), self.inputs, self.outputs, self.reserve]


def call_gru(
    learner: Learner, sequences: int, steps: int, given: Block | None, part: str = "dynamics activations"
) -> GruCall:
    """Inputs, their copy in time order, outputs, hidden state, workspace, reserve; zeros where none is ``given``."""
    memory, gru, per = learner.memory, learner.gru, learner.per_sequence(sequences)
    memory.part = part
    inputs = per(INPUT * steps)
    zeros = per(gru.layers * gru.hidden) if given is None else None
    copies = [per(INPUT * steps)] if steps > 1 else []
    outputs = per(gru.hidden * steps)
    hidden = per(gru.layers * gru.hidden)
    memory.part = "cuDNN workspace"
    workspace = memory.take(gru.workspace_bytes(sequences, steps, backward=False))
    memory.part = part
    reserve = memory.take(gru.reserve_bytes(sequences, steps))
    memory.free(workspace, *copies)
    return GruCall(steps, sequences, inputs, zeros, outputs, reserve, hidden)


def backpropagate_gru(
    learner: Learner, base: str, call: GruCall, of_outputs: Block, of_hidden: Block | None, given: Block | None
) -> list[Block]:
    """Gradients of the hidden state that went in and of the inputs, where another call gave them; frees all else.

    :param of_hidden: None for the last call, whose hidden state went nowhere.
    :param given: the hidden state that went in, where it is another call's.
    """
    memory, gru, per = learner.memory, learner.gru, learner.per_sequence(call.sequences)
    several = call.steps > 1
    nothing = None if of_hidden else per(gru.layers * gru.hidden)
    copies = [per(INPUT * call.steps), per(gru.hidden * call.steps)] if several else []
    of_inputs, outgoing = per(INPUT * call.steps), per(gru.layers * gru.hidden)
    part, memory.part = memory.part, "cuDNN workspace"
    memory.free(memory.take(gru.workspace_bytes(call.sequences, call.steps, backward=True)))
    memory.part = part
    memory.free(*reversed(copies))
    again = [per(INPUT * call.steps)] if several else []
    memory.part = "parameters and optimizers"
    weights = memory.take(gru.weight_bytes)
    memory.part = "cuDNN workspace"
    memory.free(memory.take(gru.workspace_bytes(call.sequences, call.steps, backward=True)))
    memory.part = part
    memory.free(*again, *([nothing] if nothing else []))
    if not given:
        memory.free(of_inputs, outgoing)
    memory.free(of_outputs, *(block for block in (of_hidden, given) if block), *call.kept)
    learner.add_gradients(base, [weights], gru.tensor_bytes[:-1])
    return [outgoing, of_inputs] if given else []


@dataclass
class MemberStep:
    """What one member's state heads keep for their backward pass, in the order of the forward pass."""

    mean_layers: list[Block]
    logstd_layers: list[Block]
    below_upper: Block
    above_lower: Block
    std: Block


@dataclass
class StateStep:
    """One forecast step of the state, of all sequences that went through it together."""

    members: list[MemberStep]
    noise: Block
    error: Block
    noise_fed_back: Block
    joined: list[Block]
    current: Block


def predict_state(learner: Learner, sequences: int, members: int, before: StateStep | None) -> StateStep:
    """Each member's mean and softly bounded log-std of its share; a sampled error and the state that goes in next."""
    memory, per = learner.memory, learner.per_sequence(sequences)
    kept, means = [], []
    for _ in range(members):
        mean, member = _predict_member(learner, sequences // members)
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
    return StateStep(kept, noise, error, noise_fed_back, joined, current)


def _predict_member(learner: Learner, sequences: int) -> tuple[Block, MemberStep]:
    memory, per = learner.memory, learner.per_sequence(sequences)
    mean_layers = hidden_layers(memory, per, learner.architecture.state_mean_shape)
    residual, mean = per(STATE), per(STATE)
    memory.free(residual)
    logstd_layers = hidden_layers(memory, per, learner.architecture.state_logstd_shape)
    logstd = per(STATE)
    below_upper, soft, upper = per(STATE), per(STATE), per(STATE)
    memory.free(soft, logstd)
    above_lower, soft, lower = per(STATE), per(STATE), per(STATE)
    memory.free(soft, upper)
    std = per(STATE)
    memory.free(lower)
    return mean, MemberStep(mean_layers, logstd_layers, below_upper, above_lower, std)


def backpropagate_state(
    learner: Learner, sequences: int, step: StateStep, steps_in: int, of_next: Block | None
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
    memory, per = learner.memory, learner.per_sequence(sequences)
    architecture, hidden = learner.architecture, learner.gru.hidden
    gradient = per(STATE)
    memory.free(member.std, *([of_std] if of_std else []))
    following = per(STATE)
    memory.free(gradient, member.above_lower)
    memory.free(per(STATE))
    gradient = per(STATE)
    memory.free(following)
    following = per(STATE)
    memory.free(gradient, member.below_upper)
    gradient = per(STATE)
    memory.free(following)
    of_logstd = backpropagate_layers(
        learner, f"log-std {index}", sequences, gradient, member.logstd_layers, architecture.state_logstd_shape, hidden
    )
    of_mean = backpropagate_layers(
        learner, f"mean {index}", sequences, None, member.mean_layers, architecture.state_mean_shape, hidden
    )
    memory.free(of_mean)
    return of_logstd


def hidden_layers(memory: CachingAllocator, per: Take, widths: tuple[int, ...]) -> list[Block]:
    activations = []
    for width in widths:
        before = per(width)
        activations.append(per(width))
        memory.free(before)
    return activations


def backpropagate_layers(
    learner: Learner,
    weights: str,
    rows: int,
    gradient: Block | None,
    activations: list[Block],
    widths: tuple[int, ...],
    inputs: int,
    *,
    of_steps: bool = False,
) -> Block:
    """The gradient of the layers' inputs, given that of their outputs; frees that and the activations.

    :param of_steps: whether the rows are sequences by steps, which torch multiplies in another order.
    """
    memory, per = learner.memory, learner.per_sequence(rows)
    before = (inputs, *widths[:-1])
    for block, width, width_in in zip(reversed(activations), reversed(widths), reversed(before), strict=True):
        of_activation = per(width)
        if gradient:
            memory.free(gradient)
        own = per(width)
        memory.free(of_activation, block)
        size = FLOAT * width * width_in
        if of_steps:
            memory.free(memory.take(_bias_sum_bytes(width, rows)))
            fresh = [memory.take(size)] if size >= _SMALLEST else []
            gradient = per(width_in)
        else:
            gradient = per(width_in)
            fresh = [memory.take(size)] if size >= _SMALLEST else []
            memory.free(memory.take(_bias_sum_bytes(width, rows)))
        memory.free(own)
        learner.add_gradients(f"{weights} {width_in}", fresh, [size] if fresh else [])
    if gradient is None:
        gradient = per(inputs)
    return gradient


def _bias_sum_bytes(width: int, rows: int) -> int:
    """Torch sums the gradient of a layer's bias over many rows in pieces of 16 rows, four pieces at a time."""
    pieces = -(-rows // 64) * 4
    return FLOAT * width * 32 * pieces


def head_shapes(architecture: ArchitectureConfig) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Hidden widths and outputs of a member's four heads."""
    return (
        (architecture.state_mean_shape, STATE),
        (architecture.state_logstd_shape, STATE),
        (architecture.contact_shape, CONTACT),
        (architecture.termination_shape, TERMINATION),
    )


def head_parameters(architecture: ArchitectureConfig) -> int:
    """Of one member."""
    shapes = head_shapes(architecture)
    return sum(_mlp((architecture.rnn_hidden_size, *widths, output)) for widths, output in shapes) + 2 * STATE


def dynamics_parameters(config: AgentConfig) -> int:
    """Two GRUs and the heads of every member, as the checkpoints hold them."""
    architecture = config.system_dynamics.architecture_config
    gru = GruShape(INPUT, architecture.rnn_hidden_size, architecture.rnn_num_layers)
    return 2 * gru.weight_bytes // FLOAT + config.system_dynamics.ensemble_size * head_parameters(architecture)


def policy_parameters(config: AgentConfig) -> int:
    """Actor, critic and the standard deviation."""
    actor = _mlp((OBSERVATIONS, *config.policy.actor_hidden_dims, ACTION))
    return actor + _mlp((OBSERVATIONS, *config.policy.critic_hidden_dims, 1)) + ACTION


def _mlp(sizes: tuple[int, ...]) -> int:
    return sum((width_in + 1) * width_out for width_in, width_out in pairwise(sizes))
