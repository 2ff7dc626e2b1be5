"""users.info, users.list, users.conversations."""

from __future__ import annotations

from bot.workspace.api.arguments import Arguments
from bot.workspace.api.lookups import metadata, page_of, person_of
from bot.workspace.records import Channel, Json
from bot.workspace.stages import Stage

TYPES = {"channel": "public_channel", "private": "private_channel", "dm": "im"}


def info(stage: Stage, args: Arguments) -> Json:
    person = person_of(stage, args)
    return {"user": stage.shapes.user(person, locale=args.flag("include_locale"))}


def list_users(stage: Stage, args: Arguments) -> Json:
    rows, cursor = page_of(stage.world.roster.people(with_bot=True), args, 1000)
    locale = args.flag("include_locale")
    members = [stage.shapes.user(person, locale=locale) for person in rows]
    return {"members": members, "cache_ts": int(stage.clock.now().timestamp()), **metadata(cursor)}


def of_types(channels: list[Channel], args: Arguments) -> list[Channel]:
    """Filtered as `types` and `exclude_archived` ask."""
    types = args.texts("types") or ["public_channel"]
    dropped = args.flag("exclude_archived")
    return [c for c in channels if TYPES[c.kind] in types and not (dropped and c.archived)]


def conversations(stage: Stage, args: Arguments) -> Json:
    bot_id = stage.world.bot.user_id
    wanted = args.text("user", bot_id)
    shared = [c for c in stage.world.roster.channels() if c.has(wanted) and (c.kind == "channel" or c.has(bot_id))]
    rows, cursor = page_of(of_types(shared, args), args)
    return {"channels": [stage.shapes.channel(channel) for channel in rows], **metadata(cursor)}
