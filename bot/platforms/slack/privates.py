"""Cards that one person alone sees: by the response address, else ephemeral in the place, else by DM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.platforms.base import SendError, SendPrivate, Sent
from bot.platforms.slack.calls import Calls
from bot.platforms.slack.drawings import Drawings
from bot.platforms.slack.fates import NOT_THERE, REFUSED_BLOCKS
from bot.platforms.slack.posts import Page, Posts, sure_to_repeat
from handlers.core.cards import Paragraph
from handlers.core.text import text
from handlers.core.voices import N_, Voice

VoiceOf = Callable[[str, str], Voice]
"""The voice for (workspace id, person id)."""

INVITE_ME = N_("I am not a member of that channel. Invite me there with /invite and I can answer in place.")


MOST_PAGES = 4
"""A response address may be used five times."""


class Privates:
    def __init__(self, calls: Calls, drawings: Drawings, posts: Posts, voice_of: VoiceOf) -> None:
        self._calls = calls
        self._drawings = drawings
        self._posts = posts
        self._voice_of = voice_of

    async def send(self, workspace_id: str, sending: SendPrivate) -> Sent:
        pages = self._drawings.pages(workspace_id, sending.card)[:MOST_PAGES]
        if sending.answer_to and await self._answer(workspace_id, sending, pages[0]):
            await self._posts.rest(pages[1:], lambda page: self._answer(workspace_id, sending, page))
            return Sent(how="response")
        if not sending.channel_id or sending.channel_id.startswith("D"):
            return await sure_to_repeat(self._by_direct(workspace_id, sending))
        try:
            await sure_to_repeat(self._ephemeral(workspace_id, sending, pages[0]))
        except SendError as error:
            if error.why not in NOT_THERE:
                raise
            return await sure_to_repeat(self._by_direct(workspace_id, self._inviting(workspace_id, sending)))
        await self._posts.rest(pages[1:], lambda page: self._ephemeral(workspace_id, sending, page))
        return Sent(sending.channel_id, how="ephemeral")

    async def _answer(self, workspace_id: str, sending: SendPrivate, page: Page) -> bool:
        how: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False}
        if sending.thread:
            how["thread_ts"] = sending.thread
        try:
            return await self._calls.answer(sending.answer_to, {**page, **how})
        except SendError as error:
            if error.why not in REFUSED_BLOCKS:
                raise
            plain = self._drawings.refused(workspace_id, page, sending.card, error.why)
            return await self._calls.answer(sending.answer_to, {**plain, **how})

    async def _ephemeral(self, workspace_id: str, sending: SendPrivate, page: Page) -> Page:
        place = {"channel": sending.channel_id, "user": sending.person_id}
        if sending.thread:
            place["thread_ts"] = sending.thread
        return await self._posts.write_card(workspace_id, "chat.postEphemeral", page, sending.card, **place)

    async def _by_direct(self, workspace_id: str, sending: SendPrivate) -> Sent:
        """In the DM where it was asked, else in the person's own."""
        channel_id, thread = sending.channel_id, sending.thread
        if not channel_id.startswith("D"):
            channel_id, thread = await self._posts.direct(workspace_id, sending.person_id), ""
        return replace(await self._posts.paged(workspace_id, channel_id, thread, sending), how="dm")

    def _inviting(self, workspace_id: str, sending: SendPrivate) -> SendPrivate:
        says = self._voice_of(workspace_id, sending.person_id).say(INVITE_ME)
        invitation = Paragraph(text(says), small=True)
        return replace(sending, card=replace(sending.card, blocks=(*sending.card.blocks, invitation)))
