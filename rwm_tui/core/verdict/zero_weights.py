"""Zeros where training leaves none: weight matrices (no initialization makes such ones), an optimizer's moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.verdict.facts import CheckpointFacts
from rwm_tui.core.verdict.finding import Finding, against, disagrees


@dataclass(frozen=True, slots=True)
class ZeroWeights:
    """The matrices of one state that hold zeros only, of how many; a bias of zeros is an ordinary one."""

    key: str
    names: tuple[str, ...]
    matrices: int

    @property
    def is_whole_network(self) -> bool:
        return len(self.names) == self.matrices

    @property
    def observed(self) -> str:
        return f"zeros only, as in {len(self.names)} of {self.matrices} weight matrices"


def zero_weights(checkpoint: CheckpointFacts, keys: Iterable[str]) -> Iterator[ZeroWeights]:
    """For each of these states that has any."""
    if not isinstance(checkpoint.content, Checkpoint):
        return
    for key in keys:
        matrices = [
            name
            for name, tensor in checkpoint.content.tensors(key).items()
            if len(tensor.shape) > 1 and (name.endswith("weight") or ".weight_" in name)
        ]
        zero = tuple(name for name in matrices if name in checkpoint.numbers.all_zero.get(key, ()))
        if zero:
            yield ZeroWeights(key, zero, len(matrices))


def doubt_zero_weights(checkpoint: CheckpointFacts, keys: Iterable[str]) -> Iterator[Finding]:
    """A checkpoint with zeros in the place of weights is not what training wrote."""
    for zero in zero_weights(checkpoint, keys):
        reason = f"{checkpoint.name} holds nothing but zeros in {zero.key} › {zero.names[0][:80]}"
        yield disagrees(checkpoint.name, f"{zero.key} › {zero.names[0]}", zero.observed, "weights", reason)


def refute_zero_weights(checkpoint: CheckpointFacts, keys: Iterable[str], network: str) -> Iterator[Finding]:
    """The same for what training changes: a network of zeros alone was never updated, whatever the counters say."""
    for zero in zero_weights(checkpoint, keys):
        place = f"{zero.key} › {zero.names[0]}"
        if zero.is_whole_network:
            reason = f"in {checkpoint.name} every weight matrix of {network} is zero: it was never updated"
            yield against(checkpoint.name, place, zero.observed, "weights", reason)
        else:
            yield from doubt_zero_weights(checkpoint, [zero.key])


def has_no_gradient(checkpoint: CheckpointFacts, optimizer: str) -> bool:
    """Whether every moment that this optimizer keeps is zero; not where it keeps none."""
    content = checkpoint.content
    state = content.optimizers.get(optimizer) if isinstance(content, Checkpoint) else None
    moments = (
        {f"state[{index}].{name}" for index, entry in state.entries.items() for name in entry.moments}
        if state
        else set()
    )
    return bool(moments) and moments <= checkpoint.numbers.all_zero.get(optimizer, frozenset())
