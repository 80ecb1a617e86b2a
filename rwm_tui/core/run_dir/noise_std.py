"""The policy's action noise as a checkpoint keeps it, to be held against what the trainer logged."""

from __future__ import annotations

import math

from rwm_tui.core.run_dir.checkpoint import ACTOR, POLICY, Checkpoint
from rwm_tui.core.run_dir.tensor import tensor_contents
from rwm_tui.core.run_dir.torch_archive import DAMAGED, TorchArchive, numbers_of, open_archive
from rwm_tui.core.run_dir.unreadable import Absent

_MOST_NUMBERS = 1000  # one for each joint


def mean_noise_std(checkpoint: Checkpoint) -> float | Absent:
    """Mean of `std` (or of the exponentials of `log_std`), as rsl_rl logs it under Policy/mean_noise_std."""
    tensors = {**checkpoint.tensors(ACTOR), **checkpoint.tensors(POLICY)}
    name = next((name for name in ("std", "log_std") if name in tensors), None)
    if name is None or not 0 < tensors[name].numbers <= _MOST_NUMBERS:
        return Absent("the checkpoint holds no action noise")
    archive = open_archive(checkpoint.path)
    if not isinstance(archive, TorchArchive):
        return Absent(archive.reason)
    with archive:
        try:
            ((tensor, data),) = tensor_contents(archive, [tensors[name]])
            numbers = numbers_of(data, tensor.dtype, little_endian=archive.is_little_endian())
            return math.fsum(map(math.exp, numbers) if name == "log_std" else numbers) / len(numbers)
        except (*DAMAGED, KeyError, OverflowError, MemoryError) as error:
            return Absent(f"its action noise can't be read: {str(error) or type(error).__name__}"[:200])
