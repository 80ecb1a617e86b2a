"""A tensor of a checkpoint: what is said of it, and where its numbers lie."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal

import msgspec

from rwm_tui.core.run_dir.torch_archive import ITEM_BYTES, TooLargeError, TorchArchive

MAX_PIECES = 200_000  # rows of a tensor with gaps; the reference's largest has 768

_UNSIGNED_OF_SIZE: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


class TensorInfo(msgspec.Struct, frozen=True):
    """Shape and type of a tensor, and where its numbers lie.

    Attributes:
        storage: key of the storage, which other tensors may share.
        offset: place of the first number there.
        strides: for each axis, how many places lie between its neighbours.
    """

    shape: tuple[int, ...]
    dtype: str
    storage: str
    offset: int
    strides: tuple[int, ...]

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)

    @property
    def is_gapless(self) -> bool:
        """Whether the numbers follow each other row by row; the stride of an axis of length 1 is never used."""
        expected = 1
        for size, step in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size > 1 and step != expected:
                return False
            expected *= size
        return True


def places_of(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """How many places lie between the first number and the last, these included.

    Raises:
        ValueError: there is not one stride for each axis.
    """
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))


def tensor_contents(archive: TorchArchive, tensors: Iterable[TensorInfo]) -> Iterator[tuple[TensorInfo, bytes]]:
    """The numbers of each tensor row by row, ordered by storage: one that is shared is read once.

    Raises one of `torch_archive.DAMAGED`.
    """
    for storage, sharing in groupby(sorted(tensors, key=_storage_of), key=_storage_of):
        stored = archive.read_storage(storage)
        for tensor in sharing:
            yield tensor, _content_in(stored, tensor)


def _storage_of(tensor: TensorInfo) -> str:
    return tensor.storage


def _content_in(stored: bytes, tensor: TensorInfo) -> bytes:
    size = ITEM_BYTES[tensor.dtype]
    if tensor.is_gapless:
        return stored[tensor.offset * size : (tensor.offset + tensor.numbers) * size]
    if not tensor.numbers:
        return b""
    if tensor.numbers // tensor.shape[-1] > MAX_PIECES:
        raise TooLargeError(f"a tensor of it lies in more than {MAX_PIECES} pieces")
    items = memoryview(stored).cast(_UNSIGNED_OF_SIZE[size])
    return b"".join(_rows(items, tensor.offset, tensor.shape, tensor.strides))


def _rows(items: memoryview[int], place: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Iterator[bytes]:
    """The last axis at once; a transposed or repeated tensor has strides other than those of its shape."""
    length, step = shape[0], strides[0]
    if len(shape) > 1:
        for index in range(length):
            yield from _rows(items, place + index * step, shape[1:], strides[1:])
    elif step == 0:
        yield items[place : place + 1].tobytes() * length
    else:
        yield items[place : place + (length - 1) * step + 1 : step].tobytes()
