"""Keys that the event loop reads itself."""

from __future__ import annotations

import asyncio
import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.message import Message

READ_BYTES = 4096
MARGIN_S = 0.01


class LoopInput:
    """Stands for Textual's reading thread, which for each key has to be woken and then to wake the loop.

    :param descriptor: of the terminal.
    :param take: called with each key, mouse event or answer of the terminal.
    :param hung_up: called once where nothing can come any more.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        take: Callable[[Message], None],
        hung_up: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._take = take
        self._hung_up = hung_up
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode

    def open(self) -> None:
        self._loop.add_reader(self._descriptor, self._read)

    def close(self) -> None:
        self._loop.remove_reader(self._descriptor)

    def _read(self) -> None:
        try:
            content = os.read(self._descriptor, READ_BYTES)
        except OSError:  # a terminal that is gone
            content = b""
        if not content:
            self.close()
            self._hung_up()
            return
        if text := self._decode(content):  # none of a letter's first bytes
            self._pass_on(self._parser.feed(text))
        self._loop.call_later(ESCAPE_DELAY + MARGIN_S, self._settle)

    def _settle(self) -> None:
        """An escape that nothing followed was the key."""
        self._pass_on(self._parser.tick())

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._take(message)
