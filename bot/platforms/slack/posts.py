"""Cards as messages: posted, continued in their thread, drawn simpler when refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.platforms.base import Fate, SendDirect, SendError, SendPost, SendPrivate, SendUpdate, Sent
from bot.platforms.slack.calls import Calls
from bot.platforms.slack.drawings import Drawings, Hook
from bot.platforms.slack.fates import REFUSED_BLOCKS
from handlers.core.cards import Card

log = logging.getLogger(__name__)

EVENT_TYPE = "callsheet"
Answered = TypeVar("Answered")
Page = Mapping[str, Any]
Keyed = SendPost | SendDirect | SendPrivate


async def sure_to_repeat(call: Awaitable[Answered]) -> Answered:
    """A call that may be made twice without harm: an unknown outcome is simply tried again."""
    try:
        return await call
    except SendError as error:
        if error.fate is not Fate.UNKNOWN:
            raise
        raise SendError(Fate.RETRY, error.why) from error


class Posts:
    def __init__(self, calls: Calls, drawings: Drawings, hook: Hook) -> None:
        self._calls = calls
        self._drawings = drawings
        self._hook = hook
        self._directs: dict[tuple[str, str], str] = {}

    async def to_channel(self, workspace_id: str, sending: SendPost) -> Sent:
        """A living card stays one message, and tells where it stands."""
        if not sending.live:
            return await self.paged(workspace_id, sending.channel_id, sending.thread, sending)
        page = self._drawings.one(workspace_id, sending.card)
        sent = await self.post(workspace_id, sending.channel_id, sending.thread, page, sending)
        return replace(sent, permalink=await self._permalink(workspace_id, sent))

    async def to_person(self, workspace_id: str, sending: SendDirect) -> Sent:
        channel_id = await self.direct(workspace_id, sending.person_id)
        return replace(await self.paged(workspace_id, channel_id, "", sending), how="dm")

    async def paged(self, workspace_id: str, channel_id: str, thread: str, sending: Keyed) -> Sent:
        """A card of several messages goes on in the thread of its first."""
        pages = self._drawings.pages(workspace_id, sending.card)
        first = await self.post(workspace_id, channel_id, thread, pages[0], sending)
        place = {"channel": first.channel_id, "thread_ts": thread or first.ts}
        await self.rest(pages[1:], lambda page: self._calls.write(workspace_id, "chat.postMessage", **place, **page))
        return first

    async def post(self, workspace_id: str, channel_id: str, thread: str, page: Page, sending: Keyed) -> Sent:
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": sending.key}}
        place = {"channel": channel_id, **({"thread_ts": thread} if thread else {})}
        posted = await self.write_card(workspace_id, "chat.postMessage", page, sending.card, **place, metadata=metadata)
        return Sent(str(posted.get("channel") or channel_id), str(posted["ts"]))

    async def rest(self, pages: Sequence[Page], send: Callable[[Page], Awaitable[Any]]) -> None:
        """What follows the first page. A loss is told in the log: sending all of it again would be worse."""
        for number, page in enumerate(pages, start=2):
            try:
                await send(page)
            except SendError as error:
                log.error("page %s was not sent: %s", number, error)
                self._hook("page_lost")
                return

    async def update(self, workspace_id: str, sending: SendUpdate) -> Sent:
        """An update sent twice is one update: no need to look."""
        page = self._drawings.one(workspace_id, sending.card)
        place = {"channel": sending.channel_id, "ts": sending.ts}
        await sure_to_repeat(self.write_card(workspace_id, "chat.update", page, sending.card, **place))
        return Sent(sending.channel_id, sending.ts)

    async def write_card(
        self, workspace_id: str, method: str, page: Mapping[str, Any], card: Card, **place: Any
    ) -> Mapping[str, Any]:
        """Once as drawn; refused for its blocks, once without what may have been the reason."""
        try:
            return await self._calls.write(workspace_id, method, **place, **page)
        except SendError as error:
            if error.why not in REFUSED_BLOCKS:
                raise
            plain = self._drawings.refused(workspace_id, page, card, error.why)
            return await self._calls.write(workspace_id, method, **place, **plain)

    async def direct(self, workspace_id: str, person_id: str) -> str:
        """The DM with a person; Slack opens the same one every time."""
        known = self._directs.get((workspace_id, person_id))
        if known is None:
            opened = await sure_to_repeat(self._calls.write(workspace_id, "conversations.open", users=person_id))
            known = self._directs[workspace_id, person_id] = str(opened["channel"]["id"])
        return known

    async def _permalink(self, workspace_id: str, sent: Sent) -> str:
        """ "" when Slack does not say: the card stands all the same."""
        try:
            found = await self._calls.read(
                workspace_id, "chat.getPermalink", channel=sent.channel_id, message_ts=sent.ts
            )
        except SendError as error:
            log.info("no permalink of %s:%s: %s", sent.channel_id, sent.ts, error)
            return ""
        return str(found.get("permalink") or "")
