"""Turns what a handler wants said into rows of work, inside the turn's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.clocks import millis
from bot.platforms.base import (
    SENDING,
    SendDirect,
    Sending,
    SendPost,
    SendPrivate,
    SendReaction,
)
from handlers.core.cards import Card, Paragraph, plain_card
from handlers.core.context import Context, Scene
from handlers.core.messages import Press, Submission
from handlers.core.replies import DrawnForm, Durable, Later, Live, Post, React, Reply, Upload
from handlers.core.text import Link, Text, text
from storage.databases import Store
from storage.secrets import SecretBox
from storage.tables import LiveCard

NEAR = 20
"""A living card within this many messages of the place's end is pointed to, not posted again."""
ANSWER_LIFE = timedelta(minutes=15)
"""A private answer that could not be delivered by then is dropped, never made public."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What caused the work: its key makes the rows' keys, so the same event never queues twice."""

    key: str
    platform: str


class Outgoing:
    """Writes work rows. `unsaved` tells how many messages of a channel are counted but not yet in its row."""

    def __init__(self, box: SecretBox, draw: Callable[[Scene, str, str], Card | None]) -> None:
        self._box = box
        self._draw = draw
        self.gate_of: Callable[[str, str], str | None] = lambda *_: None
        self.unsaved: Callable[[str, str], int] = lambda *_: 0

    def write(self, scene: Scene, origin: Origin, wanted: tuple[Durable, ...]) -> None:
        """Queue all of a turn's durable effects, in order."""
        for number, effect in enumerate(wanted):
            desk = Desk(self, scene, origin, number)
            match effect:
                case Reply():
                    desk.reply(effect)
                case Post():
                    desk.post(effect)
                case Live():
                    desk.live(effect)
                case React():
                    desk.send(SendReaction(effect.channel_id, effect.ts, effect.emoji, effect.remove))
                case Upload():
                    desk.upload(effect)
                case Later():
                    desk.later(effect)

    def seal(self, sending: Sending) -> dict[str, Any]:
        """A sending as JSON for a row; its private answer address sealed."""
        if isinstance(sending, SendPrivate) and sending.answer_to:
            sending = replace(sending, answer_to=self._box.seal(sending.answer_to))
        payload: dict[str, Any] = SENDING.dump_python(sending, mode="json")
        return payload

    def open(self, payload: Mapping[str, Any]) -> Sending:
        """The reverse of `seal`."""
        sending: Sending = SENDING.validate_python(payload)
        if isinstance(sending, SendPrivate) and sending.answer_to:
            return replace(sending, answer_to=self._box.open(sending.answer_to))
        return sending

    def draw(self, scene: Scene, kind: str, entity_id: str) -> Card | None:
        return self._draw(scene, kind, entity_id)

    def unseal(self, sealed: str) -> str:
        return self._box.open(sealed) if sealed else ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One effect of one turn on its way into rows."""

    out: Outgoing
    scene: Scene
    origin: Origin
    number: int

    @property
    def store(self) -> Store:
        return self.scene.store

    @property
    def head(self) -> str:
        return f"{self.origin.platform}:{self.scene.workspace.workspace_id}"

    def send(self, sending: Sending, *, key: str = "", life: timedelta | None = None, **more: Any) -> None:
        now = self.scene.now
        self.store.work.add(
            kind="deliver",
            key=key or f"reply:{self.origin.key}:{self.number}",
            due_at=millis(now),
            lane=self.lane(sending),
            gate=self.gate(sending.kind),
            payload={"op": "send", "sending": self.out.seal(sending), **more},
            expires_at=millis(now + life) if life else None,
        )

    def lane(self, sending: Sending) -> str:
        match sending:
            case SendPrivate():
                return f"{self.head}:{sending.channel_id}:{sending.person_id}"
            case SendDirect():
                return f"{self.head}:{sending.person_id}"
            case SendReaction():
                return f"{self.head}:{sending.channel_id}:react"
            case _:
                return f"{self.head}:{getattr(sending, 'channel_id', '')}"

    def gate(self, kind: str) -> str:
        """What this row waits on beside its lane: its method's gate, else the workspace's."""
        workspace_id = self.scene.workspace.workspace_id
        return self.out.gate_of(workspace_id, kind) or workspace_gate(workspace_id)

    def reply(self, effect: Reply) -> None:
        """Where a person is told: see `private_sending`; a public reply goes into the place itself."""
        if not isinstance(self.scene, Context):
            raise TypeError("a Reply needs somebody to reply to; use Post")
        key = f"reply:{self.origin.key}:{self.number}"
        place = self.scene.incoming.place
        if effect.public and place.channel_id:
            if self.is_outside(place.channel_id):
                effect = Reply(with_note(effect.card, self.invitation()))
            else:
                self.send(SendPost(place.channel_id, effect.card, key, place.thread))
                return
        if place.kind == "home" or (isinstance(self.scene.incoming, Press) and self.scene.incoming.surface == "home"):
            self.home(plain_card(effect.card))
            return
        sending, until = private_sending(self.scene, effect.card, key)
        self.send(sending, life=ANSWER_LIFE, answer_until=until)

    def post(self, effect: Post) -> None:
        key = effect.key or f"post:{self.origin.key}:{self.number}"
        if effect.person_id:
            self.send(SendDirect(effect.person_id, effect.card, key), key=key)
        else:
            self.send(SendPost(effect.channel_id, effect.card, key, effect.thread), key=key)

    def upload(self, effect: Upload) -> None:
        where = effect.channel_id or f"dm:{effect.person_id}"
        self.store.work.add(
            kind="deliver",
            key=f"upload:{self.origin.key}:{self.number}",
            due_at=millis(self.scene.now),
            lane=f"{self.head}:{where}",
            payload={
                "op": "file",
                "blob": effect.blob_id,
                "channel": effect.channel_id,
                "thread": effect.thread,
                "person": effect.person_id,
                "comment": effect.comment.plain,
            },
        )

    def later(self, effect: Later) -> None:
        self.store.work.add(
            kind="job",
            key=effect.key or f"job:{self.origin.key}:{self.number}",
            due_at=millis(effect.due_at or self.scene.now),
            payload={"job": effect.job, "payload": dict(effect.payload)},
        )

    def home(self, notice: str = "") -> None:
        """Redraw the acting person's Home, with one line on top when there is something to tell."""
        if isinstance(self.scene, Context):
            person_id = self.scene.actor.id
            self.store.work.add(
                kind="deliver",
                key=f"home:{self.origin.key}:{self.number}",
                due_at=millis(self.scene.now),
                lane=f"{self.head}:home:{person_id}",
                gate=self.gate("home"),
                fold=f"home:{person_id}",
                payload={"op": "home", "person": person_id, "notice": notice},
            )

    def live(self, effect: Live) -> None:
        """Bring every standing card of the entity up to date; show it in the named place as well."""
        here: LiveCard | None = None
        if effect.channel_id:
            if self.is_outside(effect.channel_id):
                self.reply_outside(effect)
                return
            here = self.store.cards.find(effect.kind, effect.entity_id, effect.channel_id, effect.thread)
            if here is None:
                here = self.store.cards.put(
                    kind=effect.kind,
                    entity_id=effect.entity_id,
                    channel_id=effect.channel_id,
                    thread=effect.thread,
                )
            elif effect.asked and here.ts:
                self.point_to(here)
            self.refresh(here)
        for card in self.store.cards.list_of(effect.kind, effect.entity_id):
            if card.ts and (here is None or card.id != here.id):
                self.refresh(card)

    def refresh(self, card: LiveCard) -> None:
        channel_lane = f"{self.head}:{card.channel_id}"
        self.store.work.add(
            kind="deliver",
            key=f"live:{self.origin.key}:{self.number}:{card.id}",
            due_at=millis(self.scene.now),
            lane=f"{channel_lane}:card:{card.id}",
            gate=self.gate("update") if card.ts else channel_lane,
            fold=f"card:{card.id}",
            payload={"op": "live", "card": card.id},
        )

    def point_to(self, card: LiveCard) -> None:
        """Near the end of the place: a private link. Further up: the card moves down, the old post becomes a line."""
        if not self.is_near(card):
            self.store.cards.retire(card.id)
            card.ts = None
            return
        if isinstance(self.scene, Context):
            voice = self.scene.private
            spans: Text = text(voice.say("The card is just above."))
            if card.permalink:
                spans = Text((Link(card.permalink, voice.say("Here is the card, just above ↑")),))
            self.reply(Reply(Card("", (Paragraph(spans),), spans.plain)))

    def is_near(self, card: LiveCard) -> bool:
        if card.posted_messages is None:
            return False
        channel = self.store.channels.find(card.channel_id)
        counted = (channel.messages if channel else 0) + self.out.unsaved(card.workspace_id, card.channel_id)
        return counted - card.posted_messages < NEAR

    def is_outside(self, channel_id: str) -> bool:
        channel = self.store.channels.find(channel_id)
        return bool(channel and channel.kind in {"channel", "private"} and not channel.is_member)

    def invitation(self) -> Text:
        voice = self.scene.private if isinstance(self.scene, Context) else self.scene.public
        return text(voice.say("I am not in this channel. Invite me with /invite @Callsheet, then ask again."))

    def reply_outside(self, effect: Live) -> None:
        """Where the bot is not a member the person alone sees the card as it stands, and how to get it for all."""
        card = self.out.draw(self.scene, effect.kind, effect.entity_id)
        if card is not None and isinstance(self.scene, Context):
            self.reply(Reply(with_note(card, self.invitation())))


def workspace_gate(workspace_id: str) -> str:
    return f"ws:{workspace_id}"


def with_note(card: Card, note: Text) -> Card:
    return replace(card, blocks=(Paragraph(note), *card.blocks))


def private_sending(context: Context, card: Card, key: str) -> tuple[Sending, int | None]:
    """The way to the person alone: the command's answer address, a message in the DM, else ephemeral in the place.

    Returns the sending and until when (real ms) its answer address lives.
    """
    incoming, place = context.incoming, context.incoming.place
    until = millis(incoming.answer_until) if incoming.answer_to and incoming.answer_until else None
    if place.kind == "dm" and not (incoming.answer_to and not isinstance(incoming, Press)):
        return SendPost(place.channel_id, card, key, place.thread), None
    if place.channel_id:
        private = SendPrivate(incoming.person_id, card, key, place.channel_id, place.thread, incoming.answer_to)
        return private, until
    return SendDirect(incoming.person_id, card, key), None


def notice_in(form: DrawnForm, notice: Text) -> DrawnForm:
    """The form with one line on top: how a person is answered at the form itself."""
    body = (Paragraph(notice), *form.form.body)
    return replace(form, form=replace(form.form, body=body))


def is_at_form(context: Context) -> bool:
    incoming = context.incoming
    return isinstance(incoming, Submission) or (isinstance(incoming, Press) and incoming.surface == "form")
