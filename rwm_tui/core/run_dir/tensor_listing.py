"""A checkpoint as a list of its tensors, for a reader: names, shapes, types, and what their numbers are like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.digest import read_with_digest
from rwm_tui.core.run_dir.file_digest import FileDigest
from rwm_tui.core.run_dir.number_scan import NumberScan, scan_numbers
from rwm_tui.core.run_dir.tensor import TensorInfo
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

_FINITE = "finite"
_MOST_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class TensorRow:
    """One tensor. `numbers_are` is `finite`, or says in words what is not; `is_suspect` where that wants a look."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    numbers_are: str
    is_suspect: bool


@dataclass(frozen=True, slots=True)
class StateRows:
    """A state of the checkpoint, and what there is to say of it as a whole."""

    key: str
    remark: str
    rows: tuple[TensorRow, ...]


@dataclass(frozen=True, slots=True)
class TensorListing:
    """The whole file: `facts` are name and value of each thing that is not a tensor."""

    facts: tuple[tuple[str, str], ...]
    states: tuple[StateRows, ...]


def list_tensors(path: Path) -> TensorListing | Absent | Unreadable:
    """Every tensor of a checkpoint; reads all its numbers."""
    checkpoint, digest = read_with_digest(path, _MOST_BYTES)
    if not isinstance(checkpoint, Checkpoint):
        return checkpoint
    scan = scan_numbers(checkpoint)
    if isinstance(scan, Unreadable):
        return scan
    iteration = checkpoint.iteration
    facts = (
        ("iteration", f"unknown: {iteration.reason}" if isinstance(iteration, Absent) else str(iteration)),
        ("size", f"{checkpoint.size_bytes:,} bytes"),
        ("sha256", digest.sha256 if isinstance(digest, FileDigest) else f"unknown: {digest.reason}"),
        ("saved as", checkpoint.archive_name),
    )
    states = [_state(checkpoint, key, scan) for key in checkpoint.keys]
    return TensorListing(facts, tuple(state for state in states if state))


def _state(checkpoint: Checkpoint, key: str, scan: NumberScan) -> StateRows | None:
    if tensors := checkpoint.tensors(key):
        remark = f"{len(tensors)} tensors, {sum(tensor.numbers for tensor in tensors.values()):,} numbers"
        return StateRows(key, remark, tuple(_row(key, name, tensor, scan) for name, tensor in tensors.items()))
    if optimizer := checkpoint.optimizers.get(key):
        counters = sorted({"none" if step is None else f"{step:g}" for step in optimizer.steps})
        steps = ", ".join(counters[:4]) or "none yet"
        remark = f"{len(optimizer.entries)} of {optimizer.parameter_count} parameters have a state, steps: {steps}"
        rows = tuple(
            _row(key, f"state[{index}].{name}", tensor, scan)
            for index, entry in optimizer.entries.items()
            for name, tensor in entry.moments.items()
        )
        return StateRows(key, remark, rows)
    return None


def _row(key: str, name: str, tensor: TensorInfo, scan: NumberScan) -> TensorRow:
    bad = next((bad for bad in scan.non_finite if (bad.key, bad.name) == (key, name)), None)
    if bad:
        return TensorRow(name, tensor.shape, tensor.dtype, f"{bad.count:,} of {bad.numbers:,} not finite", True)
    if name in scan.all_zero.get(key, ()):
        return TensorRow(name, tensor.shape, tensor.dtype, "all zero", True)
    return TensorRow(name, tensor.shape, tensor.dtype, _FINITE if tensor.numbers else "empty", False)
