"""The allocator's model: by hand on a few blocks, and against a trace of the real one."""

import gzip
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.memory.caching_allocator import MIB, Block, CachingAllocator


def test_a_real_trace_maps_the_same_memory_at_the_same_moments() -> None:
    """Of the embedded trainer on an H100 (`scripts/trace_memory.py`), its first mini-batches, without the places.

    Of small requests the model keeps the sum alone.
    """
    memory, live, mapped, moments = CachingAllocator(), dict[str, Block](), 0, 0
    with gzip.open(Path(__file__).with_name("allocator_trace.txt.gz"), "rt") as file:
        for line in file:
            match line.split():
                case "a", number, size if int(size) > MIB:
                    live[number] = memory.take(int(size))
                    assert memory.reserved_bytes == mapped
                case "f", number if number in live:
                    memory.free(live.pop(number))
                case "m", size if int(size) % (20 * MIB) == 0:  # told before the block that needs it
                    mapped += int(size)
                    moments += 1
    assert moments == 15
    assert mapped == memory.reserved_bytes


def test_the_smallest_free_block_that_holds_it_is_taken_and_the_rest_stays_free() -> None:
    memory = CachingAllocator()
    large, between, small, _ = (memory.take(size * MIB) for size in (12, 2, 6, 2))
    reserved = memory.reserved_bytes
    memory.free(large, small)
    memory.take(5 * MIB)  # into the 6
    memory.take(12 * MIB)  # into the 12
    assert memory.reserved_bytes == reserved
    memory.free(between)
    memory.take(3 * MIB)
    assert memory.reserved_bytes == reserved


def test_neighbours_that_are_free_become_one() -> None:
    memory = CachingAllocator()
    blocks = [memory.take(7 * MIB) for _ in range(3)]
    memory.take(2 * MIB)
    reserved = memory.reserved_bytes
    memory.free(*blocks)
    memory.take(21 * MIB)
    assert memory.reserved_bytes == reserved


def test_small_and_large_requests_have_memory_of_their_own_in_their_own_pages() -> None:
    memory = CachingAllocator()
    memory.take(1000)
    assert memory.reserved_bytes == 2 * MIB
    memory.take(MIB + 1)
    assert memory.reserved_bytes == 22 * MIB


def test_what_lived_at_the_peak_is_kept_by_part() -> None:
    memory = CachingAllocator()
    for part, mib in (("weights", 3), ("batch", 5)):
        memory.part = memory.phase = part
        block = memory.take(mib * MIB)
    memory.free(block)
    memory.part = memory.phase = "later"
    memory.take(4 * MIB)
    assert memory.peak_bytes == 8 * MIB
    assert memory.peak_phase == "batch"
    assert memory.peak_parts == {"weights": 3 * MIB, "batch": 5 * MIB}


@given(st.lists(st.tuples(st.integers(MIB + 1, 30 * MIB), st.booleans()), max_size=40))
def test_nothing_is_reserved_twice_nor_lost(requests: list[tuple[int, bool]]) -> None:
    memory, live = CachingAllocator(), list[Block]()
    for size, frees in requests:
        live.append(memory.take(size))
        if frees:
            memory.free(live.pop(0))
        places = sorted((id(block.space), block.start, block.start + block.size) for block in live)
        assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(places))
        assert sum(block.size for block in live) <= memory.reserved_bytes
