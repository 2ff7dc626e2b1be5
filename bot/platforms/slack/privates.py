"""Cards that one person alone sees: by the response address, else ephemeral in the place, else by DM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.platforms.base import SendError, SendPrivate, Sent
from bot.platforms.slack.calls import Calls
from bot.platforms.slack.drawings import Drawings
from bot.platforms.slack.fates import NOT_THERE, REFUSED_BLOCKS
from bot.platforms.slack.posts import Posts, sure_to_repeat
from handlers.core.cards import Card, Paragraph
from handlers.core.text import text
from handlers.core.voices import N_, Voice

VoiceOf = Callable[[str, str], Voice]
"""The voice for (workspace id, person id)."""

INVITE_ME = N_("I am not a member of that channel. Invite me there with /invite and I can answer in place.")


class Privates:
    def __init__(self, calls: Calls, drawings: Drawings, posts: Posts, voice_of: VoiceOf) -> None:
        self._calls = calls
        self._drawings = drawings
        self._posts = posts
        self._voice_of = voice_of

    async def send(self, workspace_id: str, sending: SendPrivate) -> Sent:
        if sending.answer_to and await self._answer(workspace_id, sending):
            return Sent(how="response")
        if not sending.channel_id:
            return await sure_to_repeat(self._by_direct(workspace_id, sending))
        if sending.channel_id.startswith("D"):
            page = self._drawings.one(workspace_id, sending.card)
            place = (workspace_id, sending.channel_id, sending.thread, page, sending)
            sent = await sure_to_repeat(self._posts.post(*place))
            return Sent(sent.channel_id, sent.ts, how="dm")
        try:
            await sure_to_repeat(self._ephemeral(workspace_id, sending))
        except SendError as error:
            if error.why not in NOT_THERE:
                raise
            return await sure_to_repeat(self._by_direct(workspace_id, sending, invite=True))
        return Sent(sending.channel_id, how="ephemeral")

    async def _answer(self, workspace_id: str, sending: SendPrivate) -> bool:
        how: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False}
        if sending.thread:
            how["thread_ts"] = sending.thread
        page = self._drawings.one(workspace_id, sending.card)
        try:
            return await self._calls.answer(sending.answer_to, {**page, **how})
        except SendError as error:
            if error.why not in REFUSED_BLOCKS:
                raise
            plain = self._drawings.refused(workspace_id, page, sending.card, error.why)
            return await self._calls.answer(sending.answer_to, {**plain, **how})

    async def _ephemeral(self, workspace_id: str, sending: SendPrivate) -> Mapping[str, Any]:
        page = self._drawings.one(workspace_id, sending.card)
        place = {"channel": sending.channel_id, "user": sending.person_id}
        if sending.thread:
            place["thread_ts"] = sending.thread
        return await self._posts.write_card(workspace_id, "chat.postEphemeral", page, sending.card, **place)

    async def _by_direct(self, workspace_id: str, sending: SendPrivate, invite: bool = False) -> Sent:
        card = sending.card
        if invite:
            says = self._voice_of(workspace_id, sending.person_id).say(INVITE_ME)
            card = Card(card.title, (*card.blocks, Paragraph(text(says), small=True)), card.summary)
        channel_id = await self._posts.direct(workspace_id, sending.person_id)
        page = self._drawings.one(workspace_id, card)
        sent = await self._posts.post(workspace_id, channel_id, "", page, sending)
        return Sent(sent.channel_id, sent.ts, how="dm")
