"""Change notification; the only importer of watchfiles."""

from collections.abc import AsyncIterator
from pathlib import Path

IDLE_S = 1.0  # network file systems send no notifications, so look this often all the same


class FolderWatcher:
    async def changes(self, folder: Path) -> AsyncIterator[None]:
        """Yields once at the start, then when a file of the folder changed or ``IDLE_S`` have passed."""
        import watchfiles  # here, because a review of past runs never needs it

        yield None
        async for _ in watchfiles.awatch(
            folder, recursive=False, step=100, debounce=200, yield_on_timeout=True, rust_timeout=int(IDLE_S * 1000)
        ):
            yield None
