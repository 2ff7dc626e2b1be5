"""Slack as a Platform: sends cards, looks for them, opens forms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.platforms.base import (
    Capabilities,
    ChannelFacts,
    Fate,
    Intake,
    Opener,
    Pace,
    PersonFacts,
    SendDirect,
    SendError,
    SendFile,
    SendHome,
    Sending,
    SendPost,
    SendPrivate,
    SendReaction,
    SendUpdate,
    Sent,
)
from bot.platforms.slack import paces
from bot.platforms.slack.drawings import Drawings, Hook
from bot.platforms.slack.forms import mint_id
from bot.platforms.slack.installations import Installation, Team
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.mrkdwn import clip_escaped, escape
from bot.platforms.slack.people import People
from bot.platforms.slack.posts import Posts, sure_to_repeat
from bot.platforms.slack.privates import Privates
from bot.platforms.slack.transport import PING_S, HttpTransport, SocketTransport, Transport
from handlers.core.clock import Clock
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm
from handlers.core.text import Text
from handlers.core.voices import Voice, known_locale

log = logging.getLogger(__name__)

LOOK_PAGES = 5
LOOK_LIMIT = 100
COMMENT = 3_000
UTC_ZONE = ZoneInfo("UTC")


def no_hook(_code: str) -> None:
    """Counts nothing."""


class RealTime:
    """The clock of a bot that nobody moves."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real(self) -> datetime:
        return datetime.now(UTC)


class SlackPlatform:
    """One Slack app in one workspace. `hook` counts what was refused or lost, by its code."""

    name = "slack"
    capabilities = Capabilities(ephemeral=True, forms=True, home=True, threads_take_commands=False, edits_forever=True)

    def __init__(
        self, installation: Installation, transport: Transport, *, clock: Clock | None = None, hook: Hook = no_hook
    ) -> None:
        self._installation = installation
        self._calls = installation.calls
        self._transport = transport
        self._clock = clock or RealTime()
        self._people = People(self._calls)
        self._drawings = Drawings(self._clock, hook)
        self._posts = Posts(self._calls, self._drawings, hook)
        privates = Privates(self._calls, self._drawings, self._posts, self.voice_of)
        self._redraws: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._ways: Mapping[type, Callable[[str, Any], Awaitable[Sent]]] = {
            SendPost: self._posts.to_channel,
            SendDirect: self._posts.to_person,
            SendUpdate: self._posts.update,
            SendPrivate: privates.send,
            SendReaction: self._send_reaction,
            SendFile: self._send_file,
            SendHome: self._send_home,
        }

    @classmethod
    def from_settings(
        cls,
        *,
        base_url: str,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        workspace_id: str = "",
        clock: Clock | None = None,
        hook: Hook = no_hook,
        ping_interval: float = PING_S,
    ) -> SlackPlatform:
        """Over Socket Mode where there is an `app_token`, else over signed HTTP. `clock` is real time by default."""
        installation = Installation(base_url, bot_token, workspace_id)
        transport: SocketTransport | HttpTransport = (
            SocketTransport(base_url, app_token, installation.identity_of, ping_interval)
            if app_token
            else HttpTransport(base_url, signing_secret, installation.identity_of)
        )
        return cls(installation, transport, clock=clock, hook=hook)

    def voice_of(self, workspace_id: str, person_id: str) -> Voice:
        """For the sentences that the adapter itself says; none of them names a time."""
        return Voice(known_locale(self._people.locale_of(workspace_id, person_id)), UTC_ZONE)

    async def start(self, intake: Intake) -> None:
        await self._transport.start(Listeners(intake, self._clock, self.voice_of, tell=self._tell))

    async def _tell(self, address: str, says: str) -> None:
        """One private line, gone if it cannot be shown: the database that would keep it cannot be written."""
        try:
            await self._calls.answer(
                address, {"text": escape(says), "response_type": "ephemeral", "replace_original": False}
            )
        except SendError as error:
            log.warning("could not say that nothing was saved: %s", error)

    def fault(self) -> str:
        return self._transport.fault()

    async def stop(self) -> None:
        await self._transport.close()

    async def close(self) -> None:
        await self.stop()
        await self._calls.close()

    def add_routes(self, server: web.Application) -> None:
        """What the process's server has to serve for us: nothing under Socket Mode."""
        self._transport.add_routes(server)

    async def identify(self) -> Team:
        """Whose token this is; SendError when Slack does not take it."""
        return await self._installation.identify()

    async def open_socket_url(self) -> str:
        """A fresh socket address, to see that Socket Mode opens; SendError when not."""
        return await self._transport.socket_url(self._calls)

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        return await self._people.fetch_person(workspace_id, person_id)

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None:
        return await self._people.fetch_channel(workspace_id, channel_id)

    async def list_members(self, workspace_id: str, channel_id: str) -> list[str]:
        return await self._people.list_members(workspace_id, channel_id)

    def pace(self, workspace_id: str, sending: Sending) -> Sequence[Pace]:
        return paces.of_sending(workspace_id, sending)

    def gate_of(self, workspace_id: str, kind: str) -> str | None:
        return paces.gate_of(workspace_id, kind)

    async def send(self, workspace_id: str, sending: Sending) -> Sent:
        return await self._ways[type(sending)](workspace_id, sending)

    async def look(self, workspace_id: str, sending: SendPost | SendDirect | SendFile, since: str) -> Sent | None:
        channel_id, thread = await self._place(workspace_id, sending)
        method = "conversations.replies" if thread else "conversations.history"
        where = {"channel": channel_id, "ts": thread} if thread else {"channel": channel_id}
        cursor = ""
        for _ in range(LOOK_PAGES):
            found = await self._calls.read(
                workspace_id,
                method,
                **where,
                oldest=since,
                inclusive="true",
                include_all_metadata="true",
                limit=LOOK_LIMIT,
                **({"cursor": cursor} if cursor else {}),
            )
            for message in found.get("messages", ()):
                if is_ours(message, sending):
                    return Sent(channel_id, str(message["ts"]))
            cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    async def open_form(self, workspace_id: str, person_id: str, form: DrawnForm, opener: Opener) -> None:
        if self._clock.real() >= opener.until:
            raise SendError(Fate.DEAD, "opener_spent")
        method = "views.push" if form.push else "views.open"
        view = self._drawings.modal(form.form, mint_id())
        await self._calls.write(workspace_id, method, trigger_id=opener.token, view=view)

    async def redraw_form(self, workspace_id: str, form: DrawnForm, where: FormRef) -> None:
        """Redraws of one view follow each other. Without the hash on purpose: each is drawn from what is true
        then, so the last one is right, and a hash of two quick presses would keep it out."""
        view = self._drawings.modal(form.form, mint_id())
        lock = self._redraws.setdefault(where.view_id, asyncio.Lock())
        async with lock:
            await self._calls.write(workspace_id, "views.update", view_id=where.view_id, view=view)

    async def _send_reaction(self, workspace_id: str, sending: SendReaction) -> Sent:
        method = "reactions.remove" if sending.remove else "reactions.add"
        where = {"channel": sending.channel_id, "timestamp": sending.ts, "name": sending.emoji}
        try:
            await sure_to_repeat(self._calls.write(workspace_id, method, **where))
        except SendError as error:
            if error.why not in {"already_reacted", "no_reaction"}:
                raise
        return Sent(sending.channel_id, sending.ts)

    async def _send_home(self, workspace_id: str, sending: SendHome) -> Sent:
        view = self._drawings.home(workspace_id, sending.card)
        await sure_to_repeat(self._calls.write(workspace_id, "views.publish", user_id=sending.person_id, view=view))
        return Sent()

    async def _send_file(self, workspace_id: str, sending: SendFile) -> Sent:
        channel_id, thread = await self._place(workspace_id, sending)
        offered = await sure_to_repeat(
            self._calls.read(
                workspace_id,
                "files.getUploadURLExternal",
                filename=sending.name,
                length=len(sending.content),
            )
        )
        await self._calls.upload(str(offered["upload_url"]), sending.content)
        shared: dict[str, Any] = {
            "files": [{"id": offered["file_id"], "title": sending.name}],
            "channel_id": channel_id,
        }
        if thread:
            shared["thread_ts"] = thread
        if sending.comment:
            shared["initial_comment"] = comment(sending.comment)
        await self._calls.write(workspace_id, "files.completeUploadExternal", **shared)
        return Sent(channel_id)

    async def _place(self, workspace_id: str, sending: SendPost | SendDirect | SendFile) -> tuple[str, str]:
        match sending:
            case SendDirect():
                return await self._posts.direct(workspace_id, sending.person_id), ""
            case SendFile() if sending.person_id and not sending.channel_id:
                return await self._posts.direct(workspace_id, sending.person_id), ""
            case _:
                return sending.channel_id, sending.thread


def is_ours(message: Mapping[str, Any], sending: SendPost | SendDirect | SendFile) -> bool:
    """Whether this message is what `sending` would have left. Files carry no key; their name has to do."""
    if isinstance(sending, SendFile):
        by_bot = bool(message.get("bot_id"))
        return by_bot and any(file.get("title") == sending.name for file in message.get("files") or ())
    metadata = message.get("metadata") or {}
    return bool((metadata.get("event_payload") or {}).get("key") == sending.key)


def comment(said: Text) -> str:
    return clip_escaped(said.plain, COMMENT)
