"""The tensors that both trainers have alike: shapes, and what passes through the world model take and give back.

Everything is taken from a :class:`CachingAllocator` in the order of the code, because what is reserved depends on it.
Sizes are floats per sequence.
"""

from collections.abc import Callable
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
OTHER_LIBRARIES_MIB = 8

Take = Callable[[float], Block]


@dataclass
class Learner:
    """A trainer's networks and sizes, and the memory that they are taken from.

    :param rows: how many rows of the replay buffer are filled, in the phase that is replayed now.
    """

    num_envs: int
    config: AgentConfig
    memory: CachingAllocator
    gru: GruShape = field(init=False)
    has_gradients: bool = False
    has_moments: bool = False
    backward_library: Block | None = None
    gradients: list[Block] = field(default_factory=list)

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
        """One copy of the world model's weights: both recurrent bases and every member's heads."""
        heads = FLOAT * head_parameters(self.architecture)
        sizes = [self.gru.weight_bytes] * 2 + [heads] * self.members
        return [self.memory.take(size) for size in sizes]

    def settle(self) -> None:
        """Networks and replay buffer, before the first rollout."""
        memory, algorithm = self.memory, self.config.algorithm
        memory.part = "libraries"
        memory.take(OTHER_LIBRARIES_MIB * MIB)
        memory.take(CUBLAS_MIB * MIB)
        memory.part = "parameters and optimizers"
        memory.take(FLOAT * policy_parameters(self.config))
        self.weight_blocks()
        memory.part = "replay buffer"
        memory.take(FLOAT * ROW * self.num_envs * algorithm.system_dynamics_replay_buffer_size)

    def roll_out(self) -> list[Block]:
        """What each step of the rollout is remembered by, until the policy has learned from it."""
        self.memory.phase, self.memory.part = "rollout", "rollout storage"
        per_env = self.per_sequence(self.num_envs)
        kept = []
        for _ in range(self.config.num_steps_per_env):
            kept += [per_env(floats) for floats in (OBSERVATIONS, ACTION, ACTION, ACTION, 4)]
        return kept

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


@dataclass
class GruCall:
    """What a call keeps for its backward pass; ``hidden`` goes into the next call."""

    steps: int
    sequences: int
    kept: list[Block]
    hidden: Block


def call_gru(learner: Learner, sequences: int, steps: int, given: Block | None) -> GruCall:
    """Inputs, their copy in time order, outputs, hidden state, workspace, reserve; zeros where none is ``given``."""
    memory, gru, per = learner.memory, learner.gru, learner.per_sequence(sequences)
    memory.part = "dynamics activations"
    kept = [per(INPUT * steps)]
    if given is None:
        kept.append(per(gru.layers * gru.hidden))
    copies = [per(INPUT * steps)] if steps > 1 else []
    kept.append(per(gru.hidden * steps))
    hidden = per(gru.layers * gru.hidden)
    memory.part = "cuDNN workspace"
    workspace = memory.take(gru.workspace_bytes(sequences, steps, backward=False))
    memory.part = "dynamics activations"
    kept.append(per(gru.reserve_floats * steps))
    memory.free(workspace, *copies)
    return GruCall(steps, sequences, kept, hidden)


def backpropagate_gru(learner: Learner, call: GruCall, incoming: list[Block]) -> list[Block]:
    """Gradients of the inputs and of the hidden state that went in; frees what the call kept and ``incoming``."""
    memory, gru, per = learner.memory, learner.gru, learner.per_sequence(call.sequences)
    several = call.steps > 1
    copies = [per(INPUT * call.steps), per(gru.hidden * call.steps)] if several else []
    outgoing = [per(INPUT * call.steps), per(gru.layers * gru.hidden)]
    part, memory.part = memory.part, "cuDNN workspace"
    memory.free(memory.take(gru.workspace_bytes(call.sequences, call.steps, backward=True)))
    memory.part = part
    again = [per(INPUT * call.steps)] if several else []
    memory.free(*copies)
    memory.part = "parameters and optimizers"
    weights = memory.take(gru.weight_bytes)
    memory.part = "cuDNN workspace"
    memory.free(memory.take(gru.workspace_bytes(call.sequences, call.steps, backward=True)))
    memory.part = part
    memory.free(*again, *incoming, *call.kept)
    if learner.has_gradients:
        memory.free(weights)
    else:
        learner.gradients.append(weights)
    return outgoing


@dataclass
class StateStep:
    """One forecast step of the state's heads: what backward needs, in the order of the forward pass."""

    mean_layers: list[Block]
    logstd_layers: list[Block]
    state_wide: list[Block]
    until_next_step: list[Block]


def predict_state(learner: Learner, sequences: int, before: StateStep | None) -> StateStep:
    """Mean and softly bounded log-std, a sampled error and the sampled state that goes in next."""
    memory, per = learner.memory, learner.per_sequence(sequences)
    mean_layers = hidden_layers(memory, per, learner.architecture.state_mean_shape)
    residual = per(STATE)
    mean = per(STATE)
    memory.free(residual)
    logstd_layers = hidden_layers(memory, per, learner.architecture.state_logstd_shape)
    logstd = per(STATE)
    below_upper, soft, upper = per(STATE), per(STATE), per(STATE)
    memory.free(soft, logstd)
    above_lower, soft, lower = per(STATE), per(STATE), per(STATE)
    memory.free(soft, upper)
    std = per(STATE)
    memory.free(lower)
    joined = [per(STATE), per(STATE)]
    memory.free(mean)
    if before:
        memory.free(*before.until_next_step[1:])
    noise, scaled, drawn = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    error = per(STATE)
    memory.free(drawn)
    memory.free(per(STATE))
    noise_fed_back, scaled, current = per(STATE), per(STATE), per(STATE)
    memory.free(scaled)
    if before:
        memory.free(before.until_next_step[0])
    kept = [below_upper, above_lower, std, noise, error, noise_fed_back]
    return StateStep(mean_layers, logstd_layers, kept, [current, *joined])


def backpropagate_state(learner: Learner, sequences: int, step: StateStep, steps_in: int) -> Block:
    """Down to the gradient of the GRU's outputs over ``steps_in`` steps, of which only the last one counts."""
    memory, per = learner.memory, learner.per_sequence(sequences)
    hidden = learner.gru.hidden
    gradient, other = per(STATE), per(STATE)
    for block in reversed(step.state_wide):
        following = per(STATE)
        memory.free(gradient, block)
        gradient = following
    of_logstd = backpropagate_layers(memory, per, step.logstd_layers, learner.architecture.state_logstd_shape, hidden)
    memory.free(gradient)
    of_mean = backpropagate_layers(memory, per, step.mean_layers, learner.architecture.state_mean_shape, hidden)
    memory.free(of_mean)
    of_features = per(hidden)
    memory.free(of_logstd, other)
    of_outputs = per(hidden * steps_in)
    memory.free(of_features)
    return of_outputs


def hidden_layers(memory: CachingAllocator, per: Take, widths: tuple[int, ...]) -> list[Block]:
    activations = []
    for width in widths:
        before = per(width)
        activations.append(per(width))
        memory.free(before)
    return activations


def backpropagate_layers(
    memory: CachingAllocator, per: Take, activations: list[Block], widths: tuple[int, ...], inputs: int
) -> Block:
    """The gradient of the layers' inputs."""
    gradient: Block | None = None
    for block, width in zip(reversed(activations), reversed(widths), strict=True):
        of_activation = per(width)
        if gradient:
            memory.free(gradient)
        gradient = per(width)
        memory.free(of_activation, block)
    of_inputs = per(inputs)
    if gradient:
        memory.free(gradient)
    return of_inputs


def head_shapes(architecture: ArchitectureConfig) -> tuple[tuple[int, ...], ...]:
    return (
        architecture.state_mean_shape,
        architecture.state_logstd_shape,
        architecture.contact_shape,
        architecture.termination_shape,
    )


def head_parameters(architecture: ArchitectureConfig) -> int:
    """Of one member."""
    outputs = (STATE, STATE, CONTACT, TERMINATION)
    shapes = zip(head_shapes(architecture), outputs, strict=True)
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
