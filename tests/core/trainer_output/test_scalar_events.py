"""Decoding many events of a few tags gives what decoding each by itself gives."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.trainer_output.scalar_events import ScalarDecoder, scalars_of
from tests.core.trainer_output.test_scalars import field, varint

CHECKSUM = b"\0\0\0\0"  # not looked at here


def event(wall_time: float, step: bytes, rest: bytes) -> bytes:
    return b"\x09" + struct.pack("<d", wall_time) + step + rest


def value(tag: bytes, number: float, *, between: bytes = b"") -> bytes:
    return field(1, field(1, tag) + between + b"\x15" + struct.pack("<f", number))


STEPS = st.one_of(st.just(b""), st.integers(0, 2**64 - 1).map(lambda step: b"\x10" + varint(step)))
TAGS = st.sampled_from([b"", b"a", b"Loss/value_function", b"x" * 127, b"y" * 128, b"z" * 400, b"\xff\x15"])
NUMBERS = st.floats(width=32, allow_nan=False)
ORDINARY = st.builds(
    lambda time, step, tag, number: event(time, step, field(5, value(tag, number))),
    st.floats(allow_nan=False),
    STEPS,
    TAGS,
    NUMBERS,
)
ODD = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda t, n: event(1.0, b"", field(5, value(t, n) + value(t, n))), TAGS, NUMBERS),  # two values
    st.builds(lambda t, n: event(1.0, b"\x10\x05", field(5, value(t, n)) + b"\x10\x07"), TAGS, NUMBERS),  # step again
    st.builds(lambda t, n: event(1.0, b"", field(5, value(t, n, between=b"\x15\0\0\0\0"))), TAGS, NUMBERS),
    st.builds(lambda t, n: event(1.0, b"\x10\x05", b"\x10\x07" + field(5, value(t, n))), TAGS, NUMBERS),
    st.builds(lambda t, n: b"\x10\x03" + event(1.0, b"", field(5, value(t, n))), TAGS, NUMBERS),
    st.builds(lambda made, cut: made[:cut], ORDINARY, st.integers(0, 60)),
    st.builds(lambda made, place: made[:place] + b"\x15" + made[place + 1 :], ORDINARY, st.integers(0, 40)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(ORDINARY, ODD), max_size=12))
def test_together_as_one_by_one(payloads: list[bytes]) -> None:
    twice = payloads * 2  # the second time the tags are known
    together = ScalarDecoder().scalars([payload + CHECKSUM for payload in twice])
    assert repr(together) == repr([scalar for payload in twice for scalar in scalars_of(payload)])


def test_an_ordinary_event_has_its_scalar() -> None:
    (scalar,) = ScalarDecoder().scalars([event(2.5, b"\x10" + varint(300), field(5, value(b"a", 0.5))) + CHECKSUM])
    assert (scalar.tag, scalar.step, scalar.value, scalar.wall_time) == ("a", 300, 0.5, 2.5)
