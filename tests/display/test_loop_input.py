"""What comes from a real pseudo-terminal, read by the loop."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from textual import events
from textual.message import Message

from rwm_tui.display.loop_input import LoopInput


class Terminal:
    """What was read from it, and how often it was said to have hung up."""

    def __init__(self) -> None:
        self.user, self.program = pty.openpty()
        tty.setraw(self.program)
        self.messages: list[Message] = []
        self.hung_up = 0
        self.input = LoopInput(asyncio.get_running_loop(), self.program, self.messages.append, self._hang_up)

    def _hang_up(self) -> None:
        self.hung_up += 1

    async def keys(self, count: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(self.messages) < count:
                await asyncio.sleep(0.005)
        return [message.key for message in self.messages if isinstance(message, events.Key)]


@contextmanager
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    opened.input.open()
    try:
        yield opened
    finally:
        opened.input.close()
        os.close(opened.program)


async def test_keys_come_as_they_are_pressed() -> None:
    with terminal() as here:
        os.write(here.user, b"fG\x1b[A")
        assert await here.keys(3) == ["f", "G", "up"]


async def test_a_letter_may_come_in_pieces() -> None:
    with terminal() as here:
        os.write(here.user, "ü".encode()[:1])
        await asyncio.sleep(0.05)
        assert here.messages == []
        os.write(here.user, "ü".encode()[1:])
        await here.keys(1)
        assert [message.character for message in here.messages if isinstance(message, events.Key)] == ["ü"]


async def test_an_escape_that_nothing_follows_is_the_key() -> None:
    with terminal() as here:
        os.write(here.user, b"\x1b")
        assert await here.keys(1) == ["escape"]


async def test_what_is_no_text_harms_nothing() -> None:
    with terminal() as here:
        os.write(here.user, b"\xff\xfef")
        assert (await here.keys(3))[-1] == "f"


async def test_a_terminal_that_is_gone_is_told_once() -> None:
    with terminal() as here:
        os.close(here.user)
        async with asyncio.timeout(10):
            while not here.hung_up:
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        assert here.hung_up == 1


async def test_closed_nothing_is_read() -> None:
    with terminal() as here:
        here.input.close()
        os.write(here.user, b"f")
        await asyncio.sleep(0.05)
        assert here.messages == []
