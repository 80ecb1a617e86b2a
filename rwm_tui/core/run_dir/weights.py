"""The numbers of a checkpoint's tensors, for whoever computes with them; read without torch and without a pickle."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
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

MAX_WEIGHTS_BYTES = 256 * 1024 * 1024  # the reference's world model has 5.7 MB


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
    if sum(tensor.numbers for tensor in tensors.values()) * ITEM_BYTES["float32"] > MAX_WEIGHTS_BYTES:
        return Unreadable("too-large", f"its {key} has more than the {MAX_WEIGHTS_BYTES} bytes that are read")
    archive = open_archive(checkpoint.path)
    if not isinstance(archive, TorchArchive):
        return Unreadable("not-read", archive.reason)
    names: dict[TensorInfo, list[str]] = {}
    for name, tensor in tensors.items():
        names.setdefault(tensor, []).append(name)
    weights: dict[str, Weights] = {}
    with archive:
        try:
            little_endian = archive.is_little_endian()
            for tensor, data in tensor_contents(archive, names):
                if tensor.dtype != "float32":
                    return Unreadable("other-type", f"{key} › {names[tensor][0]} is {tensor.dtype}, not float32")
                numbers = numbers_of(data, tensor.dtype, little_endian=little_endian)
                if not all(map(math.isfinite, numbers)):
                    return Unreadable("not-finite", f"{key} › {names[tensor][0]} holds NaN or infinite numbers")
                for name in names[tensor]:
                    weights[name] = Weights(tensor.shape, numbers)
        except TooLargeError as error:
            return Unreadable("too-large", str(error))
        except MemoryError:
            return NOT_ENOUGH_MEMORY
        except (*DAMAGED, KeyError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])
    return {name: weights[name] for name in tensors}
