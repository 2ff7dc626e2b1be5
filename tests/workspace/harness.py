"""A workspace on a free port, a small Bolt app in it, and a hand that drives it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.server import LocalWorkspace, WorkspaceOptions

Json = dict[str, Any]
KEY = "key-of-the-test"
TEAM, PRODUCTS = "C0LIVETEAM", "C0PRODUCTS"
XIAOZHOU, MEI, LINLAN = "U0XZHOUHA7", "U0MEILING4", "U0LINLAN01"

SCOPES = [
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "channels:join",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "reactions:read",
    "reactions:write",
    "users:read",
    "team:read",
]
EVENTS = [
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "file_shared",
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "user_change",
]


def manifest(*, scopes: list[str] | None = None, events: list[str] | None = None, escape: bool = True) -> Json:
    commands = [{"command": "/trial", "description": "try it", "usage_hint": "[word]", "should_escape": escape}]
    shortcuts = [
        {"name": "记到复盘 · Retro note", "type": "message", "callback_id": "note.message", "description": "note"},
        {"name": "查词 · Check wording", "type": "global", "callback_id": "check.global", "description": "check"},
    ]
    return {
        "features": {"slash_commands": commands, "shortcuts": shortcuts},
        "oauth_config": {"scopes": {"bot": SCOPES if scopes is None else scopes}},
        "settings": {
            "event_subscriptions": {"bot_events": EVENTS if events is None else events},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


class FakeBackstage:
    """The bot's side by hand: `due` are instants at which something is due, `reasons` why it is not at rest."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.due: list[datetime] = []
        self.ran: list[datetime] = []
        self.reasons: list[str] = []
        self.seed = "team"
        self.marked = True
        self.moves: list[datetime] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_clock(self, to: datetime) -> None:
        self.offset = to - datetime.now(UTC)
        self.moves.append(to)
        self.ran += [one for one in self.due if one <= to]
        self.due = [one for one in self.due if one > to]

    def next_due_at(self) -> datetime | None:
        return min((one for one in self.due if one > self.now()), default=None)

    def waiting(self) -> list[str]:
        return list(self.reasons)

    def fired(self) -> int:
        return len(self.ran)

    def seed_name(self) -> str:
        return self.seed

    def reset(self, seed: str | None) -> None:
        if not self.marked:
            raise PermissionError("this database does not bear the seed's mark")
        self.seed = seed or self.seed
        self.offset = timedelta(0)
        self.due = []


class Driver:
    """Calls of the driver API; `ok` ones return the answer, `refused` ones the status and the error."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self.base_url = base_url
        self.session = session

    async def raw(self, method: str, call: str, **options: Any) -> tuple[int, Any]:
        async with self.session.request(method, f"{self.base_url}/drive/{call}", **options) as response:
            return response.status, await response.json()

    async def post(self, call: str, **body: Any) -> Any:
        status, answer = await self.raw("POST", call, json=body)
        assert status == 200, answer
        return answer

    async def get(self, call: str, **query: str) -> Any:
        status, answer = await self.raw("GET", call, params=query)
        assert status == 200, answer
        return answer

    async def refused(self, call: str, **body: Any) -> tuple[int, str]:
        status, answer = await self.raw("POST", call, json=body)
        assert set(answer) >= {"error", "detail"}, answer
        return status, answer["error"]

    async def say(self, person: str, text: str, channel: str = "live-team", **more: Any) -> Any:
        return await self.post("say", person=person, channel=channel, text=text, **more)

    async def messages(self, person: str, channel: str = "live-team", **query: str) -> list[Json]:
        answer = await self.get("messages", person=person, channel=channel, **query)
        found: list[Json] = answer["messages"]
        return found

    async def upload(self, person: str, channel: str, name: str, content: bytes, **fields: str) -> Json:
        form = aiohttp.FormData()
        for key, value in {"person": person, "channel": channel, **fields}.items():
            form.add_field(key, value)
        form.add_field("file", content, filename=name)
        status, answer = await self.raw("POST", "upload", data=form)
        assert status == 200, answer
        found: Json = answer
        return found

    async def settle(self) -> None:
        answer = await self.post("settle", timeout_ms=5000)
        assert answer == {"settled": True}, answer


def local_client(workspace: LocalWorkspace, token: str | None = None) -> AsyncWebClient:
    client = AsyncWebClient(
        token=workspace.bot_token if token is None else token, base_url=workspace.api_url, retry_handlers=[]
    )
    client.proxy = None
    return client


class TrialApp:
    """A real Bolt app that writes down every payload; `on` sets what it does with one kind.

    Kinds: event types, "command", "view_submission", "view_closed", "message_action", "shortcut",
    "block_actions", "block_suggestion". A reaction gets (body, ack); without one everything is acknowledged.
    """

    def __init__(self, workspace: LocalWorkspace) -> None:
        self.client = local_client(workspace)
        self.seen: list[tuple[str, Json]] = []
        self.retries: list[str] = []
        self._reactions: dict[str, Callable[..., Any]] = {}
        self._news = asyncio.Condition()

        async def authorize(**_: Any) -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None,
                team_id=workspace.team_id,
                bot_token=workspace.bot_token,
                bot_id=workspace.bot_id,
                bot_user_id=workspace.bot_user_id,
            )

        self.app = AsyncApp(
            name="trial",
            client=self.client,
            authorize=authorize,
            process_before_response=True,
            ignoring_self_events_enabled=False,
        )
        self._listen(re.compile(".*"))
        self.handler = AsyncSocketModeHandler(self.app, workspace.app_token, ping_interval=1)
        self.handler.client.proxy = None

    def _listen(self, anything: re.Pattern[str]) -> None:
        async def take(body: Json, ack: Any, request: Any) -> None:
            kind = body["event"]["type"] if "event" in body else body.get("type", "command")
            self.seen.append((kind, body))
            self.retries += request.headers.get("x-slack-retry-num", [])
            async with self._news:
                self._news.notify_all()
            reaction = self._reactions.get(kind)
            if reaction:
                await reaction(body, ack)
            else:
                await ack()

        for listen in (self.app.event, self.app.command, self.app.action, self.app.view, self.app.options):
            listen(anything)(take)
        self.app.event("message")(take)
        self.app.view_closed(anything)(take)
        self.app.shortcut(anything)(take)

    def on(self, kind: str, reaction: Callable[..., Any]) -> None:
        self._reactions[kind] = reaction

    def of(self, kind: str) -> list[Json]:
        """The payloads of one kind; of events, the inner ones."""
        return [body.get("event", body) for seen, body in self.seen if seen == kind]

    async def wait_for(self, kind: str, count: int = 1) -> list[Json]:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


def options_for(folder: Path, backstage: FakeBackstage, **changes: Any) -> WorkspaceOptions:
    standard: Json = {"data_dir": folder, "port": 0, "key": KEY, "seed": backstage.seed, "manifest": manifest()}
    return WorkspaceOptions(**{**standard, **changes})


@asynccontextmanager
async def running(folder: Path, backstage: FakeBackstage, **changes: Any) -> AsyncIterator[LocalWorkspace]:
    extra_routes = changes.pop("extra_routes", None)
    workspace = LocalWorkspace(options_for(folder, backstage, **changes), backstage, extra_routes)
    await workspace.start()
    try:
        yield workspace
    finally:
        await workspace.close()


@asynccontextmanager
async def driving(workspace: LocalWorkspace) -> AsyncIterator[Driver]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        yield Driver(workspace.base_url, session)


@asynccontextmanager
async def connected(workspace: LocalWorkspace) -> AsyncIterator[TrialApp]:
    app = TrialApp(workspace)
    await app.handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield app
    finally:
        await app.handler.close_async()  # type: ignore[no-untyped-call]
