"""What a row of work means now: state is read when it is sent, not when it was queued."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.clocks import millis
from bot.desks import Ways
from bot.platforms.base import CARD, SendFile, SendHome, Sending, SendPost, SendPrivate, SendUpdate
from bot.scenes import Scenes
from handlers.core.cards import Card, Paragraph
from handlers.core.messages import Opened, Place
from handlers.core.router import Router
from handlers.core.text import Link, Text, text
from storage.databases import Database, Store
from storage.tables import LiveCard, WorkRow


@dataclass(frozen=True, slots=True)
class Meaning:
    """The call to make; None when there is nothing to say (any more). For a living card: its id, the hash of what it
    will show, and when it has to be drawn again because time alone changes it."""

    sending: Sending | None = None
    card: int = 0
    shown: str = ""
    next_at: datetime | None = None


NOTHING = Meaning()


def digest(card: Card) -> str:
    return hashlib.sha256(CARD.dump_json(card)).hexdigest()[:32]


class Meanings:
    """Reads a row's meaning from the store, in one snapshot."""

    def __init__(self, database: Database, router: Router, scenes: Scenes, ways: Ways) -> None:
        self._database = database
        self._router = router
        self._scenes = scenes
        self._ways = ways

    def of(self, row: WorkRow) -> Meaning:
        with self._database.read(row.workspace_id) as store:
            if store.workspace.get().state != "active":
                return NOTHING
            match row.payload["op"]:
                case "live":
                    return self._live(store, int(row.payload["card"]), check="check" in row.payload)
                case "point" if store.cards.get(int(row.payload["card"])).ts != row.payload["ts"]:
                    return NOTHING
                case "moved":
                    return self._moved(store, row.payload)
                case "home":
                    return Meaning(self._home(store, row))
                case "file":
                    return Meaning(file_sending(store, row))
                case _:
                    return Meaning(self._fresh(self._ways.open(row.payload["sending"]), row))

    def _fresh(self, sending: Sending, row: WorkRow) -> Sending:
        """A private answer whose address has died takes the next way."""
        until = row.payload.get("answer_until")
        if isinstance(sending, SendPrivate) and until is not None and until < millis(self._scenes.clock.real()):
            return replace(sending, answer_to="")
        return sending

    def _live(self, store: Store, card_id: int, *, check: bool) -> Meaning:
        """Nothing to send where the message shows this already, unless somebody asked whether it still stands."""
        live = store.cards.get(card_id)
        scene = self._scenes.scene(store, live.channel_id)
        card = self._router.draw_live(scene, live.kind, live.entity_id)
        if card is None:
            return NOTHING
        shown, next_at = digest(card), self._router.live_changes_at(scene, live.kind, live.entity_id)
        same = live.ts is not None and live.shown == shown and not check
        return Meaning(None if same else live_sending(live, card), live.id, shown, next_at)

    def _moved(self, store: Store, payload: Mapping[str, Any]) -> Meaning:
        """The old post of a living card: one line with a link to where it went."""
        live = store.cards.get(int(payload["card"]))
        voice = self._scenes.scene(store, live.channel_id).public
        says: Text = text(voice.say("This card has moved down ↓"))
        if live.permalink:
            says = Text((Link(live.permalink, says.plain),))
        return Meaning(SendUpdate(live.channel_id, str(payload["ts"]), Card("", (Paragraph(says),), says.plain)))

    def _home(self, store: Store, row: WorkRow) -> SendHome:
        person_id = str(row.payload["person"])
        opened = Opened(
            workspace_id=row.workspace_id,
            person_id=person_id,
            place=Place(kind="home"),
            key=row.key,
            said_at=self._scenes.clock.now(),
        )
        card = self._router.home(self._scenes.context(store, opened))
        notice = str(row.payload.get("notice") or "")
        if notice:
            card = replace(card, blocks=(Paragraph(text(notice)), *card.blocks))
        return SendHome(person_id, card)


def live_sending(live: LiveCard, card: Card) -> Sending:
    if live.ts:
        return SendUpdate(live.channel_id, live.ts, card)
    # The key names the post that it replaces, so that a look never takes that one for the new one.
    return SendPost(live.channel_id, card, f"card:{live.id}:{live.old_ts or 0}", live.thread, live=True)


def file_sending(store: Store, row: WorkRow) -> SendFile:
    payload = row.payload
    blob = store.blobs.get(int(payload["blob"]))
    return SendFile(
        name=blob.name,
        content=blob.content,
        key=row.key,
        channel_id=str(payload["channel"]),
        thread=str(payload["thread"]),
        person_id=str(payload["person"]),
        comment=text(str(payload["comment"])),
    )
