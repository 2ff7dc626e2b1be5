"""What Home says about the bot itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from handlers.core.cards import Actions, Block, Button, Card, Heading, Item, Items, Paragraph
from handlers.core.context import Context
from handlers.core.text import text
from handlers.core.voices import N_, Voice
from storage.tables import WorkRow

MOST = 5
ADVICE: Mapping[str, str] = {
    "not_in_channel": N_("Invite me to that channel."),
    "channel_not_found": N_("The channel is gone, or I am not in it: invite me."),
    "is_archived": N_("The channel is archived: bring it back, or ask in another one."),
    "token_revoked": N_("My access was withdrawn: install me again."),
    "invalid_auth": N_("My access was withdrawn: install me again."),
    "account_inactive": N_("My access was withdrawn: install me again."),
    "missing_scope": N_("A permission is missing: install me again with the current manifest."),
    "user_not_found": N_("That person has left."),
}


def failed_deliveries(context: Context) -> tuple[Block, ...]:
    """For admins: what could not be delivered at last, and what to do about it."""
    if not context.actor.is_admin:
        return ()
    rows = context.store.work.list_dead(MOST)
    if not rows:
        return ()
    voice = context.private
    blocks: list[Block] = [Heading(voice.say("Could not be delivered"))]
    for row in rows:
        blocks += [Items((failed_row(context, row),)), Actions(ways_out(voice, row))]
    return tuple(blocks)


def failed_row(context: Context, row: WorkRow) -> Item:
    voice = context.private
    when = voice.when(datetime.fromtimestamp(row.due_at / 1000, UTC), context.now)
    error = row.error or voice.say("no reason was given")
    advice = next((says for code, says in ADVICE.items() if code in error), "")
    return Item(text=text(f"{when} · {error[:200]}"), marker="late", detail=text(voice.say(advice)))


def ways_out(voice: Voice, row: WorkRow) -> tuple[Button, ...]:
    value = {"work": row.id}
    return (
        Button(voice.say("Try again"), "deliveries.retry", value, style="primary"),
        Button(voice.say("Let it go"), "deliveries.drop", value),
    )


def no_longer_failed(voice: Voice) -> str:
    return voice.say("Somebody has dealt with that already.")


def said_card(says: str) -> Card:
    return Card("", (Paragraph(text(says)),), summary=says)
