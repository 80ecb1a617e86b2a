"""Change notification; the only importer of watchfiles."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

IDLE_S = 1.0  # network file systems send no notifications, so look this often all the same


class FileWatcher:
    """Watches files and never their folder: a watched folder costs whoever writes in it.

    The trainer's console lies beside them, and the kernel's notice of each of its lines made it 2.4 times slower.
    """

    async def changes(self, *files: Path) -> AsyncIterator[None]:
        """Yields once at the start, then when one of the files changed or ``IDLE_S`` have passed."""
        import watchfiles  # here, because a review of past runs never needs it

        yield None
        while not (there := [file for file in files if file.exists()]):
            await asyncio.sleep(IDLE_S)
            yield None
        ended = threading.Event()
        # in a thread of ours: watchfiles' own coroutine brings anyio along, which takes megabytes
        changes = watchfiles.watch(
            *there,
            recursive=False,
            step=100,
            debounce=200,
            yield_on_timeout=True,
            rust_timeout=int(IDLE_S * 1000),
            stop_event=ended,
            raise_interrupt=False,
        )
        try:
            while await asyncio.to_thread(next, changes, None) is not None:
                yield None
        finally:
            ended.set()
