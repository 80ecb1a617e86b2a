"""The widths of the weights at a world model's edges: how wide its observations were, by the checkpoint itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import DYNAMICS, POLICY, Checkpoint
from rwm_tui.core.run_dir.tensor import TensorInfo
from rwm_tui.core.verdict.reference import ACTION_WIDTH, CONTACT_WIDTH, POLICY_WIDTH, STATE_WIDTH, TERMINATION_WIDTH

STATE_AND_ACTION = "state + action"
_GRU_INPUT = "memory.rnn.weight_ih_l0"


@dataclass(frozen=True, slots=True)
class EdgeWidth:
    """One edge of the networks in a checkpoint.

    Attributes:
        group: the observation group whose width it has; the GRU reads two of them side by side.
        part: the edge in words.
        observed: the widths found there; one on a sound checkpoint, none where it has no such weights.
    """

    group: str
    part: str
    observed: frozenset[int]
    expected: int

    @property
    def agrees(self) -> bool:
        return self.observed == {self.expected}


def edge_widths(checkpoint: Checkpoint) -> tuple[EdgeWidth, ...]:
    """Every edge; none at all where the checkpoint has no world model with its policy."""
    dynamics, policy = checkpoint.tensors(DYNAMICS), checkpoint.tensors(POLICY)
    if not dynamics or not policy:
        return ()
    last = _last_layers(dynamics)
    gru = [tensor.shape[1] for name, tensor in dynamics.items() if name.endswith(_GRU_INPUT) and _is_matrix(tensor)]
    first = [
        policy[name].shape[1]
        for name in ("actor.0.weight", "critic.0.weight")
        if name in policy and _is_matrix(policy[name])
    ]
    state = _rows(last, "state_mean_layers") | _rows(last, "state_logstd_layers")
    return (
        EdgeWidth("policy", "actor and critic input", frozenset(first), POLICY_WIDTH),
        EdgeWidth("system_state", "state heads", state, STATE_WIDTH),
        EdgeWidth("system_action", "actor output", _rows(_last_layers(policy), "actor"), ACTION_WIDTH),
        EdgeWidth(STATE_AND_ACTION, "GRU input", frozenset(gru), STATE_WIDTH + ACTION_WIDTH),
        EdgeWidth("system_contact", "contact heads", _rows(last, "contact_layers"), CONTACT_WIDTH),
        EdgeWidth("system_termination", "termination heads", _rows(last, "termination_layers"), TERMINATION_WIDTH),
    )


def _last_layers(tensors: Mapping[str, TensorInfo]) -> dict[str, TensorInfo]:
    """The weight with the highest place in each sequence of layers, by the sequence's name."""
    places: dict[str, tuple[int, TensorInfo]] = {}
    for name, tensor in tensors.items():
        sequence, _, rest = name.removesuffix(".weight").rpartition(".")
        if not (name.endswith(".weight") and rest.isdecimal() and len(rest) < 4 and _is_matrix(tensor)):
            continue
        if sequence not in places or places[sequence][0] < int(rest):
            places[sequence] = (int(rest), tensor)
    return {sequence: tensor for sequence, (_, tensor) in places.items()}


def _rows(last: Mapping[str, TensorInfo], sequence: str) -> frozenset[int]:
    return frozenset(tensor.shape[0] for name, tensor in last.items() if name.rpartition(".")[2] == sequence)


def _is_matrix(tensor: TensorInfo) -> bool:
    return len(tensor.shape) == 2
