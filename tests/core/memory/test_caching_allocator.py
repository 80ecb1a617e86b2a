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


@given(st.lists(st.tuples(st.integers(MIB + 1, 30 * MIB), st.booleans()), max_size=40), st.booleans())
def test_nothing_is_reserved_twice_nor_lost(requests: list[tuple[int, bool]], expandable: bool) -> None:
    memory, live = CachingAllocator(expandable=expandable), list[Block]()
    for size, frees in requests:
        live.append(memory.take(size))
        if frees:
            memory.free(live.pop(0))
        places = sorted((block.piece.start, block.piece.start + block.size) for block in live if block.piece)
        assert len(places) == len(live)
        assert all(one[1] <= next_one[0] for one, next_one in pairwise(places))
        assert sum(block.size for block in live) <= memory.reserved_bytes


def test_without_expandable_segments_small_pieces_share_one_and_large_ones_have_their_own() -> None:
    memory = CachingAllocator(expandable=False)
    memory.take(2 * MIB)
    memory.take(9 * MIB)
    assert memory.reserved_bytes == 20 * MIB
    large = memory.take(10 * MIB + 1)
    assert memory.reserved_bytes == 32 * MIB
    memory.take(11 * MIB)
    memory.free(large)
    memory.take(12 * MIB)  # two segments that are free do not become one
    assert memory.reserved_bytes == 43 * MIB + MIB


def test_a_segment_is_handed_out_whole_where_little_would_be_left() -> None:
    memory = CachingAllocator(expandable=False)
    memory.free(memory.take(30 * MIB))
    memory.take(29 * MIB)
    assert memory.peak_bytes == 30 * MIB
    memory.take(2 * MIB)
    assert memory.reserved_bytes == 50 * MIB


@given(st.lists(st.integers(MIB + 1, 30 * MIB), min_size=1, max_size=12), st.data(), st.booleans())
def test_a_repeated_turn_leaves_what_the_caller_would_have_left(
    sizes: list[int], data: st.DataObject, expandable: bool
) -> None:
    """Some blocks are given back at once, some at the turn's end, some in the next turn."""
    held = [data.draw(st.sampled_from(("at once", "at the end", "until the next"))) for _ in sizes]

    def carried_out(most_work: int, times: int) -> CachingAllocator:
        memory, kept = CachingAllocator(expandable=expandable), list[Block]()

        def turn() -> None:
            now, later = list[Block](), list[Block]()
            for size, how_long in zip(sizes, held, strict=True):
                block = memory.take(size)
                if how_long == "at once":
                    memory.free(block)
                else:
                    (now if how_long == "at the end" else later).append(block)
            memory.free(*kept, *now)
            kept[:] = later

        if most_work:
            memory.take_turns(times, turn, most_work)
        else:
            for _ in range(times):
                turn()
        memory.free(*kept)
        memory.take(100 * MIB)
        return memory

    by_caller, repeated = carried_out(0, 9), carried_out(10**6, 9)
    assert repeated.reserved_bytes == by_caller.reserved_bytes
    assert repeated.work <= by_caller.work


def test_turns_that_there_is_no_time_for_are_left_out() -> None:
    memory, taken = CachingAllocator(), list[Block]()
    memory.take_turns(100, lambda: taken.append(memory.take((len(taken) + 2) * MIB)), most_work=30)
    assert 10 <= len(taken) < 20
