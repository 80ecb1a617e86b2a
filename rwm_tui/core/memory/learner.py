"""A trainer's networks, and the tensors that both trainers have alike.

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
SMALLEST = 16 * 1024  # bytes of a weight matrix that counts
MOST_BLOCKS = 13_000
MOST_WORK = 17_000, 21_000  # in the first iteration and in all: a forecast answers within 50 ms

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
        return [size for size in sizes if size >= SMALLEST]

    def take_networks(self, *, moved: bool) -> None:
        """Policy and world model.

        :param moved: whether the world model, made on the device, is told to move there: its bases join their weights
            again.
        """
        memory = self.memory
        memory.part = "parameters and optimizers"
        memory.take(FLOAT * policy_parameters(self.config))
        joined = [self._join_weights() for _ in ("state", "contacts")]
        for _ in range(self.members):
            for size in self._head_matrices(head_shapes(self.architecture)):
                memory.take(size)
        for before in joined if moved else ():
            memory.take(self.gru.weight_bytes)
            memory.free(before)

    def _join_weights(self) -> Block:
        """cuDNN keeps all weights of a base in one piece."""
        scattered = [self.memory.take(size) for size in self.gru.tensor_bytes]
        joined = self.memory.take(self.gru.weight_bytes)
        self.memory.free(*scattered)
        return joined

    def take_buffer(self, widths: Iterable[float]) -> None:
        """The replay buffer.

        :param widths: floats of one row in each of its tensors.
        """
        self.memory.part = "replay buffer"
        per_row = self.per_sequence(self.num_envs * self.config.algorithm.system_dynamics_replay_buffer_size)
        for width in widths:
            per_row(width)

    def take_libraries(self) -> None:
        """What the first matrix product brings."""
        self.memory.part = "libraries"
        self.memory.take(CUBLAS_MIB * MIB)
        self.memory.take(CUBLAS_LT_MIB * MIB)

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
