"""What one call of cuDNN's GRU keeps and needs, in bytes.

Read off 332 measured calls over batch, steps, hidden size, layers and inputs on an H100
(``scripts/measure_memory.py --gru``), which these shapes meet to some KiB, but for inputs wider than a narrow layer. A
wide layer takes an algorithm with a far smaller workspace than a narrow one: the last narrow width measured is 192
forward (the next, 208, is wide) and 128 backward (144 is wide).
"""

from dataclasses import dataclass

_FLOAT = 4
_PER_LAYER_BYTES = 8 * 2**20
_BESIDE_BYTES = 256
_LENGTH_FLOATS = 2  # each sequence's length
_NARROW_FORWARD_UP_TO, _NARROW_BACKWARD_UP_TO = 192, 128
_SHORT_UP_TO = 8  # steps: in so few, a stack of wide layers holds its inputs twice; in 24 once


@dataclass(frozen=True)
class GruShape:
    """Layers of one width over inputs of another."""

    inputs: int
    hidden: int
    layers: int

    @property
    def weight_bytes(self) -> int:
        """Three gates per layer, with two biases each."""
        widths = [self.inputs] + [self.hidden] * (self.layers - 1)
        return _FLOAT * sum(3 * self.hidden * (width + self.hidden + 2) for width in widths)

    @property
    def tensor_bytes(self) -> list[int]:
        """The weights one by one, as they stand in the parameters."""
        widths = [self.inputs] + [self.hidden] * (self.layers - 1)
        gates = 3 * self.hidden
        return [_FLOAT * gates * size for width in widths for size in (width, self.hidden, 1, 1)]

    def reserve_bytes(self, sequences: int, steps: int) -> int:
        """Kept for the backward pass beside the outputs."""
        return _FLOAT * sequences * steps * (7 * self.layers - 1) * self.hidden + _BESIDE_BYTES

    def workspace_bytes(self, sequences: int, steps: int, *, backward: bool) -> int:
        """Needed while the call runs."""
        hidden, inputs, layers = self.hidden, self.inputs, self.layers
        if hidden <= (_NARROW_BACKWARD_UP_TO if backward else _NARROW_FORWARD_UP_TO):
            once = 6 * hidden * layers
            per_step = (19 if layers > 1 else 18) * hidden + 2 * inputs
        else:
            once = 5 * hidden * layers
            per_step = 4 * hidden + (inputs if layers > 1 and steps > _SHORT_UP_TO else 2 * inputs)
        biases = _FLOAT * 6 * hidden * layers
        fixed = layers * _PER_LAYER_BYTES + self.weight_bytes - biases + _BESIDE_BYTES
        return fixed + _FLOAT * sequences * (once + _LENGTH_FLOATS + steps * per_step)
