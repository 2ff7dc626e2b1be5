"""Who may call: the host and origin that we are, the key, and how much they may send."""

from __future__ import annotations

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.workspace.api.calls import LARGEST_CALL
from bot.workspace.stages import Stage
from bot.workspace.uploads import LARGEST

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/favicon.ico"})
APP_PREFIXES = ("/api/", "/socket", "/respond/", "/upload/")
PERSON_PREFIXES = ("/drive/", "/events")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def cookie_name(port: int) -> str:
    """One per port: cookies of one host are shared by all its ports."""
    return f"callsheet_{port}"


class Guard:
    """`port` is set once the server listens."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.port = 0

    def _hosts(self) -> tuple[str, str]:
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._stage.page_key.encode())

    def _may(self, request: web.Request) -> bool:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if bearer and self._is_key(bearer):
            return True
        if request.path.startswith("/files/") and hmac.compare_digest(bearer.encode(), self._stage.tokens.bot.encode()):
            return True
        return self._is_key(request.cookies.get(cookie_name(self.port), ""))

    def middleware(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check_wire(request)
            if request.path in OPEN_PATHS or request.path.startswith(APP_PREFIXES):
                return await handler(request)
            by_query = request.method == "GET" and self._is_key(request.query.get("key", ""))
            if not (by_query or self._may(request)):
                detail = "send Authorization: Bearer KEY, or open the page by the address that was printed"
                return web.json_response({"error": "unauthorized", "detail": detail}, status=401)
            response = await handler(request)
            if by_query and not response.prepared:
                name = cookie_name(self.port)
                response.set_cookie(name, self._stage.page_key, httponly=True, samesite="Strict", path="/")
            return response

        return guard

    def _check_wire(self, request: web.Request) -> None:
        if request.headers.get("Host", "") not in self._hosts():
            raise web.HTTPForbidden(text="this server answers to 127.0.0.1 and localhost only")
        origin = request.headers.get("Origin")
        ours = tuple(f"http://{host}" for host in self._hosts())
        if origin is not None and request.path.startswith(PERSON_PREFIXES) and origin not in ours:
            raise web.HTTPForbidden(text="foreign origin")
        most = LARGEST + LARGEST_CALL if request.path.startswith(("/upload/", "/drive/upload")) else LARGEST_CALL
        if (request.content_length or 0) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
