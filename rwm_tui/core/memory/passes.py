"""What passes through the world model take and give back, in the order of traces of the allocator on a GPU.

Both trainers have these alike (``scripts/trace_memory.py``); sizes are floats per sequence.
"""

from dataclasses import dataclass

from rwm_tui.core.memory.caching_allocator import Block, CachingAllocator
from rwm_tui.core.memory.learner import FLOAT, INPUT, SMALLEST, STATE, Learner, Take


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
    given: Block | None

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
    return GruCall(steps, sequences, inputs, zeros, outputs, reserve, hidden, given)


def backpropagate_gru(
    learner: Learner, base: str, call: GruCall, of_outputs: Block, of_hidden: Block | None, *, into_inputs: bool = True
) -> Block | None:
    """The gradient of the hidden state that went in, where another call gave it; frees all else.

    :param of_hidden: None for the last call, whose hidden state went nowhere.
    :param into_inputs: whether the inputs' gradient is added to something, and freed thereafter.
    """
    memory, gru, per = learner.memory, learner.gru, learner.per_sequence(call.sequences)
    given = call.given
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
    elif not into_inputs:
        memory.free(of_inputs)
    memory.free(of_outputs, *(block for block in (of_hidden, given) if block), *call.kept)
    learner.add_gradients(base, [weights], gru.tensor_bytes[:-1])
    if not given:
        return None
    if into_inputs:
        memory.free(of_inputs)
    return outgoing


@dataclass
class MemberStep:
    """What one member's state heads keep for their backward pass, in the order of the forward pass."""

    mean_layers: list[Block]
    logstd_layers: list[Block]
    below_upper: Block
    above_lower: Block
    std: Block


def predict_member(learner: Learner, sequences: int) -> tuple[Block, MemberStep]:
    """The mean, and what its backward pass needs."""
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


def backpropagate_logstd(
    learner: Learner, sequences: int, index: int, member: MemberStep, of_std: Block | None
) -> Block:
    """What the features of member ``index`` get from its standard deviation."""
    memory, per = learner.memory, learner.per_sequence(sequences)
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
    widths, hidden = learner.architecture.state_logstd_shape, learner.gru.hidden
    return backpropagate_layers(learner, f"log-std {index}", sequences, gradient, member.logstd_layers, widths, hidden)


def backpropagate_mean(learner: Learner, sequences: int, index: int, member: MemberStep) -> Block:
    """What the features of member ``index`` get from its mean."""
    widths, hidden = learner.architecture.state_mean_shape, learner.gru.hidden
    return backpropagate_layers(learner, f"mean {index}", sequences, None, member.mean_layers, widths, hidden)


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
        learner.begin_backward()
        if gradient:
            memory.free(gradient)
        own = per(width)
        memory.free(of_activation, block)
        size = FLOAT * width * width_in
        if of_steps:
            memory.free(memory.take(bias_sum_bytes(width, rows)))
            fresh = [memory.take(size)] if size >= SMALLEST else []
            gradient = per(width_in)
        else:
            gradient = per(width_in)
            fresh = [memory.take(size)] if size >= SMALLEST else []
            memory.free(memory.take(bias_sum_bytes(width, rows)))
        memory.free(own)
        learner.add_gradients(f"{weights} {width_in}", fresh, [size] if fresh else [])
    if gradient is None:
        gradient = per(inputs)
    return gradient


def bias_sum_bytes(width: int, rows: int) -> int:
    """Torch sums the gradient of a layer's bias over many rows in pieces of 16 rows, four pieces at a time."""
    pieces = -(-rows // 64) * 4
    return FLOAT * width * 32 * pieces
