"""The stream of changes of one tab: server-sent events, drawn for its person and place."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.workspace.feed import Change, Subscription
from bot.workspace.guide import Guide
from bot.workspace.pens import Pen
from bot.workspace.records import Channel
from bot.workspace.screens import Place, now_text
from bot.workspace.world import World

PING_S = 15.0
_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


def encode(kind: str, data: dict[str, Any], position: str) -> bytes:
    """One event on the wire."""
    return f"id: {position}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Tab:
    """What one tab must hear of each change: its person's, drawn for the place where it stands."""

    def __init__(self, world: World, guide: Guide, pen: Pen, place: Place, *, wants_wire: bool) -> None:
        self._world = world
        self._guide = guide
        self._pen = pen
        self._place = place
        self._kinds: dict[str, Callable[[Change], dict[str, Any] | None]] = {
            "message": self._message,
            "message_deleted": self._gone,
            "ephemeral": self._ephemeral,
            "ephemeral_deleted": self._gone,
            "form": lambda change: {"html": self._drawn("forms.html", forms=pen.forms())},
            "home": lambda change: self._home(),
            "unread": lambda change: self._unread(),
            "clock": lambda change: self._clock(),
            "guide": lambda change: {"html": self._drawn("guide.html", guide=guide.steps(pen.translations))},
            "toast": lambda change: change.data,
            "wire": lambda change: change.data if wants_wire else None,
            "channel": lambda change: {},
            "person": lambda change: {},
            "faults": lambda change: change.data,
            "reset": lambda change: {},
        }

    def hear(self, change: Change) -> dict[str, Any] | None:
        """The event's data, or None when it is not for this tab."""
        self._guide.notice(change)
        draw = self._kinds.get(change.kind)
        if draw is None or not change.is_for(self._pen.person.id):
            return None
        return draw(change)

    def _drawn(self, template: str, **page: Any) -> str:
        return self._pen.environment.get_template(template).render(page=page)

    def _visible(self, channel_id: str | None) -> Channel | None:
        channel = self._world.roster.channel(channel_id or "")
        return channel if channel and self._world.roster.may_see(self._pen.person.id, channel) else None

    def _message(self, change: Change) -> dict[str, Any] | None:
        if self._visible(change.channel) is None:
            return None
        message = self._world.messages.get(change.channel or "", change.ts or "")
        if message is None:
            return None
        person_id, here = self._pen.person.id, change.channel == self._place.channel.id
        if here and self._place.tab != "home":
            self._world.messages.mark_read(person_id, message.channel)
        data: dict[str, Any] = {"channel": message.channel, "ts": message.ts, **self._unread()}
        if not here:
            return data
        if message.thread_ts is None or message.broadcast:
            data["list"] = self._pen.message_html(message, "list")
        if self._place.thread_ts in (message.ts, message.thread_ts):
            data["thread"] = self._pen.message_html(message, "thread")
        return data

    def _ephemeral(self, change: Change) -> dict[str, Any] | None:
        message = self._world.messages.get(change.channel or "", change.ts or "", self._pen.person.id)
        if message is None:
            return None
        container = "thread" if message.thread_ts else "list"
        html = self._pen.message_html(message, container)
        return {
            "channel": message.channel,
            "ts": message.ts,
            "root": message.thread_ts or "",
            container: html,
        }

    def _gone(self, change: Change) -> dict[str, Any] | None:
        if self._visible(change.channel) is None:
            return None
        stone = self._world.messages.get(change.channel or "", change.ts or "")
        if stone is not None:
            return self._message(change)
        return {"channel": change.channel, "ts": change.ts, "gone": True}

    def _home(self) -> dict[str, Any]:
        home_id, blocks = self._pen.home()
        return {"html": self._drawn("home.html", home_id=home_id, home_blocks=blocks)}

    def _unread(self) -> dict[str, Any]:
        return {"unread": self._world.messages.unread(self._pen.person.id)}

    def _clock(self) -> dict[str, Any]:
        now = self._world.clock.now()
        wall = now.astimezone(self._pen.reader.zone).strftime("%Y-%m-%dT%H:%M")
        return {"now": now_text(self._pen, now), "iso": now.isoformat(), "wall": wall}


class Streams:
    """Serves `/events`. A position is `BOOT:SEQ`, so that a tab of an earlier process starts over."""

    def __init__(self, world: World, guide: Guide) -> None:
        self._world = world
        self._guide = guide
        self._boot = secrets.token_hex(4)

    def position(self) -> str:
        """Where the feed stands now; a page carries it to its stream."""
        return self._at(self._world.feed.seq)

    def _at(self, seq: int) -> str:
        return f"{self._boot}:{seq}"

    def _missed(self, position: str) -> list[Change] | None:
        boot, _, seq = position.partition(":")
        return self._world.feed.since(int(seq)) if boot == self._boot and seq.isdigit() else None

    async def run(self, request: web.Request, pen: Pen, place: Place) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS)
        tab = Tab(self._world, self._guide, pen, place, wants_wire="wire" in request.query)
        position = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        with self._world.feed.subscribe() as subscription:
            missed = self._missed(position)
            try:
                await response.prepare(request)
                await response.write(b"retry: 1000\n\n")
                if missed is None:
                    await response.write(encode("resync", {}, self.position()))
                for change in missed or []:
                    await self._tell(response, tab, change)
                while await self._relay(response, tab, subscription):
                    pass
            except ConnectionError:
                return response
        return response

    async def _relay(self, response: web.StreamResponse, tab: Tab, subscription: Subscription) -> bool:
        """Passes on one change, or a ping when none came; False at the end of the feed."""
        try:
            async with asyncio.timeout(PING_S):
                change = await subscription.get()
        except TimeoutError:
            await response.write(b": ping\n\n")
            return True
        if change is not None:
            await self._tell(response, tab, change)
        return change is not None

    async def _tell(self, response: web.StreamResponse, tab: Tab, change: Change) -> None:
        data = tab.hear(change)
        if data is not None:
            await response.write(encode(change.kind, data, self._at(change.seq)))
