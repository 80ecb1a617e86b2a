"""textual-serve behind a key: without it any page in the browser, and any user of the machine, could use the app."""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from textual_serve.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class KeyServer(Server):
    """Answers only to who opened its address, which holds the key; a cookie keeps it afterwards."""

    def __init__(self, command: str, host: str, port: int, key: str) -> None:
        super().__init__(command, host=host, port=port, title="rwm-tui", public_url=f"http://{_in_url(host)}:{port}")
        self._key = key

    @property
    def address(self) -> str:
        return f"{self.public_url}/?key={self._key}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._require_key)
        return app

    @web.middleware
    async def _require_key(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._fits(request.query.get("key", "")):
            answer = web.HTTPFound(self.public_url + "/")
            answer.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            return answer
        origin = request.headers.get("Origin", self.public_url)  # a page of another origin sends its own
        if not self._fits(request.cookies.get(self._cookie, "")) or origin != self.public_url:
            return web.Response(status=403, text="Open the whole address that `rwm-tui serve` printed.\n")
        return await handler(request)

    @property
    def _cookie(self) -> str:
        return f"rwm-tui-{self.port}"

    def _fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._key.encode())

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: the address was told already."""

    def initialize_logging(self) -> None:
        """As Python's default has it: warnings, to stderr."""


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
