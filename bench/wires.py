"""The three ways in: Socket Mode, signed HTTP, a call in this process. Each sends a payload and awaits its ack."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bench.bare import EVENTS_PATH
from bench.teams import Team
from bot.platforms.slack.manifest import build_manifest
from bot.trial import DatabaseBackstage
from bot.workspace.server import LocalWorkspace, WorkspaceOptions
from handlers.registry import FEATURES

SIGNING_SECRET = "bench-signing-secret"
ENVELOPES = {"block_actions": "interactive", "event_callback": "events_api"}


class NotAcknowledged(Exception):
    """The app let a payload go without the answer that Slack waits for."""


class Wire(Protocol):
    async def send(self, payload: dict[str, Any]) -> None:
        """Returns at the acknowledgment; NotAcknowledged when there is none."""


class SocketWire:
    """Socket Mode from the local workspace's server, which runs in this process; the app runs in another."""

    def __init__(self, server: LocalWorkspace) -> None:
        self._sockets = server.stage.sockets

    async def send(self, payload: dict[str, Any]) -> None:
        kind = ENVELOPES.get(str(payload.get("type")), "slash_commands")
        if await self._sockets.request(kind, payload, "bench") is None:
            raise NotAcknowledged(kind)


class HttpWire:
    """Signed requests to an app's own server in another process."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._url = address + EVENTS_PATH
        self._session = session
        self._signer = SignatureVerifier(SIGNING_SECRET)

    async def send(self, payload: dict[str, Any]) -> None:
        body, kind = encoded(payload)
        at = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=at, body=body) or ""
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
        async with self._session.post(self._url, data=body.encode(), headers=headers) as response:
            if response.status != 200:
                raise NotAcknowledged(f"status {response.status}")
            await response.read()


def encoded(payload: dict[str, Any]) -> tuple[str, str]:
    """Body and content type as Slack sends them: events as JSON, commands as fields, the rest in one field."""
    match payload.get("type"):
        case "event_callback":
            return json.dumps(payload), "application/json"
        case "block_actions":
            return urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        case _:
            return urlencode(payload), "application/x-www-form-urlencoded"


class CallWire:
    """Bolt called in this very process: no wire at all, so what is left is the framework and what stands behind."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app

    async def send(self, payload: dict[str, Any]) -> None:
        response = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        if response.status != 200:
            raise NotAcknowledged(f"status {response.status}")


@asynccontextmanager
async def workspace(team: Team, folder: Path) -> AsyncIterator[LocalWorkspace]:
    """The local workspace over the team's database: Slack for the apps under measurement."""
    base = team.base
    backstage = DatabaseBackstage(
        base.database, base.clock, team.id, bot_is_up=lambda: True, start_over=lambda seed: None
    )
    options = WorkspaceOptions(data_dir=folder, port=0, key="bench", seed="team", manifest=build_manifest(FEATURES))
    server = LocalWorkspace(options, backstage)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
