"""Reading what has a type, in any thread.

msgspec builds what it knows of a type, and of the types in it, when the type is first read, and takes no lock for it:
where two threads come to that at once the process dies of a segmentation fault. So it is built here alone, for one
type at a time.
"""

from _thread import allocate_lock  # `threading` would cost the start of every command a millisecond
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")

_building = allocate_lock()
_json_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def json_decoder(kind: type[Value]) -> msgspec.json.Decoder[Value]:
    with _building:
        if kind not in _json_decoders:
            _json_decoders[kind] = msgspec.json.Decoder(kind)
        return _json_decoders[kind]


def decode_json(content: bytes, kind: type[Value]) -> Value:
    """
    :raises msgspec.DecodeError: where it is no JSON, or of another type.
    :raises UnicodeDecodeError: where it is no text.
    """
    return json_decoder(kind).decode(content)


def decode_msgpack(content: bytes, kind: type[Value]) -> Value:
    """
    :raises msgspec.DecodeError: where it is no MessagePack, or of another type.
    """
    json_decoder(kind)  # builds the type
    return msgspec.msgpack.decode(content, type=kind)


def converted(content: object, kind: type[Value]) -> Value:
    """
    :raises msgspec.ValidationError: where it is of another type.
    """
    json_decoder(kind)  # builds the type
    return msgspec.convert(content, kind)
