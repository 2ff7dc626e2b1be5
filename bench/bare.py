"""Bare Bolt doing nothing: one empty listener that acks. The yardstick beside every transport.

`python -m bench.bare BASE_URL BOT_TOKEN APP_TOKEN SIGNING_SECRET`: Socket Mode with an app token, else signed HTTP.
"""

from __future__ import annotations

import asyncio
import re
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

EVENTS_PATH = "/slack/events"
ANY = re.compile(".*")


def bare_app(base_url: str, bot_token: str, signing_secret: str) -> AsyncApp:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token, bot_user_id="U0", bot_id="B0"
        )

    async def nothing(ack: AsyncAck) -> None:
        await ack()

    client = AsyncWebClient(base_url=base_url, retry_handlers=[])
    client.proxy = None
    app = AsyncApp(client=client, authorize=authorize, process_before_response=True, signing_secret=signing_secret)
    app.action(ANY)(nothing)
    return app


async def serve_http(app: AsyncApp) -> str:
    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post(EVENTS_PATH, receive)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


async def serve_socket(app: AsyncApp, app_token: str) -> str:
    handler = AsyncSocketModeHandler(app, app_token)
    handler.client.proxy = None
    await handler.connect_async()  # type: ignore[no-untyped-call]
    return "socket"


async def main(base_url: str, bot_token: str, app_token: str, signing_secret: str) -> None:
    app = bare_app(base_url, bot_token, signing_secret)
    address = await (serve_socket(app, app_token) if app_token else serve_http(app))
    print(f"bare ready {address}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
