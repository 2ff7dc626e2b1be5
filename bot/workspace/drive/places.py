"""state, channel, person, read, commands."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.workspace.drive.requests import Ask, bad, not_found
from bot.workspace.records import Channel, Json, Person

LOCALES = ("zh-CN", "en-US", "en-GB", "zh-TW")
NAME_MOST = 80
DEEDS = ("create", "join", "leave", "invite", "remove", "archive")


async def state(ask: Ask) -> Json:
    world = ask.stage.world
    now = await ask.stage.clock.refresh()
    totals = world.messages.unread_totals()
    people = world.roster.people()
    return {
        "now": now.isoformat(),
        "version": ask.stage.options.version,
        "seed": world.seed,
        "people": [_person_json(person, world.seed) for person in people],
        "channels": [_channel_json(ask, channel) for channel in world.roster.channels() if not channel.archived],
        "unread": {person.id: totals.get(person.id, 0) for person in people},
    }


def _person_json(person: Person, seed: str) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "roles": list(person.roles) if seed == "team" else [],
        "locale": person.locale,
        "tz": person.tz,
        "is_admin": person.is_admin,
        "is_guest": person.is_guest,
    }


def _channel_json(ask: Ask, channel: Channel) -> Json:
    bot_id = ask.stage.world.bot.user_id
    others = [ask.stage.names.person_name(one) for one in channel.members if one != bot_id]
    return {
        "id": channel.id,
        "name": "@" + " @".join(others) if channel.is_dm else channel.name,
        "kind": "dm" if channel.is_dm else "channel",
        "is_private": channel.kind == "private",
        "topic": channel.topic,
        "members": list(channel.members),
    }


async def channel(ask: Ask) -> Json:
    person, deed = ask.person(), ask.required("do")
    if deed not in DEEDS:
        raise bad("bad_field", f"do is one of {', '.join(DEEDS)}")
    if deed == "create":
        return {"id": _created(ask, person).id}
    place = ask.channel(person)
    if place.is_dm:
        raise bad("bad_channel", "a DM has its two people for good")
    if place.archived:
        raise bad("is_archived", f"#{place.name} is archived")
    _carry_out(ask, deed, person, place)
    return {"id": place.id}


def _created(ask: Ask, person: Person) -> Channel:
    name = ask.required("channel").removeprefix("#").strip()
    if person.is_guest:
        raise bad("restricted_action", "a guest cannot make channels")
    if len(name) > NAME_MOST or any(char.isspace() or char in "#@<>|," for char in name) or name == "dm":
        raise bad("bad_name", f"a channel's name has at most {NAME_MOST} characters and no spaces or # @ < > | ,")
    try:
        return ask.stage.world.roster.create_channel(name, person.id, private=ask.flag("private"))
    except ValueError as problem:
        raise bad("name_taken", f"#{name} exists already") from problem


def _carry_out(ask: Ask, deed: str, person: Person, place: Channel) -> None:
    roster = ask.stage.world.roster
    if deed == "join":
        roster.join(place, person.id)
        return
    if not place.has(person.id):
        raise bad("not_in_channel", f"{person.name} is not in #{place.name}")
    if deed == "leave":
        roster.leave(place, person.id)
        return
    if person.is_guest:
        raise bad("restricted_action", "a guest cannot do this")
    if deed == "archive":
        roster.archive(place, person.id)
        return
    who = ask.person("who")
    if deed == "invite":
        roster.join(place, who.id, inviter=person.id)
        return
    if not place.has(who.id):
        raise not_found(f"{who.name} is not in #{place.name}")
    roster.leave(place, who.id)


async def person(ask: Ask) -> Json:
    """A person changes their language or time zone."""
    who = ask.person()
    changes: dict[str, str] = {}
    if "locale" in ask:
        changes["locale"] = ask.required("locale")
        if changes["locale"] not in LOCALES:
            raise bad("bad_field", f"locale is one of {', '.join(LOCALES)}")
    if "tz" in ask:
        changes["tz"] = ask.required("tz")
        try:
            ZoneInfo(changes["tz"])
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise bad("bad_field", f"{changes['tz']!r} is not an IANA time zone") from problem
    if changes:
        ask.stage.world.roster.change_person(who.id, **changes)
    return {}


async def read(ask: Ask) -> Json:
    who = ask.person()
    ask.stage.world.messages.mark_read(who.id, ask.channel(who).id)
    return {}


async def commands(ask: Ask) -> Json:
    manifest = ask.stage.manifest
    rows = [
        {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
        for c in manifest.commands.values()
    ]
    shortcuts = [{"label": s.name, "kind": s.kind, "callback_id": s.callback_id} for s in manifest.shortcuts]
    return {"commands": rows, "shortcuts": shortcuts}
