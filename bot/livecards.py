"""Rows of work for living cards: made right wherever they stand, shown where somebody asks for them."""

from __future__ import annotations

from typing import Any

from bot.clocks import millis
from bot.desks import ANSWER_LIFE, Desk, private_sending, with_note
from handlers.core.cards import Card, Paragraph
from handlers.core.context import Context
from handlers.core.replies import Live, Reply
from handlers.core.text import Link, Text, text
from storage.tables import LiveCard

NEAR = 20
"""A card within this many messages of its place's end is pointed to, not posted again."""


def show_live(desk: Desk, effect: Live) -> None:
    """Bring every standing card of the entity up to date; show it in the named place as well."""
    here: LiveCard | None = None
    if effect.channel_id:
        if desk.is_outside(effect.channel_id):
            show_outside(desk, effect)
            return
        here = desk.store.cards.put(
            kind=effect.kind, entity_id=effect.entity_id, channel_id=effect.channel_id, thread=effect.thread
        )
        show_here(desk, here, asked=effect.asked)
    for card in desk.store.cards.list_of(effect.kind, effect.entity_id):
        if card.ts and (here is None or card.id != here.id):
            refresh(desk, card)


def show_here(desk: Desk, card: LiveCard, *, asked: bool) -> None:
    """Near the end of the place a private link to it is enough; from further up the card moves down, and its old
    post becomes a line."""
    if asked and card.ts and not is_near(desk, card):
        desk.store.cards.retire(card.id)
        card.ts = None
    if asked and card.ts:
        check(desk, card)
    else:
        refresh(desk, card, asked=asked)


def refresh(desk: Desk, card: LiveCard, *, asked: bool = False) -> None:
    """Rows of one card fold: a burst of changes is one update that shows the last state."""
    key = f"live:{desk.origin.key}:{desk.number}:{card.id}"
    apology = {} if card.ts or not asked else {"if_dead": could_not(desk, key)}
    desk.store.work.add(
        kind="deliver",
        key=key,
        due_at=millis(desk.scene.now),
        lane=lane_of(desk, card),
        gate=desk.gate("update") if card.ts else f"{desk.head}:{card.channel_id}",
        fold=f"card:{card.id}",
        payload={"op": "live", "card": card.id, **apology},
    )


def could_not(desk: Desk, key: str) -> dict[str, Any] | None:
    """What whoever asked is told should the card never be posted."""
    if not isinstance(desk.scene, Context):
        return None
    says = desk.scene.private.say("I could not post the card here. An admin sees why on my Home, and can try again.")
    sending, until = private_sending(desk.scene, Card("", (Paragraph(text(says)),), says), f"{key}:sorry")
    return {"sending": desk.ways.seal(sending), "answer_until": until}


def check(desk: Desk, card: LiveCard) -> None:
    """Somebody looks for it now: an update even where nothing changed finds out whether it still stands, and only
    then the person is pointed to it. Both rows are in the card's lane, so in this order."""
    key = f"live:{desk.origin.key}:{desk.number}:{card.id}"
    desk.store.work.add(
        kind="deliver",
        key=key,
        due_at=millis(desk.scene.now),
        lane=lane_of(desk, card),
        gate=desk.gate("update"),
        payload={"op": "live", "card": card.id, "check": True},
    )
    if not isinstance(desk.scene, Context):
        return
    sending, until = private_sending(desk.scene, pointer(desk.scene, card), f"{key}:here")
    desk.store.work.add(
        kind="deliver",
        key=f"{key}:here",
        due_at=millis(desk.scene.now),
        lane=lane_of(desk, card),
        payload={
            "op": "point", "card": card.id, "ts": card.ts, "sending": desk.ways.seal(sending), "answer_until": until,
        },
        expires_at=millis(desk.scene.now + ANSWER_LIFE),
    )  # fmt: skip


def pointer(context: Context, card: LiveCard) -> Card:
    voice = context.private
    says: Text = text(voice.say("The card is just above ↑"))
    if card.permalink:
        says = Text((Link(card.permalink, says.plain),))
    return Card("", (Paragraph(says),), says.plain)


def lane_of(desk: Desk, card: LiveCard) -> str:
    return f"{desk.head}:{card.channel_id}:card:{card.id}"


def is_near(desk: Desk, card: LiveCard) -> bool:
    """Unknown (after a crash) is not near."""
    if card.posted_messages is None:
        return False
    channel = desk.store.channels.find(card.channel_id)
    counted = (channel.messages if channel else 0) + desk.ways.unsaved(card.workspace_id, card.channel_id)
    return counted - card.posted_messages < NEAR


def show_outside(desk: Desk, effect: Live) -> None:
    """Where the bot is not a member the person alone sees the card as it stands, and how to get it for all."""
    card = desk.ways.draw(desk.scene, effect.kind, effect.entity_id)
    if card is not None and isinstance(desk.scene, Context):
        desk.reply(Reply(with_note(card, desk.invitation())))
