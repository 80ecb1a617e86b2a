"""The part of the pickle format that `torch.save` writes, read as data.

Nothing is imported or called: a small stack machine over the opcodes (Python's `pickletools` explains them) builds
plain values, and a reference to a class or function stays a `Global`, a pair of names. What torch's own rebuilding
functions would have made of their arguments becomes a `Call`, if the caller allows that function by name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection

import msgspec

MAX_MEMO = 1_000_000


class ForbiddenContentError(ValueError):
    """The pickle holds something that a checkpoint of this field does not need."""


class Global(msgspec.Struct, frozen=True):
    """A class or function, by name only."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Call(msgspec.Struct, frozen=True):
    """A function that was to be called, and with what."""

    function: Global
    arguments: tuple[object, ...]


class StorageReference(msgspec.Struct, frozen=True):
    """torch's persistent id: what it says about a storage that lies beside the pickle."""

    fields: tuple[object, ...]


_ORDERED_DICT = Global("collections", "OrderedDict")


def read_pickle(data: bytes, callables: Collection[Global]) -> object:
    """The pickled value with its calls and references left as data.

    Args:
        data: the pickle.
        callables: functions that may appear as calls.

    Raises:
        ForbiddenContentError: another function or class, or an opcode that torch.save does not write.
        ValueError, IndexError, KeyError, TypeError, struct.error: it is no sound pickle.
    """
    return _Machine(data, callables).run()


class _Machine:
    def __init__(self, data: bytes, callables: Collection[Global]) -> None:
        self._data = data
        self._place = 0
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}
        self._callables = callables

    def run(self) -> object:
        """The opcodes that torch.save writes for each tensor stand here, the most frequent first; the others below."""
        data, stack, memo, marks, callables = self._data, self._stack, self._memo, self._marks, self._callables
        push, pop = stack.append, stack.pop
        place, size = 0, len(data)
        while True:
            opcode = data[place]
            place += 1
            if opcode == 0x72:  # LONG_BINPUT
                memo[_UNSIGNED(data, place)[0]] = stack[-1]
                place += 4
            elif opcode == 0x68:  # BINGET
                push(memo[data[place]])
                place += 1
            elif opcode == 0x4B:  # BININT1
                push(data[place])
                place += 1
            elif opcode == 0x28:  # MARK
                marks.append(len(stack))
            elif opcode == 0x52:  # REDUCE
                arguments, function = pop(), stack[-1]
                if not isinstance(function, Global) or not isinstance(arguments, tuple):
                    raise ValueError("a call without function or arguments")
                if function in callables:
                    stack[-1] = Call(function, arguments)
                elif function == _ORDERED_DICT and not arguments:
                    stack[-1] = {}
                else:
                    raise ForbiddenContentError(f"the pickle wants {function} to be called")
            elif opcode == 0x74:  # TUPLE
                push(tuple(self._since_mark()))
            elif opcode == 0x58:  # BINUNICODE
                begin = place + 4
                place = begin + _UNSIGNED(data, place)[0]
                if place > size:
                    raise ValueError("the pickle has no end")
                push(data[begin:place].decode("utf-8", "surrogatepass"))
            elif opcode == 0x29:  # EMPTY_TUPLE
                push(())
            elif opcode == 0x71:  # BINPUT
                memo[data[place]] = stack[-1]
                place += 1
            elif opcode == 0x89:  # NEWFALSE
                push(False)
            elif opcode == 0x51:  # BINPERSID
                fields = stack[-1]
                if not isinstance(fields, tuple):
                    raise ValueError("a reference to a storage without fields")
                stack[-1] = StorageReference(fields)
            elif opcode == 0x4D:  # BININT2
                push(data[place] | data[place + 1] << 8)
                place += 2
            elif opcode == 0x6A:  # LONG_BINGET
                push(memo[_UNSIGNED(data, place)[0]])
                place += 4
            elif opcode == 0x86:  # TUPLE2
                last = pop()
                stack[-1] = (stack[-1], last)
            elif opcode == 0x85:  # TUPLE1
                stack[-1] = (stack[-1],)
            elif operation := _OPERATIONS.get(opcode):
                self._place = place
                operation(self)
                place = self._place
            elif opcode == 0x2E:  # STOP
                return stack[-1]
            else:
                raise ForbiddenContentError(f"the pickle uses {_name_of(opcode)}, which torch.save does not write")

    def _next(self, count: int) -> bytes:
        content = self._data[self._place : self._place + count]
        if len(content) < count:
            raise ValueError("the pickle has no end")
        self._place += count
        return content

    def _line(self) -> str:
        end = self._data.index(b"\n", self._place)
        line = self._data[self._place : end]
        self._place = end + 1
        return line.decode("utf-8", "replace")

    def _since_mark(self) -> list[object]:
        start = self._marks.pop()
        if start > len(self._stack):
            raise ValueError("values are missing")
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def tuple3(self) -> None:
        last, middle = self._stack.pop(), self._stack.pop()
        self._stack[-1] = (self._stack[-1], middle, last)

    def short_text(self) -> None:
        self._stack.append(self._next(self._next(1)[0]).decode("utf-8", "surrogatepass"))

    def bytes_as_text(self) -> None:
        """What Python 2 called a string."""
        (length,) = struct.unpack("<i", self._next(4))
        self._stack.append(self._next(max(length, 0)).decode("latin-1"))

    def short_bytes_as_text(self) -> None:
        self._stack.append(self._next(self._next(1)[0]).decode("latin-1"))

    def int32(self) -> None:
        self._stack.append(int.from_bytes(self._next(4), "little", signed=True))

    def long(self) -> None:
        self._stack.append(int.from_bytes(self._next(self._next(1)[0]), "little", signed=True))

    def float64(self) -> None:
        self._stack.append(struct.unpack(">d", self._next(8))[0])

    def none(self) -> None:
        self._stack.append(None)

    def true(self) -> None:
        self._stack.append(True)

    def empty_list(self) -> None:
        self._stack.append([])

    def empty_dict(self) -> None:
        self._stack.append({})

    def append(self) -> None:
        self._extend([self._stack.pop()])

    def appends(self) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[object]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise ValueError("values are appended to something that is no list")
        target.extend(items)

    def set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set([key, value])

    def set_items(self) -> None:
        self._set(self._since_mark())

    def _set(self, items: list[object]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise ValueError("items are set on something that is no dictionary")
        keys = items[::2]
        if not all(isinstance(key, _KEY_TYPES) for key in keys):
            raise ForbiddenContentError("a dictionary key is neither text nor a number")
        target.update(zip(keys, items[1::2], strict=True))

    def global_(self) -> None:
        self._stack.append(Global(self._line(), self._line()))

    def stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(Global(str(module), str(name)))

    def build(self) -> None:
        """The attributes that an OrderedDict carries (torch keeps versions there) say nothing about the weights."""
        self._stack.pop()
        if not isinstance(self._stack[-1], dict):
            raise ForbiddenContentError("the pickle sets attributes of something that is no dictionary")

    def remember(self) -> None:
        if len(self._memo) >= MAX_MEMO:
            raise ForbiddenContentError("the pickle remembers too many values")
        self._memo[len(self._memo)] = self._stack[-1]

    def protocol(self) -> None:
        self._next(1)

    def frame(self) -> None:
        self._next(8)


def _name_of(opcode: int) -> str:
    import pickletools  # for the message alone

    names = (known.name for known in pickletools.opcodes if known.code == chr(opcode))
    return next(names, f"the byte {opcode:#04x}")


_UNSIGNED = struct.Struct("<I").unpack_from
_KEY_TYPES = (str, int, float, type(None))
_OPERATIONS: dict[int, Callable[[_Machine], None]] = {
    ord(opcode): operation
    for opcode, operation in (
        (b"\x87", _Machine.tuple3),
        (b"\x8c", _Machine.short_text),
        (b"T", _Machine.bytes_as_text),
        (b"U", _Machine.short_bytes_as_text),
        (b"J", _Machine.int32),
        (b"\x8a", _Machine.long),
        (b"G", _Machine.float64),
        (b"N", _Machine.none),
        (b"\x88", _Machine.true),
        (b"]", _Machine.empty_list),
        (b"}", _Machine.empty_dict),
        (b"a", _Machine.append),
        (b"e", _Machine.appends),
        (b"s", _Machine.set_item),
        (b"u", _Machine.set_items),
        (b"c", _Machine.global_),
        (b"\x93", _Machine.stack_global),
        (b"b", _Machine.build),
        (b"\x94", _Machine.remember),
        (b"\x80", _Machine.protocol),
        (b"\x95", _Machine.frame),
    )
}
