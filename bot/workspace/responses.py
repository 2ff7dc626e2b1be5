"""response_url: five answers in thirty minutes to whoever acted."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.workspace.linting import Refused, check_message
from bot.workspace.records import Json, Message
from bot.workspace.sending import parse_body, with_block_ids
from bot.workspace.wire import WireLog
from bot.workspace.world import World

USES = 5
LIFETIME_S = 30 * 60.0


@dataclass(slots=True)
class Address:
    """Where an answer goes: the channel, its reader, and the message acted upon, if any."""

    channel: str
    person_id: str
    message_ts: str | None
    until: float
    uses: int = USES


class Responses:
    def __init__(self, world: World, wire: WireLog, real_s: Callable[[], float]) -> None:
        self._world = world
        self._wire = wire
        self._real_s = real_s
        self._addresses: dict[str, Address] = {}
        self.base_url = ""

    def mint(self, channel_id: str, person_id: str, message_ts: str | None = None) -> str:
        now = self._real_s()
        if len(self._addresses) > 2000:
            self._addresses = {k: a for k, a in self._addresses.items() if a.until > now and a.uses > 0}
        token = secrets.token_urlsafe(24)
        self._addresses[token] = Address(channel_id, person_id, message_ts, now + LIFETIME_S)
        return f"{self.base_url}/respond/{token}"

    def find(self, token: str) -> Address | None:
        """None once it is used up or thirty minutes old."""
        address = self._addresses.get(token)
        return address if address and address.uses > 0 and self._real_s() <= address.until else None

    async def serve(self, request: web.Request) -> web.Response:
        """POST /respond/{token}"""
        started = self._real_s()
        address = self.find(request.match_info["token"])
        if address is None:
            self._wire.add("in", "response_url", "used up or unknown", ok=False)
            return web.Response(status=404, text="used_url")
        try:
            body = parse_body(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        error = self._answer(address, body)
        ms = (self._real_s() - started) * 1000
        self._wire.add("in", "response_url", error or _summary(body), ms=ms, ok=not error, body=body)
        return web.Response(status=400 if error else 200, text=error or "ok")

    def _answer(self, address: Address, body: Json) -> str | None:
        if body.get("delete_original"):
            address.uses -= 1
            original = self._original(address)
            if original:
                self._world.messages.delete(original, self._world.bot.user_id)
            return None
        try:
            check_message(body, totals=False)
        except Refused as refused:
            return refused.error
        address.uses -= 1
        if body.get("replace_original"):
            return self._replace(address, body)
        self.put(address.channel, address.person_id, body)
        return None

    def _original(self, address: Address) -> Message | None:
        if address.message_ts is None:
            return None
        return self._world.messages.get(address.channel, address.message_ts, address.person_id)

    def _replace(self, address: Address, body: Json) -> str | None:
        original = self._original(address)
        if original is None or not original.is_bot:
            return "no_original"
        changes = {"text": str(body.get("text") or ""), "blocks": with_block_ids(body.get("blocks"))}
        self._world.messages.change(original, self._world.bot.user_id, **changes)
        return None

    def put(self, channel_id: str, person_id: str, body: Json) -> Message:
        """Post an answer: for its reader alone unless `response_type` is in_channel."""
        bot = self._world.bot
        message = Message(
            channel_id,
            "",
            bot.user_id,
            str(body.get("text") or ""),
            with_block_ids(body.get("blocks")),
            body.get("attachments"),
            body.get("thread_ts"),
            bot.bot_id,
            metadata=body.get("metadata"),
        )
        if body.get("response_type") == "in_channel":
            return self._world.messages.post(message)
        message.ephemeral_for = person_id
        return self._world.messages.post_private(message)


def _summary(body: Json) -> str:
    kinds = [key for key in ("replace_original", "delete_original") if body.get(key)]
    return " ".join([*kinds, str(body.get("response_type", "ephemeral")), str(body.get("text", ""))[:80]])
