"""A checkpoint `model_N.pt` of rsl_rl 3 to 5, read without torch: its states, their tensors, and counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from rwm_tui.core.run_dir.plain_pickle import Call, ForbiddenContentError, Global, StorageReference, read_pickle
from rwm_tui.core.run_dir.tensor import TensorInfo, places_of
from rwm_tui.core.run_dir.torch_archive import (
    DAMAGED,
    ITEM_BYTES,
    NOT_ENOUGH_MEMORY,
    TooLargeError,
    TorchArchive,
    numbers_of,
    open_archive,
)
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

POLICY = "model_state_dict"
DYNAMICS = "system_dynamics_state_dict"
POLICY_OPTIMIZER = "optimizer_state_dict"
DYNAMICS_OPTIMIZER = "system_dynamics_optimizer_state_dict"
ACTOR = "actor_state_dict"  # rsl_rl 4 and later write these two instead of model_state_dict
CRITIC = "critic_state_dict"

_STATES = frozenset({POLICY, DYNAMICS, ACTOR, CRITIC})

_REBUILD_TENSOR = Global("torch._utils", "_rebuild_tensor_v2")
_REBUILD_PARAMETER = Global("torch._utils", "_rebuild_parameter")
_CALLABLES = frozenset({_REBUILD_TENSOR, _REBUILD_PARAMETER, Global("torch", "device"), Global("torch", "Size")})
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
_WHOLE_NUMBERS = frozenset({"int64", "int32", "int16", "int8", "uint8"})
_LARGEST_ITERATION = 2**53  # beyond it a float is another number
_ONLY_WHOLE_NUMBERS = frozenset({int})
_MAX_DIMENSIONS = 64  # torch's own limit
_MAX_PLAIN_DEPTH = 8
_MAX_PLAIN_ITEMS = 1000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OptimizerEntry:
    """Adam's state for one parameter. `step` is None where none is stored; `moments` are the tensors beside it."""

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
        state_dicts: by key, tensors by name (rsl_rl 4 and later: actor_state_dict and critic_state_dict). Of a state
            that is neither policy nor world model, e.g. a normalizer's, what is no tensor is left out.
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

    def fingerprint(self, key: str) -> Mapping[str, tuple[TensorInfo, int]]:
        """Shape, type, place and checksum of each tensor: equal where two checkpoints hold the same numbers."""
        return {
            name: (msgspec.structs.replace(tensor, storage=""), self.checksums.get(tensor.storage, 0))
            for name, tensor in self.tensors(key).items()
        }


def read_checkpoint(path: Path) -> Checkpoint | Absent | Unreadable:
    """What the checkpoint says; nothing in it is executed, and what can't be read is a finding that names why."""
    archive = open_archive(path)
    if not isinstance(archive, TorchArchive):
        return archive
    with archive:
        try:
            saved = read_pickle(archive.pickle(), _CALLABLES)
            if not isinstance(saved, dict):
                return Unreadable("not-a-checkpoint", "the file holds something else than a dictionary of states")
            return _Reader(archive).checkpoint(path, saved)
        except ForbiddenContentError as error:
            return Unreadable("forbidden-content", str(error)[:200])
        except TooLargeError as error:
            return Unreadable("too-large", str(error))
        except MemoryError:
            return NOT_ENOUGH_MEMORY
        except (*DAMAGED, IndexError, KeyError, TypeError, OverflowError) as error:
            return Unreadable("damaged", f"the file is damaged: {str(error) or type(error).__name__}"[:200])


class _Reader:
    def __init__(self, archive: TorchArchive) -> None:
        self._archive = archive
        self._little_endian = archive.is_little_endian()
        self._steps: dict[TensorInfo, float] = {}
        self._places: dict[tuple[object, object], int] = {}  # the same shapes return in weights and moments

    def checkpoint(self, path: Path, saved: dict[object, object]) -> Checkpoint:
        dictionaries = {key: value for key, value in saved.items() if isinstance(key, str) and isinstance(value, dict)}
        optimizers = {key: value for key, value in dictionaries.items() if key.endswith("optimizer_state_dict")}
        return Checkpoint(
            path=path,
            size_bytes=self._archive.size_bytes,
            archive_name=self._archive.prefix,
            keys=tuple(str(key) for key in saved),
            state_dicts={
                key: self._state(key, value)
                for key, value in dictionaries.items()
                if key.endswith("state_dict") and key not in optimizers
            },
            optimizers={key: self._optimizer(optimizer) for key, optimizer in optimizers.items()},
            iteration=_iteration(saved.get("iter")),
            infos=_Plain().of(saved.get("infos")),
            checksums=self._archive.storage_checksums(),
        )

    def _state(self, key: str, saved: dict[object, object]) -> dict[str, TensorInfo]:
        return {
            str(name): self._tensor(value) for name, value in saved.items() if key in _STATES or isinstance(value, Call)
        }

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
        moments = {
            str(name): self._tensor(value)
            for name, value in entry.items()
            if name != "step" and isinstance(value, Call)
        }
        return OptimizerEntry(self._step(entry.get("step")), moments)

    def _step(self, value: object) -> float | None:
        """Older torch keeps the counter as a number, newer as a tensor of one element."""
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return None if value is None else float(value)
        tensor = self._tensor(value)
        if tensor.numbers != 1 or tensor.dtype == "bool":
            raise ValueError("an optimizer's step that is no number")
        if tensor not in self._steps:
            self._steps[tensor] = self._number(tensor)
        return self._steps[tensor]

    def _number(self, tensor: TensorInfo) -> float:
        size = ITEM_BYTES[tensor.dtype]
        data = self._archive.read_storage(tensor.storage)[tensor.offset * size : (tensor.offset + 1) * size]
        if tensor.dtype in _WHOLE_NUMBERS:
            is_signed = tensor.dtype != "uint8"
            return float(int.from_bytes(data, "little" if self._little_endian else "big", signed=is_signed))
        return float(numbers_of(data, tensor.dtype, little_endian=self._little_endian)[0])

    def _tensor(self, value: object) -> TensorInfo:
        if isinstance(value, Call) and value.function == _REBUILD_PARAMETER and value.arguments:
            value = value.arguments[0]
        if not isinstance(value, Call) or value.function != _REBUILD_TENSOR or len(value.arguments) < 4:
            raise ValueError("a state holds something that is no tensor")
        reference, offset, shape, strides = value.arguments[:4]
        if not isinstance(reference, StorageReference):
            raise ValueError("a tensor without storage")
        dtype, key, numbers = self._storage(reference)
        if type(offset) is not int or offset < 0:
            raise ValueError("a tensor without place in its storage")
        if not isinstance(shape, tuple) or not isinstance(strides, tuple):
            raise ValueError("a tensor without shape")
        if offset + self._places_of(shape, strides) > numbers:
            raise ValueError("a tensor that is larger than its storage")
        return TensorInfo(shape, dtype, key, offset, strides)

    def _storage(self, reference: StorageReference) -> tuple[str, str, int]:
        """Type, key and count of numbers, from `("storage", <type>, <key>, <device>, <count>)`."""
        if len(reference.fields) != 5 or reference.fields[0] != "storage":
            raise ValueError("a reference to something that is no storage")
        _, kind, key, _, count = reference.fields
        if not isinstance(kind, Global) or not isinstance(key, str) or not isinstance(count, int):
            raise ValueError("a storage without type, key or size")
        if kind.module != "torch" or kind.name not in _DTYPE_OF_STORAGE:
            raise ForbiddenContentError(f"the file names {kind} as a storage")
        dtype = _DTYPE_OF_STORAGE[kind.name]
        if self._archive.storage_bytes.get(key) != count * ITEM_BYTES[dtype]:
            raise ValueError(f"storage {key[:20]} is missing or of another size than its tensors")
        return dtype, key, count

    def _places_of(self, shape: tuple[object, ...], strides: tuple[object, ...]) -> int:
        """How many places of a storage lie between the first and the last number of such a tensor, these included."""
        if not _ONLY_WHOLE_NUMBERS.issuperset(map(type, (*shape, *strides))):
            raise ValueError("a tensor whose shape is not of whole numbers")  # before hashing what may be nested deeply
        places = self._places.get((shape, strides))
        if places is None:
            self._places[shape, strides] = places = places_of(_sizes(shape), _sizes(strides))
        return places


def _sizes(value: tuple[object, ...]) -> tuple[int, ...]:
    sizes = tuple(size for size in value if type(size) is int and size >= 0)
    if len(sizes) != len(value) or len(sizes) > _MAX_DIMENSIONS:
        raise ValueError("a tensor whose shape is not of whole numbers")
    return sizes


def _iteration(value: object) -> int | Absent:
    if type(value) is int and 0 <= value <= _LARGEST_ITERATION:
        return value
    return Absent("the checkpoint names no iteration")


class _Plain:
    """Text, numbers, lists and dictionaries of them, as far as the first thousand.

    What is neither, or nested too deeply, becomes None. A list that holds another many times, which holds another many
    times, has few bytes and no end.
    """

    def __init__(self) -> None:
        self._left = _MAX_PLAIN_ITEMS

    def of(self, value: object, depth: int = 0) -> object:
        self._left -= 1
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if depth >= _MAX_PLAIN_DEPTH:
            return None
        if isinstance(value, list | tuple):
            return tuple(self.of(item, depth + 1) for item in self._few(value))
        if isinstance(value, dict):
            return {str(key): self.of(item, depth + 1) for key, item in self._few(value.items())}
        return None

    def _few(self, items: Iterable[_T]) -> Iterator[_T]:
        for item in items:
            if self._left <= 0:
                return
            yield item
