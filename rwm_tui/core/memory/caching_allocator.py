"""PyTorch's CUDA caching allocator with expandable segments, as far as reserved memory goes.

One address space for requests up to 1 MiB, mapped in pages of 2 MiB, and one for larger ones, mapped in pages of 20.
A request takes the smallest free block that holds it, at the lowest address; else the end is mapped further. Nothing
is unmapped before memory runs out, so what is reserved is how far each space was ever mapped. Of the small requests,
which are many, only the sum is kept: what lies free between them is a few MiB.
(c10/cuda/CUDACachingAllocator.cpp of PyTorch 2.11.)
"""

from bisect import bisect_left, insort
from collections import defaultdict

MIB = 2**20
_SMALL_LIMIT = MIB
_SMALL_PAGE, _LARGE_PAGE = 2 * MIB, 20 * MIB
_ROUNDED_TO = 512


class Block:
    """A piece of an address space, free or taken; ``part`` says for what."""

    __slots__ = ("after", "before", "is_free", "part", "size", "space", "start")

    def __init__(self, space: "_Space | _SmallSpace", start: int, size: int) -> None:
        self.space = space
        self.start = start
        self.size = size
        self.is_free = True
        self.part = ""
        self.before: Block | None = None
        self.after: Block | None = None


class _SmallSpace:
    """As if small requests left no gaps."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._live = self._most = 0

    @property
    def mapped(self) -> int:
        return -(-self._most // self._page) * self._page

    def take(self, size: int) -> Block:
        self._live += size
        self._most = max(self._most, self._live)
        return Block(self, 0, size)

    def give_back(self, block: Block) -> None:
        self._live -= block.size


class _Space:
    """Free blocks are kept by size, then address, so that the one to take is found by bisection."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._free: list[tuple[int, int, Block]] = []
        self._last: Block | None = None
        self.mapped = 0

    def take(self, size: int) -> Block:
        index = bisect_left(self._free, (size, -1))
        if index < len(self._free) and self._free[index][2] is self._last:
            index += 1
        best = self._free.pop(index)[2] if index < len(self._free) else self._end(size)
        best.is_free = False
        if best.size > size:
            self._split(best, size)
        return best

    def give_back(self, block: Block) -> None:
        block.is_free = True
        before, after = block.before, block.after
        if after is not None and after.is_free:
            self._forget(after)
            self._absorb(block, after)
        if before is not None and before.is_free:
            self._forget(before)
            self._absorb(before, block)
            block = before
        insort(self._free, (block.size, block.start, block))

    def _forget(self, block: Block) -> None:
        del self._free[bisect_left(self._free, (block.size, block.start))]

    def _end(self, size: int) -> Block:
        """The free block at the end, with as many pages mapped as it lacks."""
        last = self._last
        if last is not None and last.is_free:
            self._forget(last)
        else:
            fresh = Block(self, self.mapped, 0)
            fresh.before = last
            if last is not None:
                last.after = fresh
            self._last = last = fresh
        if last.size < size:
            lacking = -(-(size - last.size) // self._page) * self._page
            last.size += lacking
            self.mapped += lacking
        return last

    def _split(self, block: Block, size: int) -> None:
        rest = Block(self, block.start + size, block.size - size)
        rest.before, rest.after = block, block.after
        if block.after is not None:
            block.after.before = rest
        else:
            self._last = rest
        block.after, block.size = rest, size
        insort(self._free, (rest.size, rest.start, rest))

    def _absorb(self, block: Block, after: Block) -> None:
        block.size += after.size
        block.after = after.after
        if after.after is not None:
            after.after.before = block
        else:
            self._last = block


class CachingAllocator:
    """Takes and gives back blocks, and keeps what was live when most was live.

    ``part`` and ``phase`` are set by whoever takes: what the next blocks are for, and in which phase of the training.
    """

    def __init__(self) -> None:
        self._small, self._large = _SmallSpace(_SMALL_PAGE), _Space(_LARGE_PAGE)
        self._live: defaultdict[str, int] = defaultdict(int)
        self._allocated = 0
        self._is_at_peak = False
        self._parts_at_peak: dict[str, int] = {}
        self.part = ""
        self.phase = ""
        self.blocks_taken = 0
        self.peak_bytes = 0
        self.peak_phase = ""

    @property
    def reserved_bytes(self) -> int:
        return self._small.mapped + self._large.mapped

    @property
    def peak_parts(self) -> dict[str, int]:
        """What was live when most was live, in bytes."""
        return dict(self._live) if self._is_at_peak else self._parts_at_peak

    def take(self, size: float) -> Block:
        """A block of at least ``size`` bytes."""
        self.blocks_taken += 1
        rounded = -(-int(size) // _ROUNDED_TO) * _ROUNDED_TO
        block = (self._small if rounded <= _SMALL_LIMIT else self._large).take(max(rounded, _ROUNDED_TO))
        block.part = self.part
        self._live[self.part] += block.size
        self._allocated += block.size
        if self._allocated > self.peak_bytes:
            self.peak_bytes, self.peak_phase, self._is_at_peak = self._allocated, self.phase, True
        return block

    def free(self, *blocks: Block) -> None:
        if self._is_at_peak:
            self._parts_at_peak, self._is_at_peak = dict(self._live), False
        for block in blocks:
            self._live[block.part] -= block.size
            self._allocated -= block.size
            block.space.give_back(block)
