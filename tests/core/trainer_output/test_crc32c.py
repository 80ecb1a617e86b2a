"""Checksums of many records at once agree with those of one at a time, whatever their lengths."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.trainer_output.crc32c import first_damaged, masked_crc
from tests.core.trainer_output.test_scalars import crc32c


def record(payload: bytes) -> bytes:
    return payload + struct.pack("<I", crc32c(payload))


@given(st.binary(max_size=80))
def test_one_message(payload: bytes) -> None:
    assert masked_crc(payload) == crc32c(payload)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=70), min_size=60, max_size=90))
def test_sound_records_are_sound(payloads: list[bytes]) -> None:
    assert first_damaged([record(payload) for payload in payloads]) is None


@pytest.mark.parametrize("count", [1, 23, 24, 25, 200])
def test_a_flipped_bit_is_found_wherever_it_is(count: int) -> None:
    chance = random.Random(count)
    sound = [record(chance.randbytes(chance.choice([1, 30, 31, 40, 63, 64, 65, 200]))) for _ in range(count)]
    for _ in range(60):
        index = chance.randrange(count)
        damaged = bytearray(sound[index])
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        assert first_damaged([*sound[:index], bytes(damaged), *sound[index + 1 :]]) == index


def test_the_same_damage_in_two_records_does_not_cancel() -> None:
    sound = [record(struct.pack("<d", float(number)) * 5) for number in range(100)]
    damaged = [bytes([content[0] ^ 1]) + content[1:] for content in sound]
    assert first_damaged([*sound[:40], damaged[40], *sound[41:60], damaged[60], *sound[61:]]) == 40


def test_records_shorter_than_a_checksum_cannot_come_from_a_frame_and_an_empty_payload_can() -> None:
    assert first_damaged([record(b"")] * 30) is None
    assert first_damaged([*[record(b"")] * 30, b"\0\0\0\0"]) == 30
