"""Everything that the team's roles say."""

from __future__ import annotations

from handlers.core.cards import Block, Card, Fields, Paragraph
from handlers.core.context import Actor
from handlers.core.roles import ROLES, Posts, role_name
from handlers.core.text import Mention, Text, bold, join, text
from handlers.core.voices import Voice


def roles_card(voice: Voice, posts: Posts) -> Card:
    """Every role with its holders; vacant ones stand out, and are counted."""
    pairs = tuple((role_name(voice, key), holders(voice, posts, key)) for key in ROLES)
    vacant = sum(1 for key in ROLES if posts.owner_of(key) is None)
    line = (
        voice.plural("{n} role is vacant.", "{n} roles are vacant.", vacant)
        if vacant
        else voice.say("Every role is held.")
    )
    return Card(voice.say("Roles"), (Paragraph(text(line)), Fields(pairs)), summary=line)


def holders(voice: Voice, posts: Posts, role: str) -> Text:
    people = posts.holders.get(role, ())
    if not people:
        return bold(voice.say("vacant"))
    return join([Mention(person_id, posts.name_of(person_id)) for person_id in people], voice.say(", "))


def my_roles_blocks(voice: Voice, actor: Actor) -> tuple[Block, ...]:
    if actor.is_guest:
        return ()
    names = [role_name(voice, key) for key in ROLES if key in actor.roles]
    if not names:
        return (Paragraph(text(voice.say("You hold no role yet. Ask an admin for one.")), small=True),)
    return (Paragraph(text(voice.say("My roles: {roles}", roles=voice.say(", ").join(names))), small=True),)
