"""PyTorch's CUDA caching allocator, as far as reserved memory goes.

Requests up to 1 MiB and larger ones have memory of their own. A request takes the smallest free piece that holds it, at
the lowest address. Else, with expandable segments, the end of the one address space is mapped further, in pages of 2 or
20 MiB; without them, a segment of its own is reserved. Nothing is given back before memory runs out, so what is
reserved is all that ever was. Of the small requests, which are many, only the sum is kept: what lies free between them
is a few MiB. (c10/cuda/CUDACachingAllocator.cpp of PyTorch 2.11.)
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable

MIB = 2**20
_SMALL_LIMIT = MIB
_SMALL_PAGE, _LARGE_PAGE = 2 * MIB, 20 * MIB
_OWN_SEGMENT = 10 * MIB
_ROUNDED_TO = 512
_WORK_OF_SMALL, _WORK_OF_LARGE = 1, 3  # taken by whoever calls, and given back


class Block:
    """What was taken, for ``part``, and where the space of large requests has it."""

    __slots__ = ("number", "part", "piece", "size")

    def __init__(self, size: int, part: str, piece: "_Piece | None") -> None:
        self.size = size
        self.part = part
        self.piece = piece
        self.number = -1


class _Piece:
    """A stretch of an address space, free or taken."""

    __slots__ = ("after", "before", "is_free", "size", "start")

    def __init__(self, start: int, size: int) -> None:
        self.start = start
        self.size = size
        self.is_free = True
        self.before: _Piece | None = None
        self.after: _Piece | None = None


class _Space:
    """One address space, whose end can be mapped further.

    Free pieces are kept by size, then address, so that the one to take is found by bisection.
    """

    def __init__(self) -> None:
        self._free: list[tuple[int, int, _Piece]] = []
        self._last: _Piece | None = None
        self.reserved = 0

    def take(self, size: int) -> _Piece:
        index = self._first_that_holds(size)
        best = self._free.pop(index)[2] if index < len(self._free) else self._grow(size)
        best.is_free = False
        if self._is_split(best.size - size):
            self._split(best, size)
        return best

    def give_back(self, piece: _Piece) -> None:
        piece.is_free = True
        before, after = piece.before, piece.after
        if after is not None and after.is_free:
            self._forget(after)
            self._absorb(piece, after)
        if before is not None and before.is_free:
            self._forget(before)
            self._absorb(before, piece)
            piece = before
        insort(self._free, (piece.size, piece.start, piece))

    def pass_through(self, size: int) -> None:
        """Take and give back at once, which leaves no trace where there is room."""
        if self._first_that_holds(size) == len(self._free):
            self.give_back(self.take(size))

    def _first_that_holds(self, size: int) -> int:
        """Not the end, which is taken only where nothing else holds it."""
        index = bisect_left(self._free, (size, -1))
        if index < len(self._free) and self._free[index][2] is self._last:
            index += 1
        return index

    def _forget(self, piece: _Piece) -> None:
        del self._free[bisect_left(self._free, (piece.size, piece.start))]

    def _grow(self, size: int) -> _Piece:
        """The free piece at the end, with as many pages mapped as it lacks."""
        last = self._last
        if last is not None and last.is_free:
            self._forget(last)
        else:
            fresh = _Piece(self.reserved, 0)
            fresh.before = last
            if last is not None:
                last.after = fresh
            self._last = last = fresh
        if last.size < size:
            lacking = -(-(size - last.size) // _LARGE_PAGE) * _LARGE_PAGE
            last.size += lacking
            self.reserved += lacking
        return last

    def _is_split(self, rest: int) -> bool:
        return rest > 0

    def _split(self, piece: _Piece, size: int) -> None:
        rest = _Piece(piece.start + size, piece.size - size)
        rest.before, rest.after = piece, piece.after
        if piece.after is not None:
            piece.after.before = rest
        if piece is self._last:
            self._last = rest
        piece.after, piece.size = rest, size
        insort(self._free, (rest.size, rest.start, rest))

    def _absorb(self, piece: _Piece, after: _Piece) -> None:
        piece.size += after.size
        piece.after = after.after
        if after.after is not None:
            after.after.before = piece
        if after is self._last:
            self._last = piece


class _Segments(_Space):
    """Segments that never grow: requests below 10 MiB share some of 20 MiB, larger ones get one of their own.

    A piece is handed out whole where no more than 1 MiB of it would be left.
    """

    def _grow(self, size: int) -> _Piece:
        size = _LARGE_PAGE if size < _OWN_SEGMENT else -(-size // _SMALL_PAGE) * _SMALL_PAGE
        segment = _Piece(self.reserved, size)
        self.reserved += size
        return segment

    def _is_split(self, rest: int) -> bool:
        return rest > _SMALL_LIMIT


_OF_TURN_BEFORE = -1


class _Turn:
    """One of several that are alike: what it takes of the large space and gives back, so that it can be repeated."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._blocks: list[Block] = []
        self._steps: list[tuple[int, int]] = []  # number of a block, or -1 for one that passes through, and its size

    @property
    def steps(self) -> int:
        return max(1, len(self._steps))

    def note_taken(self, block: Block, size: int) -> None:
        """
        :param size: that was asked for, in bytes.
        """
        block.number = len(self._blocks)
        self._steps.append((block.number, size))
        self.sizes.append(size)
        self._blocks.append(block)

    def note_freed(self, block: Block) -> None:
        """Of this turn, or of the one before, where a block of the same number was taken alike."""
        number = block.number
        if number < 0:
            return
        is_own = number < len(self._blocks) and self._blocks[number] is block
        if is_own and self._steps[-1][0] == number:
            self._steps[-1] = (-1, self.sizes[number])
        else:
            self._steps.append((number, 0 if is_own else _OF_TURN_BEFORE))

    def repeat(self, space: _Space, times: int) -> None:
        """Afterwards the blocks stand where the last repetition left them.

        :param space: that the turn took its blocks from.
        """
        take, give_back, pass_through = space.take, space.give_back, space.pass_through
        before = [block.piece for block in self._blocks]
        for _ in range(times):
            now = before[:]
            for number, size in self._steps:
                if number < 0:
                    pass_through(size)
                elif size > 0:
                    now[number] = take(size)
                elif piece := (now if size == 0 else before)[number]:
                    give_back(piece)
            before = now
        for block, piece in zip(self._blocks, before, strict=True):
            block.piece = piece


class CachingAllocator:
    """Takes and gives back blocks, and keeps what was live when most was live.

    ``part`` and ``phase`` are set by whoever takes: what the next blocks are for, and in which phase of the training.

    :param expandable: segments, as ``PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True`` has them.
    """

    def __init__(self, *, expandable: bool = True) -> None:
        self._large = _Space() if expandable else _Segments()
        self._small_live = self._small_most = 0
        self._live: defaultdict[str, int] = defaultdict(int)
        self._allocated = 0
        self._is_at_peak = False
        self._parts_at_peak: dict[str, int] = {}
        self._turn: _Turn | None = None
        self.work = 0  # a step of a repeated turn counts one, between one and two microseconds
        self.part = ""
        self.phase = ""
        self.peak_bytes = 0
        self.peak_phase = ""

    @property
    def reserved_bytes(self) -> int:
        return -(-self._small_most // _SMALL_PAGE) * _SMALL_PAGE + self._large.reserved

    @property
    def peak_parts(self) -> dict[str, int]:
        """What was live when most was live, in bytes."""
        return dict(self._live) if self._is_at_peak else self._parts_at_peak

    def take(self, size: float) -> Block:
        """A block of at least ``size`` bytes."""
        rounded = -(-int(size) // _ROUNDED_TO) * _ROUNDED_TO or _ROUNDED_TO
        if rounded > _SMALL_LIMIT:
            self.work += _WORK_OF_LARGE
            piece = self._large.take(rounded)
            block = Block(piece.size, self.part, piece)
            if self._turn:
                self._turn.note_taken(block, rounded)
        else:
            self.work += _WORK_OF_SMALL
            block = Block(rounded, self.part, None)
            self._small_live += rounded
            self._small_most = max(self._small_most, self._small_live)
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
            if block.piece is None:
                self._small_live -= block.size
                continue
            if self._turn:
                self._turn.note_freed(block)
            self._large.give_back(block.piece)

    def take_turns(self, times: int, turn: Callable[[], None], most_work: int) -> None:
        """Carries out ``turn`` so many times, or as often as there is time for.

        From when it takes what it took the time before, it is repeated without the caller, and in the space of large
        requests alone, for small ones come to the same sum each time.

        :param most_work: as :attr:`work` counts it, since the allocator began.
        """
        before: _Turn | None = None
        for left in reversed(range(times)):
            worked = self.work
            self._turn = _Turn()
            turn()
            if before and self._turn.sizes == before.sizes:
                repeated = max(0, min(left, (most_work - self.work) // self._turn.steps))
                self._turn.repeat(self._large, repeated)
                self.work += repeated * self._turn.steps
                break
            if 2 * self.work - worked > most_work:
                break
            before = self._turn
        self._turn = None
