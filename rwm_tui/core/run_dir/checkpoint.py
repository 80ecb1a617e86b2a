"""A checkpoint `model_N.pt` of rsl_rl, read without torch: tensors, counters, and whether all is finite."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.run_dir.plain_pickle import Call, ForbiddenContentError, Global, StorageReference, read_pickle
from rwm_tui.core.run_dir.torch_archive import DAMAGED, ITEM_BYTES, TorchArchive, numbers_of, open_archive
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

POLICY = "model_state_dict"
DYNAMICS = "system_dynamics_state_dict"
POLICY_OPTIMIZER = "optimizer_state_dict"
DYNAMICS_OPTIMIZER = "system_dynamics_optimizer_state_dict"
ACTOR = "actor_state_dict"  # rsl_rl 4 and later write these two instead of model_state_dict
CRITIC = "critic_state_dict"

_STATES = frozenset({POLICY, DYNAMICS, ACTOR, CRITIC})

_REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2"
_REBUILD_PARAMETER = "torch._utils._rebuild_parameter"
_CALLABLE = frozenset({_REBUILD_TENSOR, _REBUILD_PARAMETER, "torch.device", "torch.Size"})
_DTYPE_OF_STORAGE = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
_FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})
_MAX_PLAIN_DEPTH = 8
_MAX_PLAIN_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Shape and type of a tensor, and where its numbers lie: number `offset` of storage `storage`, without gaps."""

    shape: tuple[int, ...]
    dtype: str
    storage: str
    offset: int

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class OptimizerEntry:
    """Adam's state for one parameter. `step` is None where none is stored; `moments` has exp_avg and exp_avg_sq."""

    step: float | None
    moments: Mapping[str, TensorInfo]


@dataclass(frozen=True, slots=True)
class OptimizerState:
    """Adam's state by parameter index, and how many parameters its groups name."""

    entries: Mapping[int, OptimizerEntry]
    parameter_count: int

    @property
    def steps(self) -> frozenset[float | None]:
        """The distinct step counters; of one element after an ordinary update."""
        return frozenset(entry.step for entry in self.entries.values())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a readable checkpoint says.

    Attributes:
        size_bytes: of the file.
        archive_name: the name the file was saved under, without its ending (torch keeps it inside).
        keys: of the saved dictionary, in order.
        state_dicts: by key, tensors by name (rsl_rl 4 and later: actor_state_dict and critic_state_dict).
        optimizers: by key.
        iteration: the last finished iteration.
        infos: plain values; what is not plain is left out.
        checksums: CRC-32 of each storage as the archive records it; `scan_numbers` holds the content against it.
    """

    path: Path
    size_bytes: int
    archive_name: str
    keys: tuple[str, ...]
    state_dicts: Mapping[str, Mapping[str, TensorInfo]]
    optimizers: Mapping[str, OptimizerState]
    iteration: int | Absent
    infos: object
    checksums: Mapping[str, int]

    def tensors(self, key: str) -> Mapping[str, TensorInfo]:
        """The tensors of a state dict; none where the checkpoint has no such key."""
        return self.state_dicts.get(key, {})

    def fingerprint(self, key: str) -> Mapping[str, tuple[tuple[int, ...], str, int, int]]:
        """Shape, type, place and checksum of each tensor: equal where two checkpoints hold the same numbers."""
        return {
            name: (tensor.shape, tensor.dtype, tensor.offset, self.checksums.get(tensor.storage, 0))
            for name, tensor in self.tensors(key).items()
        }


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


def read_checkpoint(path: Path) -> Checkpoint | Absent | Unreadable:
    """What the checkpoint says; nothing in it is executed, and what can't be read is a finding that names why."""
    archive = open_archive(path)
    if not isinstance(archive, TorchArchive):
        return archive
    with archive:
        try:
            saved = read_pickle(archive.pickle(), _CALLABLE)
            if not isinstance(saved, dict):
                return Unreadable("not-a-checkpoint", "the file holds something else than a dictionary of states")
            return _Reader(archive).checkpoint(path, saved)
        except ForbiddenContentError as error:
            return Unreadable("forbidden-content", str(error)[:200])
        except (*DAMAGED, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])


def scan_numbers(checkpoint: Checkpoint) -> NumberScan | Unreadable:
    """Looks at every number of the state dicts and of the optimizers' moments.

    Every storage that is looked at is also checked against the archive's checksum.
    """
    archive = open_archive(checkpoint.path)
    if isinstance(archive, Absent):
        return Unreadable("not-read", archive.reason)
    if isinstance(archive, Unreadable):
        return archive
    tensors = [(key, name, tensor) for key in checkpoint.keys for name, tensor in _named_tensors(checkpoint, key)]
    if sum(tensor.numbers for _, _, tensor in tensors) > checkpoint.size_bytes:
        return Unreadable("forbidden-content", "its tensors hold more numbers than the file has room for")
    non_finite: list[NonFinite] = []
    all_zero: dict[str, set[str]] = {}
    with archive:
        try:
            little_endian = archive.is_little_endian()
            for key, name, tensor in tensors:
                data = _numbers_in(archive, tensor)
                if count := _count_non_finite(data, tensor.dtype, little_endian):
                    non_finite.append(NonFinite(key, name, count, tensor.numbers))
                elif data and not any(data[:64]) and data.count(0) == len(data):
                    all_zero.setdefault(key, set()).add(name)
        except (*DAMAGED, KeyError, MemoryError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])
    return NumberScan(tuple(non_finite), {key: frozenset(names) for key, names in all_zero.items()})


def _named_tensors(checkpoint: Checkpoint, key: str) -> Iterator[tuple[str, TensorInfo]]:
    yield from checkpoint.tensors(key).items()
    if optimizer := checkpoint.optimizers.get(key):
        for index, entry in optimizer.entries.items():
            for name, tensor in entry.moments.items():
                yield f"state[{index}].{name}", tensor


def _numbers_in(archive: TorchArchive, tensor: TensorInfo) -> bytes:
    size = ITEM_BYTES[tensor.dtype]
    return archive.read_storage(tensor.storage)[tensor.offset * size : (tensor.offset + tensor.numbers) * size]


def _count_non_finite(data: bytes, dtype: str, little_endian: bool) -> int:
    if dtype not in _FLOATING or not _may_hold_non_finite(data, dtype, little_endian):
        return 0
    return sum(not math.isfinite(number) for number in numbers_of(data, dtype, little_endian=little_endian))


def _may_hold_non_finite(data: bytes, dtype: str, little_endian: bool) -> bool:
    """NaN and infinities have all exponent bits set. The highest byte alone rules them out in almost every tensor."""
    if dtype == "float16":
        return True
    size = ITEM_BYTES[dtype]
    highest = data[size - 1 if little_endian else 0 :: size]
    return b"\x7f" in highest or b"\xff" in highest


class _Reader:
    def __init__(self, archive: TorchArchive) -> None:
        self._archive = archive
        self._little_endian = archive.is_little_endian()

    def checkpoint(self, path: Path, saved: dict[object, object]) -> Checkpoint:
        dictionaries = {key: value for key, value in saved.items() if isinstance(key, str) and isinstance(value, dict)}
        optimizers = {key: value for key, value in dictionaries.items() if key.endswith("optimizer_state_dict")}
        states = {key: value for key, value in dictionaries.items() if key in _STATES and key not in optimizers}
        return Checkpoint(
            path=path,
            size_bytes=path.stat().st_size,
            archive_name=self._archive.prefix,
            keys=tuple(str(key) for key in saved),
            state_dicts={
                key: {str(name): self._tensor(value) for name, value in state.items()} for key, state in states.items()
            },
            optimizers={key: self._optimizer(optimizer) for key, optimizer in optimizers.items()},
            iteration=_iteration(saved.get("iter")),
            infos=_plain(saved.get("infos")),
            checksums=self._archive.storage_checksums(),
        )

    def _optimizer(self, saved: dict[object, object]) -> OptimizerState:
        state, groups = saved.get("state"), saved.get("param_groups")
        if not isinstance(state, dict) or not isinstance(groups, list):
            raise ValueError("an optimizer state without state or param_groups")
        counts = [len(group["params"]) for group in groups if isinstance(group, dict)]
        entries = {index: self._entry(entry) for index, entry in state.items() if isinstance(index, int)}
        return OptimizerState(entries, sum(counts))

    def _entry(self, entry: object) -> OptimizerEntry:
        if not isinstance(entry, dict):
            raise ValueError("an optimizer entry that is no dictionary")
        moments = {name: self._tensor(entry[name]) for name in ("exp_avg", "exp_avg_sq") if name in entry}
        return OptimizerEntry(self._step(entry.get("step")), moments)

    def _step(self, value: object) -> float | None:
        """Older torch keeps the counter as a number, newer as a tensor of one element."""
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return None if value is None else float(value)
        tensor = self._tensor(value)
        if tensor.numbers != 1 or tensor.dtype not in ("float32", "float64", "int64"):
            raise ValueError("an optimizer's step that is no number")
        size = ITEM_BYTES[tensor.dtype]
        data = self._archive.read_storage(tensor.storage)[tensor.offset * size : (tensor.offset + 1) * size]
        if tensor.dtype == "int64":
            return float(struct.unpack("<q" if self._little_endian else ">q", data)[0])
        return float(numbers_of(data, tensor.dtype, little_endian=self._little_endian)[0])

    def _tensor(self, value: object) -> TensorInfo:
        if isinstance(value, Call) and str(value.function) == _REBUILD_PARAMETER and value.arguments:
            value = value.arguments[0]
        if not isinstance(value, Call) or str(value.function) != _REBUILD_TENSOR or len(value.arguments) < 4:
            raise ValueError("a state holds something that is no tensor")
        reference, offset = value.arguments[:2]
        shape, stride = _sizes(value.arguments[2]), _sizes(value.arguments[3])
        if not isinstance(reference, StorageReference):
            raise ValueError("a tensor without storage")
        dtype, key, numbers = _storage(reference)
        if type(offset) is not int:
            raise ValueError("a tensor without place in its storage")
        tensor = TensorInfo(shape, dtype, key, offset)
        if tensor.numbers and not _is_gapless(shape, stride):
            raise ValueError("a tensor whose numbers do not follow each other")
        if offset < 0 or offset + tensor.numbers > numbers:
            raise ValueError("a tensor that is larger than its storage")
        if self._archive.storage_bytes(key) != numbers * ITEM_BYTES[dtype]:
            raise ValueError(f"storage {key[:20]} is missing or of another size than its tensors")
        return tensor


def _storage(reference: StorageReference) -> tuple[str, str, int]:
    """Type, key and count of numbers, from `("storage", <type>, <key>, <device>, <count>)`."""
    if len(reference.fields) != 5 or reference.fields[0] != "storage":
        raise ValueError("a reference to something that is no storage")
    kind, key, count = reference.fields[1], reference.fields[2], reference.fields[4]
    if not isinstance(kind, Global) or not isinstance(key, str) or not isinstance(count, int):
        raise ValueError("a storage without type, key or size")
    if kind.module != "torch" or kind.name not in _DTYPE_OF_STORAGE:
        raise ForbiddenContentError(f"the file names {kind} as a storage")
    return _DTYPE_OF_STORAGE[kind.name], key, count


def _sizes(value: object) -> tuple[int, ...]:
    sizes = [size for size in value if type(size) is int and size >= 0] if isinstance(value, tuple) else []
    if not isinstance(value, tuple) or len(sizes) != len(value):
        raise ValueError("a tensor without shape")
    return tuple(sizes)


def _is_gapless(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether the numbers follow each other row by row; the stride of an axis of length 1 is never used."""
    expected = 1
    for size, step in zip(reversed(shape), reversed(stride), strict=True):
        if size > 1 and step != expected:
            return False
        expected *= size
    return True


def _iteration(value: object) -> int | Absent:
    if type(value) is int and value >= 0:
        return value
    return Absent("the checkpoint names no iteration")


def _plain(value: object, depth: int = 0) -> object:
    """Text, numbers, lists and dictionaries of them; anything else, or what is nested too deeply, becomes None."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth >= _MAX_PLAIN_DEPTH:
        return None
    if isinstance(value, list | tuple):
        return tuple(_plain(item, depth + 1) for item in value[:_MAX_PLAIN_ITEMS])
    if isinstance(value, dict):
        items = list(value.items())[:_MAX_PLAIN_ITEMS]
        return {str(key): _plain(item, depth + 1) for key, item in items}
    return None
