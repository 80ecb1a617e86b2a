"""Multi-layer perceptrons, built as the reference builds them so that parameter names agree."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh}


class MLP(nn.Sequential):
    """Linear layers with an activation between them: ``0``, ``2``, ``4``, … are the linear ones.

    :param sizes: widths from input to output, at least two.
    :param activation: a key of :data:`ACTIVATIONS`.
    """

    def __init__(self, sizes: Sequence[int], activation: str) -> None:
        layers: list[nn.Module] = []
        for width_in, width_out in pairwise(sizes):
            layers += [nn.Linear(width_in, width_out), ACTIVATIONS[activation]()]
        super().__init__(*layers[:-1])
