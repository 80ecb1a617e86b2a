"""`rwm-tui serve`: who is let in, and the app in a real browser."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.browser.chromium import find_chromium, open_page
from tests.waiting import until

COMMAND = Path(sys.executable).with_name("rwm-tui")


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    shutil.copytree(project_root / "profiles", tmp_path / "profiles")
    return tmp_path


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    """What a server that runs meanwhile told to open."""
    pytest.importorskip("textual_serve")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = project / "serve.log"
    with said.open("wb") as log:
        server = subprocess.Popen(
            [str(COMMAND), "serve", "--port", str(port), "--read-only"], cwd=project, stdout=log, stderr=log
        )
    try:
        until(lambda: port_is_open(port))
        yield said.read_text().split()[1]
    finally:
        server.terminate()
        assert server.wait(20) == 0


def port_is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


async def test_only_who_has_the_key_is_let_in(address: str) -> None:
    root, _, key = address.partition("/?key=")
    foreign = {"Origin": "http://evil.example"}
    async with aiohttp.ClientSession() as stranger:
        for path in ("/", "/static/js/textual.js", "/?key=guess", "/download/x"):
            assert (await stranger.get(root + path)).status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await stranger.ws_connect(f"{root}/ws")
    async with aiohttp.ClientSession() as owner:
        page = await owner.get(address)
        assert page.status == 200
        assert key not in str(page.url)
        [cookie] = [one for answer in page.history for one in answer.headers.getall("Set-Cookie")]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await owner.ws_connect(f"{root}/ws", headers=foreign)  # a page elsewhere, with the owner's cookie
        async with owner.ws_connect(f"{root}/ws?width=80&height=24") as app:
            drawn = b""
            while b"read-only" not in drawn or b"embedded-reduced" not in drawn:
                message = await app.receive(timeout=60)
                drawn += message.data if message.type is aiohttp.WSMsgType.BINARY else b""


async def test_the_app_in_a_real_browser(address: str, project: Path) -> None:
    if find_chromium() is None:
        pytest.skip("no Chromium on this machine")
    async with open_page(address) as page:
        assert await page.becomes("document.body.classList.contains('-first-byte')")
        assert await page.becomes("document.querySelector('textarea') !== null")
        await page.value("document.querySelector('textarea').focus()")
        profiles = await page.settled_picture()
        await page.type("h")
        history = await page.settled_picture(other_than=profiles)
        await page.type("p")
        await page.settled_picture(other_than=history)
        command = project / "logs" / "commands" / "embedded.sh"
        await page.type("c")  # what a key does is seen where it does it
        until(command.exists)
        assert "rwm_tui.trainer" in command.read_text()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.org"])
def test_an_address_that_others_reach_is_refused(project: Path, host: str) -> None:
    done = subprocess.run(
        [str(COMMAND), "serve", "--host", host], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "others" in done.stderr
    assert "--any-address" in done.stderr
