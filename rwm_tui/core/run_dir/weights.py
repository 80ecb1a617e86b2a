"""The numbers of a checkpoint's tensors, for whoever computes with them; read without torch and without a pickle."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.torch_archive import DAMAGED, ITEM_BYTES, TorchArchive, numbers_of, open_archive
from rwm_tui.core.run_dir.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Weights:
    """A tensor's shape and its numbers, row by row."""

    shape: tuple[int, ...]
    numbers: array[float]


def read_weights(checkpoint: Checkpoint, key: str) -> Mapping[str, Weights] | Unreadable:
    """The tensors of a state dict by name, all float32 and finite; else a finding that names the first other."""
    tensors = checkpoint.tensors(key)
    if not tensors:
        return Unreadable("not-a-checkpoint", f"it holds no {key}")
    if sum(tensor.numbers for tensor in tensors.values()) * ITEM_BYTES["float32"] > checkpoint.size_bytes:
        return Unreadable("forbidden-content", "its tensors hold more numbers than the file has room for")
    archive = open_archive(checkpoint.path)
    if not isinstance(archive, TorchArchive):
        return Unreadable("not-read", archive.reason)
    weights: dict[str, Weights] = {}
    with archive:
        try:
            little_endian = archive.is_little_endian()
            for name, tensor in tensors.items():
                if tensor.dtype != "float32":
                    return Unreadable("other-type", f"{key} › {name} is {tensor.dtype}, not float32")
                start, size = tensor.offset * ITEM_BYTES[tensor.dtype], tensor.numbers * ITEM_BYTES[tensor.dtype]
                data = archive.read_storage(tensor.storage)[start : start + size]
                numbers = numbers_of(data, tensor.dtype, little_endian=little_endian)
                if not all(map(math.isfinite, numbers)):
                    return Unreadable("not-finite", f"{key} › {name} holds NaN or infinite numbers")
                weights[name] = Weights(tensor.shape, numbers)
        except (*DAMAGED, KeyError, MemoryError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])
    return weights
