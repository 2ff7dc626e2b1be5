"""How payloads reach us: Socket Mode, or signed requests to `/slack/events`; the same app serves both."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.platforms.base import Fate, SendError
from bot.platforms.slack.calls import Calls, is_loopback, web_client
from bot.platforms.slack.listeners import Listeners

log = logging.getLogger(__name__)

BOLT_LOG = logging.getLogger("callsheet.bolt")
# Bolt finds SLACK_BOT_TOKEN in the environment by itself and warns that it will not use it.
BOLT_LOG.setLevel(logging.ERROR)

EVENTS_PATH = "/slack/events"
PING_S = 10.0
ASKED_OF_NOBODY = frozenset({"url_verification", "ssl_check"})
NOT_INSTALLED = (
    "Callsheet is not installed in this workspace any more. · Callsheet 已不在这个工作区里，请管理员重新安装。"
)
"""Said to somebody of whom nothing is known, so in both languages."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in a workspace."""

    bot_token: str
    bot_user_id: str
    bot_id: str


IdentityOf = Callable[[str], Awaitable[Identity | None]]
"""The bot in a workspace id; None where we are not installed. What it raises leaves the payload unacked."""


class Transport(Protocol):
    async def start(self, listeners: Listeners) -> None: ...

    def fault(self) -> str:
        """What keeps payloads from arriving; empty when nothing does."""

    async def close(self) -> None: ...

    def add_routes(self, server: web.Application) -> None:
        """Adds what it needs of the process's one server."""

    async def socket_url(self, calls: Calls) -> str:
        """A fresh socket address; SendError where there is none."""


def bolt_app(base_url: str, identity_of: IdentityOf, listeners: Listeners, signing_secret: str = "") -> AsyncApp:
    """The Bolt app with our listeners. It asks Slack nothing: identities come from us."""

    async def known_only(
        body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Acked here: left to Bolt, it would post to whatever address the payload names."""
        if body.get("type") not in ASKED_OF_NOBODY:
            workspace_id = context.team_id or context.enterprise_id or ""
            if await identity_of(workspace_id) is None:
                log.warning("payload of a workspace that we are not installed in: %s", workspace_id)
                return BoltResponse(status=200, body=NOT_INSTALLED if "command" in body else "")
        await next_()
        return None

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        identity = await identity_of(team_id or enterprise_id or "")
        if identity is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=identity.bot_token,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
        )

    app = AsyncApp(
        client=web_client(base_url),
        logger=BOLT_LOG,
        # Bolt reads None as "not installed", which its types leave out.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", authorize),
        process_before_response=True,
        signing_secret=signing_secret or "unused: sockets are not signed",
        before_authorize=known_only,
    )
    listeners.register(app)
    return app


class SocketTransport:
    """Socket Mode. `ping_interval` (seconds) is also how long a broken connection may go unnoticed."""

    def __init__(self, base_url: str, app_token: str, identity_of: IdentityOf, ping_interval: float = PING_S) -> None:
        self._base_url = base_url
        self._app_token = app_token
        self._identity_of = identity_of
        self._ping_interval = ping_interval
        self._handler: AsyncSocketModeHandler | None = None

    async def start(self, listeners: Listeners) -> None:
        app = bolt_app(self._base_url, self._identity_of, listeners)
        self._handler = AsyncSocketModeHandler(app, self._app_token, ping_interval=self._ping_interval)
        if is_loopback(self._base_url):
            self._handler.client.proxy = None
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    @property
    def is_connected(self) -> bool:
        handler = self._handler
        session = handler.client.current_session if handler is not None else None
        return session is not None and not session.closed

    def fault(self) -> str:
        return "" if self.is_connected else "the socket is not connected"

    def add_routes(self, server: web.Application) -> None:
        """Nothing: Slack is called, and does not call."""

    async def socket_url(self, calls: Calls) -> str:
        data, _ = await calls.ask("", "apps.connections.open", token=self._app_token)
        return str(data["url"])

    async def close(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            await handler.close_async()  # type: ignore[no-untyped-call]


class HttpTransport:
    """Signed requests. `add_routes` puts them on the process's one server; until `start` they answer 503."""

    def __init__(self, base_url: str, signing_secret: str, identity_of: IdentityOf) -> None:
        if not signing_secret:
            raise ValueError("signed HTTP needs the app's signing secret")
        self._base_url = base_url
        self._signing_secret = signing_secret
        self._identity_of = identity_of
        self._app: AsyncApp | None = None

    def add_routes(self, server: web.Application) -> None:
        server.router.add_post(EVENTS_PATH, self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        if self._app is None:
            return web.Response(status=503)
        answer = await self._app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def socket_url(self, calls: Calls) -> str:
        raise SendError(Fate.DEAD, "no_app_token")

    async def start(self, listeners: Listeners) -> None:
        self._app = bolt_app(self._base_url, self._identity_of, listeners, self._signing_secret)

    def fault(self) -> str:
        return "" if self._app is not None else "not started"

    async def close(self) -> None:
        self._app = None
