"""Every number of a checkpoint looked at: those that are not finite, and tensors of zeros alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.tensor import TensorInfo, tensor_contents
from rwm_tui.core.run_dir.torch_archive import (
    DAMAGED,
    ITEM_BYTES,
    NOT_ENOUGH_MEMORY,
    TooLargeError,
    TorchArchive,
    numbers_of,
    open_archive,
)
from rwm_tui.core.run_dir.unreadable import Unreadable

# NaN and infinities have all exponent bits set: what the highest byte of such a number can be.
_WHERE_NOT_FINITE: Mapping[str, bytes] = {
    "float64": b"\x7f\xff",
    "float32": b"\x7f\xff",
    "bfloat16": b"\x7f\xff",
    "float16": b"\x7c\x7d\x7e\x7f\xfc\xfd\xfe\xff",
}

_AT_ONCE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NonFinite:
    """A tensor that holds NaN or infinities, and how many of them; `key` is the state it belongs to."""

    key: str
    name: str
    count: int
    numbers: int


@dataclass(frozen=True, slots=True)
class NumberScan:
    """What the numbers of a checkpoint are like: those that are not finite, and tensors of zeros alone, by key."""

    non_finite: tuple[NonFinite, ...]
    all_zero: Mapping[str, frozenset[str]]


def scan_numbers(checkpoint: Checkpoint) -> NumberScan | Unreadable:
    """Looks at every number of the state dicts and of the optimizers' moments.

    Every storage that is looked at is also checked against the archive's checksum.
    """
    archive = open_archive(checkpoint.path)
    if not isinstance(archive, TorchArchive):
        return archive if isinstance(archive, Unreadable) else Unreadable("not-read", archive.reason)
    tensors = [(key, name, tensor) for key in checkpoint.keys for name, tensor in _named_tensors(checkpoint, key)]
    distinct = {tensor for _, _, tensor in tensors}
    non_finite: dict[TensorInfo, int] = {}
    all_zero: set[TensorInfo] = set()
    with archive:
        if sum(tensor.numbers for tensor in distinct) > archive.stored_bytes:
            return Unreadable("forbidden-content", "its tensors hold more numbers than its storages have bytes")
        try:
            little_endian = archive.is_little_endian()
            for tensor, data in tensor_contents(archive, distinct):
                if count := _count_non_finite(data, tensor.dtype, little_endian):
                    non_finite[tensor] = count
                elif data and not any(data[:64]) and data.count(0) == len(data):
                    all_zero.add(tensor)
        except TooLargeError as error:
            return Unreadable("too-large", str(error))
        except MemoryError:
            return NOT_ENOUGH_MEMORY
        except (*DAMAGED, KeyError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])
    zeros: dict[str, set[str]] = {}
    for key, name, tensor in tensors:
        if tensor in all_zero:
            zeros.setdefault(key, set()).add(name)
    named = (NonFinite(key, name, non_finite.get(tensor, 0), tensor.numbers) for key, name, tensor in tensors)
    return NumberScan(
        tuple(tensor for tensor in named if tensor.count), {key: frozenset(names) for key, names in zeros.items()}
    )


def _named_tensors(checkpoint: Checkpoint, key: str) -> Iterator[tuple[str, TensorInfo]]:
    yield from checkpoint.tensors(key).items()
    if optimizer := checkpoint.optimizers.get(key):
        for index, entry in optimizer.entries.items():
            for name, tensor in entry.moments.items():
                yield f"state[{index}].{name}", tensor


def _count_non_finite(data: bytes, dtype: str, little_endian: bool) -> int:
    """Only where a highest byte gives cause are the numbers themselves looked at."""
    if dtype not in _WHERE_NOT_FINITE:
        return 0
    size = ITEM_BYTES[dtype]
    count = 0
    for begin in range(0, len(data), _AT_ONCE_BYTES):  # what is made of a part takes several times its place
        part = data[begin : begin + _AT_ONCE_BYTES]
        highest = part[size - 1 if little_endian else 0 :: size]
        if any(byte in highest for byte in _WHERE_NOT_FINITE[dtype]):
            count += sum(not math.isfinite(number) for number in numbers_of(part, dtype, little_endian=little_endian))
    return count
