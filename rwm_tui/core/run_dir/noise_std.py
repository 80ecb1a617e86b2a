"""The policy's action noise as a checkpoint keeps it, to be held against what the trainer logged."""

from __future__ import annotations

import math

from rwm_tui.core.run_dir.checkpoint import ACTOR, POLICY, Checkpoint
from rwm_tui.core.run_dir.tensor import tensor_contents
from rwm_tui.core.run_dir.torch_archive import DAMAGED, TorchArchive, numbers_of, open_archive
from rwm_tui.core.run_dir.unreadable import Absent

_MOST_NUMBERS = 1000  # one for each joint


def mean_noise_std(checkpoint: Checkpoint) -> float | Absent:
    """Mean of `std`, as rsl_rl logs it under Policy/mean_noise_std: a view of the weights that are then saved.

    Of `log_std` it logs the exponentials that the last mini-batch began with, so that those are not comparable.
    """
    std = {**checkpoint.tensors(ACTOR), **checkpoint.tensors(POLICY)}.get("std")
    if std is None or not 0 < std.numbers <= _MOST_NUMBERS:
        return Absent("the checkpoint holds no action noise that could be compared")
    archive = open_archive(checkpoint.path)
    if not isinstance(archive, TorchArchive):
        return Absent(archive.reason)
    with archive:
        try:
            ((_, data),) = tensor_contents(archive, [std])
            numbers = numbers_of(data, std.dtype, little_endian=archive.is_little_endian())
            return math.fsum(numbers) / len(numbers)
        except (*DAMAGED, KeyError, OverflowError, MemoryError) as error:
            return Absent(f"its action noise can't be read: {str(error) or type(error).__name__}"[:200])
