"""A TCP proxy that holds back every byte for half a round trip, each way, and counts what comes down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

READ_BYTES = 1 << 16


class DelayedLine:
    """
    :param port: where to connect to.
    :param received: bytes that came down the line so far.
    """

    def __init__(self, target_port: int, round_trip_s: float) -> None:
        self.port = 0
        self.received = 0
        self._target_port = target_port
        self._delay_s = round_trip_s / 2

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far, far_out = await asyncio.open_connection("127.0.0.1", self._target_port)
        with suppress(asyncio.CancelledError, ConnectionError):
            await asyncio.gather(self._carry(near, far_out), self._carry(far, near_out, down=True))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, down: bool = False) -> None:
        loop = asyncio.get_running_loop()
        while data := await source.read(READ_BYTES):
            if down:
                self.received += len(data)
            loop.call_later(self._delay_s, target.write, data)
        loop.call_later(self._delay_s, target.close)


@contextmanager
def delayed_line(target_port: int, round_trip_s: float) -> Iterator[DelayedLine]:
    line = DelayedLine(target_port, round_trip_s)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    over = asyncio.Event()

    async def serving() -> None:
        await line.serve()
        ready.set()
        await over.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # cancels the connections at its end
            runner.run(serving())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
