"""The async edge around a turn: what is fetched before it, what is carried out right after it."""

from __future__ import annotations

import asyncio
import logging

from bot.directory import Directory
from bot.platforms.base import Opener, Platform, SendError, SendPrivate
from bot.turn import TurnResult, Turns, said, with_place
from handlers.core.cards import Card
from handlers.core.messages import Incoming, Press
from handlers.core.replies import DrawnForm

log = logging.getLogger("callsheet.edge")


class TurnEdge:
    """Implements the inbox's Edge over one platform."""

    def __init__(self, platform: Platform, directory: Directory, turns: Turns) -> None:
        self._platform = platform
        self._directory = directory
        self._turns = turns

    async def prepare(self, incoming: Incoming) -> Incoming:
        await self._directory.prepare(incoming)
        return incoming

    async def at_once(self, incoming: Incoming, opener: Opener | None, result: TurnResult) -> None:
        """Open or redraw forms, show toasts; a spent opener becomes a private card with a button."""
        incoming = with_place(incoming)
        for effect in result.at_once:
            if isinstance(effect, DrawnForm):
                await self._form(incoming, opener, effect)
            else:
                await self._tell(incoming, said(effect.says))
        if result.told:
            await self._tell(incoming, result.told)

    async def _form(self, incoming: Incoming, opener: Opener | None, form: DrawnForm) -> None:
        try:
            if isinstance(incoming, Press) and incoming.form is not None and not form.push:
                await self._platform.redraw_form(incoming.workspace_id, form, incoming.form)
                return
            if opener is not None:
                await self._platform.open_form(incoming.workspace_id, incoming.person_id, form, opener)
                return
        except SendError as error:
            log.warning("a form could not be opened", extra={"form": form.form.name, "why": error.why})
        await asyncio.to_thread(self._turns.offer_form, incoming, self._platform.name, form)

    async def _tell(self, incoming: Incoming, card: Card) -> None:
        place = incoming.place
        sending = SendPrivate(
            incoming.person_id,
            card,
            f"toast:{incoming.key}",
            place.channel_id,
            place.thread,
            incoming.answer_to,
        )
        try:
            await self._platform.send(incoming.workspace_id, sending)
        except SendError as error:
            log.warning("a line could not be shown", extra={"why": error.why})
