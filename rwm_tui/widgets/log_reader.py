"""Reads a log for its pane, in threads: moves in their order, what the log gains, and how many lines there are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any, Protocol

from textual.message import Message

from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.view import LogView, Page

QUICK_LOOK_S = 0.04
FLOOD_LOOK_S = 0.1
SLOW_LOOK_S = 0.2
QUIET_AFTER_S = 2.0
FLOOD_BYTES_PER_S = 3 * 2**20
"""So much more and nobody reads along: half as many pictures leave the trainer its cores."""
COUNTING_SPELL_S = 0.05
"""So often the page shows what was found meanwhile."""
COUNTING_SHARE = 0.01
"""Of a core, for counting lines during a flood: whoever writes the log has the core."""
ASKED_SHARE = 0.5
"""Of a core, for what was searched for and filtered, during a flood."""

Move = Callable[[LogView], object]
"""Carried out in a thread; a text or a message that it returns is told."""
Told = str | Message


class Shows(Protocol):
    """Whom a page is read for; asked in the event loop."""

    def show(self, page: Page) -> None: ...

    def show_counted(self) -> None:
        """More lines are counted, or all are."""
        ...

    def tell(self, said: Told) -> None: ...

    @property
    def frame_s(self) -> float:
        """How long the last page takes of the terminal's share."""
        ...


class LogReader:
    """
    :param shows: gets each page.
    :param live: whether the log is looked at again and again.
    """

    def __init__(self, log: LogFile, shows: Shows, *, height: int, live: bool) -> None:
        self._view = LogView(log)
        self._view.height = height
        self._shows = shows
        self._moves: list[Move] = [LogView.follow]
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._uncounted = asyncio.Event()
        self._live = asyncio.Event()
        self._flooded = False
        self.asked = 0
        """Moves so far: a search that was asked for before another move is given up."""
        if live:
            self._live.set()

    @property
    def log(self) -> LogFile:
        return self._view.log

    @property
    def filter(self) -> Matches | None:
        return self._view.filter

    @property
    def found(self) -> Matches | None:
        return self._view.found

    def lines_counted(self, size: int) -> int | None:
        """Of a log of so many bytes; None until all are counted."""
        count = self._view.count
        return count.total if count.counted >= size else None

    def works(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """What has to run beside each other, by name."""
        return {
            "reading the log": self._turn_pages,
            "following the log": self._look_for_growth,
            "counting lines": self._count,
        }

    def set_live(self, live: bool) -> None:
        if live:
            self._live.set()
        elif self._live.is_set():
            self._live.clear()
            self.look_again()  # what was written since the last look

    def do(self, *moves: Move) -> None:
        """Carry out moves, then show the page as the log is by then."""
        self.asked += len(moves)
        self.do_beside(*moves)

    def do_beside(self, *moves: Move) -> None:
        """The same, and a search that was asked for before goes on."""
        self._moves.extend(moves)
        self._wanted.set()

    def look_again(self) -> None:
        """The log is another one: show it, and count on."""
        self.do()
        self._uncounted.set()

    async def _turn_pages(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            moves, self._moves = self._moves, []
            page, said = await asyncio.to_thread(_turn, self._view, moves)
            self._shows.show(page)
            if moves:  # they may have begun a filter anew
                self._uncounted.set()
            for told in said:
                self._shows.tell(told)

    async def _look_for_growth(self) -> None:
        size, grew_at = 0, 0.0
        looked_at = -inf  # what is there already is no flood
        while True:
            await self._live.wait()
            found, now = await asyncio.to_thread(self.log.size), time.monotonic()
            self._flooded = found - size > FLOOD_BYTES_PER_S * (now - looked_at)
            looked_at = now
            quick_s = FLOOD_LOOK_S if self._flooded else QUICK_LOOK_S
            if found != size:
                size, grew_at = found, now
                self.look_again()
            quiet = now - grew_at > QUIET_AFTER_S
            await asyncio.sleep(SLOW_LOOK_S if quiet else max(quick_s, self._shows.frame_s))

    async def _count(self) -> None:
        """Lines, matches and filtered lines, a spell at a time."""
        while True:
            await self._uncounted.wait()
            self._uncounted.clear()
            left = True
            while left:
                began = time.monotonic()
                left = await asyncio.to_thread(_count_for_a_spell, self._view, self._share)
                took_s = time.monotonic() - began
                if self.filter is not None:
                    self.do()
                self._shows.show_counted()
                await asyncio.sleep(took_s * (1 / self._share - 1))

    @property
    def _share(self) -> float:
        """Of a core, for counting."""
        if not self._flooded:
            return 1.0
        return COUNTING_SHARE if self.found is None and self.filter is None else ASKED_SHARE


def _turn(view: LogView, moves: list[Move]) -> tuple[Page, list[Told]]:
    said = [told for move in moves if isinstance(told := move(view), Told)]
    return view.page(), said


def _count_for_a_spell(view: LogView, share: float) -> bool:
    """Whether something is left."""
    stop = time.monotonic() + COUNTING_SPELL_S * share
    searched = [matches for matches in (view.filter, view.found) if matches is not None]
    while True:
        left = [view.count.advance(), *(matches.advance() for matches in searched)]
        if not any(left) or time.monotonic() > stop:
            return any(left)
