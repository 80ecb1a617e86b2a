"""A real Chromium without a window, driven by its own DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
)  # fmt: skip


BLANK_BYTES = 15_000
"""A picture of an empty terminal has fewer; one of the app about 100,000."""


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=30)
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    async def value(self, expression: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def becomes(self, expression: str, limit_s: float = 60.0) -> bool:
        """Whether it becomes true within that time."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if await self.value(expression):
                return True
            await asyncio.sleep(0.1)
        return False

    async def type(self, text: str) -> None:
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def picture(self) -> bytes:
        answer = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def settled_picture(self, other_than: bytes = b"", limit_s: float = 60.0) -> bytes:
        """The first that two looks agree on; not blank, and not the one before."""
        deadline = time.monotonic() + limit_s
        before = b""
        while time.monotonic() < deadline:
            picture = await self.picture()
            if picture == before and picture != other_than and len(picture) > BLANK_BYTES:
                return picture
            before = picture
            await asyncio.sleep(0.3)
        raise AssertionError(f"the page shows nothing new within {limit_s} s")


@asynccontextmanager
async def open_page(address: str, size: tuple[int, int] = (1200, 800)) -> AsyncIterator[Page]:
    """A new browser on an address; it and its profile are gone afterwards."""
    program = find_chromium()
    assert program is not None
    with tempfile.TemporaryDirectory() as profile:
        window = f"--window-size={size[0]},{size[1]}"
        browser = subprocess.Popen(
            [program, *FLAGS, window, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": profile},
        )
        try:
            async with aiohttp.ClientSession() as session:
                url = await _tab(session, Path(profile) / "DevToolsActivePort")
                async with session.ws_connect(url, max_msg_size=0) as socket:
                    page = Page(socket)
                    await page.call("Page.enable")
                    await page.call("Page.navigate", url=address)
                    yield page
        finally:
            browser.terminate()
            browser.wait(10)


async def _tab(session: aiohttp.ClientSession, port_file: Path) -> str:
    """The socket of the only tab, as soon as the browser listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if port_file.exists() and (lines := port_file.read_text().split()):
            async with session.get(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                for tab in json.loads(await answer.text()):
                    if tab["type"] == "page":
                        return str(tab["webSocketDebuggerUrl"])
        await asyncio.sleep(0.1)
    raise AssertionError("Chromium does not listen")
