"""The bot's side of the listeners by hand, and a Slack that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.platforms.base import Opener, Submitted
from bot.platforms.slack.adapter import SlackPlatform
from bot.platforms.slack.transport import Identity
from handlers.core.cards import Option
from handlers.core.clock import FakeClock
from handlers.core.messages import Incoming, Options, Submission
from handlers.core.voices import Voice
from tests.platforms.recorded import BOT, BOT_ID, TEAM

Json = dict[str, Any]
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def until(happened: Callable[[], bool], within_s: float = 5.0) -> None:
    """Returns once it has happened; TimeoutError when it does not."""
    async with asyncio.timeout(within_s):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def identity_of(workspace_id: str) -> Identity | None:
    return Identity("xoxb-1", BOT, BOT_ID) if workspace_id == TEAM else None


def english(workspace_id: str, person_id: str) -> Voice:
    return Voice("en", ZoneInfo("UTC"))


@dataclass(slots=True)
class FakeIntake:
    """Keeps what it is handed; `turn` runs inside of submit, `trace` tells the order of things."""

    accepted: list[tuple[Incoming, Opener | None]] = field(default_factory=list)
    submitted: list[Submission] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    answer: Submitted = field(default_factory=Submitted)
    choices: Sequence[Option] = ()
    turn_s: float = 0.0
    broken: Exception | None = None
    trace: list[str] = field(default_factory=list)
    turns: list[asyncio.Task[None]] = field(default_factory=list)

    async def accept(self, incoming: Incoming, opener: Opener | None = None) -> bool:
        if self.broken is not None:
            raise self.broken
        is_new = incoming.key not in {known.key for known, _ in self.accepted}
        self.accepted.append((incoming, opener))
        self.trace.append("accepted")
        if is_new:
            self.turns.append(asyncio.create_task(self._turn()))
        return is_new

    async def _turn(self) -> None:
        await asyncio.sleep(self.turn_s)
        self.trace.append("turn done")

    async def submit(self, submission: Submission) -> Submitted:
        self.submitted.append(submission)
        await asyncio.sleep(self.turn_s)
        if self.broken is not None:
            raise self.broken
        self.trace.append("turn done")
        return self.answer

    async def options(self, options: Options) -> Sequence[Option]:
        self.trace.append(f"options {options.input_key} {options.query}")
        return self.choices

    def count_message(self, workspace_id: str, channel_id: str) -> None:
        self.counted.append((workspace_id, channel_id))

    def wants(self, workspace_id: str, channel_id: str, thread: str) -> bool:
        return thread in self.threads


Reply = Callable[[web.Request, Json], web.StreamResponse]


def ok(**fields: Any) -> Reply:
    return lambda request, arguments: web.json_response({"ok": True, **fields})


def no(error: str) -> Reply:
    return lambda request, arguments: web.json_response({"ok": False, "error": error})


def status(code: int, **headers: str) -> Reply:
    return lambda request, arguments: web.Response(status=code, text="an error page", headers=headers)


def hang_up(request: web.Request, arguments: Json) -> web.StreamResponse:
    """The answer is lost on its way."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class FakeSlack:
    """`will` lines up answers for a method, the last one stays; `calls` are (method, arguments) as they came in."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self._replies: dict[str, list[Reply]] = {
            "auth.test": [ok(team_id=TEAM, team="live", user_id="U0CALLSHT0", bot_id="B0CALLSHT0")],
            "chat.postMessage": [ok(channel="C1", ts="1.1")],
            "conversations.open": [ok(channel={"id": "D1"})],
        }
        self.base_url = ""

    def will(self, method: str, *replies: Reply) -> None:
        self._replies[method] = list(replies)

    def of(self, method: str) -> list[Json]:
        return [arguments for called, arguments in self.calls if called == method]

    @property
    def methods(self) -> list[str]:
        return [called for called, _ in self.calls]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        arguments = await request.json() if is_json else {**request.query, "body": await request.read()}
        self.calls.append((method, arguments))
        lined_up = self._replies.get(method, [ok()])
        reply = lined_up.pop(0) if len(lined_up) > 1 else lined_up[0]
        return reply(request, arguments)


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    slack = FakeSlack()
    server = web.Application()
    server.router.add_route("*", "/api/{method}", slack.serve)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        yield slack
    finally:
        await runner.cleanup()


@asynccontextmanager
async def platform_at(base_url: str, clock: FakeClock, hooked: list[str]) -> AsyncIterator[SlackPlatform]:
    platform = SlackPlatform.from_settings(
        base_url=base_url, bot_token="xoxb-1", app_token="xapp-1", workspace_id=TEAM, clock=clock, hook=hooked.append
    )
    try:
        yield platform
    finally:
        await platform.close()
