"""The part of the pickle format that `torch.save` writes, read as data.

Nothing is imported or called: a small stack machine over the opcodes (Python's `pickletools` names them) builds
plain values, and a reference to a class or function stays a `Global`, a pair of names. What torch's own rebuilding
functions would have made of their arguments becomes a `Call`, if the caller allows that function by name.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Collection
from dataclasses import dataclass

MAX_MEMO = 1_000_000


class ForbiddenContentError(ValueError):
    """The pickle holds something that a checkpoint of this field does not need."""


@dataclass(frozen=True, slots=True)
class Global:
    """A class or function, by name only."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function that was to be called, and with what."""

    function: Global
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class StorageReference:
    """torch's persistent id: what it says about a storage that lies beside the pickle."""

    fields: tuple[object, ...]


class _Mark:
    """Where a MARK opcode stands on the stack."""


def read_pickle(data: bytes, callable_names: Collection[str]) -> object:
    """The pickled value with its calls and references left as data.

    Args:
        data: the pickle.
        callable_names: functions, as `module.name`, that may appear as calls.

    Raises:
        ForbiddenContentError: another function or class, or an opcode that torch.save does not write.
        ValueError, IndexError, KeyError, TypeError, EOFError: it is no sound pickle.
    """
    machine = _Machine(callable_names)
    for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
        if opcode.name == "STOP":
            return machine.stack[-1]
        machine.obey(opcode.name, argument)
    raise ValueError("the pickle has no end")


class _Machine:
    def __init__(self, callable_names: Collection[str]) -> None:
        self.stack: list[object] = []
        self._memo: dict[int, object] = {}
        self._callable_names = callable_names

    def obey(self, opcode: str, argument: object) -> None:
        if opcode in _PUSHES_ITS_ARGUMENT:
            self.stack.append(argument)
        elif opcode in _PUSHES_A_VALUE:
            self.stack.append(_PUSHES_A_VALUE[opcode]())
        elif opcode in _PUTS:
            self._remember(argument)
        elif opcode in _GETS:
            self.stack.append(self._memo[_number(argument)])
        elif operation := _OPERATIONS.get(opcode):
            operation(self, argument)
        elif opcode not in _IGNORED:
            raise ForbiddenContentError(f"the pickle uses {opcode}, which torch.save does not write")

    def _remember(self, argument: object) -> None:
        if len(self._memo) >= MAX_MEMO:
            raise ForbiddenContentError("the pickle remembers too many values")
        self._memo[len(self._memo) if argument is None else _number(argument)] = self.stack[-1]

    def _since_mark(self) -> list[object]:
        for position in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[position], _Mark):
                items = self.stack[position + 1 :]
                del self.stack[position:]
                return items
        raise ValueError("a mark is missing")

    def _tuple_of(self, count: int) -> None:
        if len(self.stack) < count:
            raise ValueError("values are missing")
        items = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        self.stack.append(items)

    def tuple1(self, _: object) -> None:
        self._tuple_of(1)

    def tuple2(self, _: object) -> None:
        self._tuple_of(2)

    def tuple3(self, _: object) -> None:
        self._tuple_of(3)

    def tuple_since_mark(self, _: object) -> None:
        self.stack.append(tuple(self._since_mark()))

    def append(self, _: object) -> None:
        self._extend([self.stack.pop()])

    def appends(self, _: object) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[object]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise ValueError("values are appended to something that is no list")
        target.extend(items)

    def set_item(self, _: object) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def set_items(self, _: object) -> None:
        self._set(self._since_mark())

    def _set(self, items: list[object]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise ValueError("items are set on something that is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int | float | None):
                raise ForbiddenContentError("a dictionary key is neither text nor a number")
            target[key] = value

    def global_(self, argument: object) -> None:
        module, _, name = str(argument).partition(" ")
        self.stack.append(Global(module, name))

    def stack_global(self, _: object) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(Global(str(module), str(name)))

    def reduce(self, _: object) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise ValueError("a call without function or arguments")
        if str(function) == "collections.OrderedDict" and not arguments:
            self.stack.append({})
        elif str(function) in self._callable_names:
            self.stack.append(Call(function, arguments))
        else:
            raise ForbiddenContentError(f"the pickle wants {function} to be called")

    def build(self, _: object) -> None:
        """The attributes that an OrderedDict carries (torch keeps versions there) say nothing about the weights."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise ForbiddenContentError("the pickle sets attributes of something that is no dictionary")

    def persistent_id(self, _: object) -> None:
        fields = self.stack.pop()
        if not isinstance(fields, tuple):
            raise ValueError("a reference to a storage without fields")
        self.stack.append(StorageReference(fields))


def _number(argument: object) -> int:
    if not isinstance(argument, int):
        raise ValueError("a number is missing")
    return argument


_PUSHES_ITS_ARGUMENT = frozenset(
    {
        "BINUNICODE",
        "SHORT_BINUNICODE",
        "BININT",
        "BININT1",
        "BININT2",
        "LONG1",
        "BINFLOAT",
        "BINSTRING",
        "SHORT_BINSTRING",
    }
)
_PUSHES_A_VALUE: dict[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "MARK": _Mark,
}
_PUTS = frozenset({"BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GETS = frozenset({"BINGET", "LONG_BINGET"})
_IGNORED = frozenset({"PROTO", "FRAME"})
_OPERATIONS: dict[str, Callable[[_Machine, object], None]] = {
    "TUPLE": _Machine.tuple_since_mark,
    "TUPLE1": _Machine.tuple1,
    "TUPLE2": _Machine.tuple2,
    "TUPLE3": _Machine.tuple3,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "GLOBAL": _Machine.global_,
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.persistent_id,
}
