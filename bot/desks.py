"""One effect of one turn on its way into a row of work, inside the turn's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.clocks import millis
from bot.platforms.base import SENDING, SendDirect, Sending, SendPost, SendPrivate, SendReaction
from handlers.core.cards import Card, Paragraph, plain_card
from handlers.core.context import Context, Scene
from handlers.core.messages import Press, Submission
from handlers.core.replies import DrawnForm, Later, Post, Reply, Upload
from handlers.core.text import Text, text
from storage.databases import Store
from storage.secrets import SecretBox

ANSWER_LIFE = timedelta(minutes=15)
"""A private answer that could not be delivered by then is dropped, never made public."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What caused the work: its key makes the rows' keys, so the same event never queues twice."""

    key: str
    platform: str


@dataclass(slots=True)
class Ways:
    """What rows are written with. `draw` draws a living card, `gate_of` names the gate of a kind of sending,
    `unsaved` counts messages of a channel that its row does not know yet."""

    box: SecretBox
    draw: Callable[[Scene, str, str], Card | None]
    gate_of: Callable[[str, str], str | None] = field(default=lambda *_: None)
    unsaved: Callable[[str, str], int] = field(default=lambda *_: 0)

    def seal(self, sending: Sending) -> dict[str, Any]:
        """A sending as JSON for a row; its private answer address sealed."""
        if isinstance(sending, SendPrivate) and sending.answer_to:
            sending = replace(sending, answer_to=self.box.seal(sending.answer_to))
        payload: dict[str, Any] = SENDING.dump_python(sending, mode="json")
        return payload

    def open(self, payload: Mapping[str, Any]) -> Sending:
        """The reverse of `seal`."""
        sending: Sending = SENDING.validate_python(payload)
        if isinstance(sending, SendPrivate) and sending.answer_to:
            return replace(sending, answer_to=self.box.open(sending.answer_to))
        return sending


@dataclass(frozen=True, slots=True)
class Desk:
    """One effect of one turn on its way into rows."""

    ways: Ways
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
            gate=self.gate(
                "reaction_removal" if isinstance(sending, SendReaction) and sending.remove else sending.kind
            ),
            payload={"op": "send", "sending": self.ways.seal(sending), **more},
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
        return self.ways.gate_of(workspace_id, kind) or workspace_gate(workspace_id)

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
                self.send(SendPost(place.channel_id, effect.card, key, place.thread), life=ANSWER_LIFE)
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
                fold=None if notice else f"home:{person_id}",
                payload={"op": "home", "person": person_id, "notice": notice},
            )

    def is_outside(self, channel_id: str) -> bool:
        channel = self.store.channels.find(channel_id)
        return bool(channel and channel.kind in {"channel", "private"} and not channel.is_member)

    def invitation(self) -> Text:
        voice = self.scene.private if isinstance(self.scene, Context) else self.scene.public
        return text(voice.say("I am not in this channel. Invite me with /invite @Callsheet, then ask again."))


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
