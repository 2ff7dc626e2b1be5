"""conversations.*"""

from __future__ import annotations

from bot.workspace.api.arguments import ApiError, Arguments
from bot.workspace.api.lookups import (
    channel_of,
    checked_ts,
    cursor_text,
    encode_cursor,
    joined_channel,
    metadata,
    page_of,
    person_of,
)
from bot.workspace.api.users import of_types
from bot.workspace.messages import FIRST_TS, LAST_TS
from bot.workspace.records import Channel, Json, Message
from bot.workspace.stages import Stage


def info(stage: Stage, args: Arguments) -> Json:
    channel = channel_of(stage, args)
    shape = stage.shapes.channel(channel, num_members=args.flag("include_num_members"))
    return {"channel": {**shape, "locale": "zh-CN"} if args.flag("include_locale") else shape}


def list_channels(stage: Stage, args: Arguments) -> Json:
    bot_id = stage.world.bot.user_id
    known = [c for c in stage.world.roster.channels() if c.kind == "channel" or c.has(bot_id)]
    rows, cursor = page_of(of_types(known, args), args)
    return {"channels": [stage.shapes.channel(c, num_members=True) for c in rows], **metadata(cursor)}


def members(stage: Stage, args: Arguments) -> Json:
    rows, cursor = page_of(channel_of(stage, args).members, args)
    return {"members": rows, **metadata(cursor)}


def _readable(stage: Stage, args: Arguments) -> Channel:
    channel = channel_of(stage, args)
    if not channel.has(stage.world.bot.user_id):
        raise ApiError("not_in_channel")
    return channel


def _bounds(args: Arguments) -> tuple[str, str]:
    """The `ts` between which messages are asked for, both exclusive."""
    after = checked_ts(args.text("oldest"), "oldest") if args.text("oldest") else FIRST_TS
    before = checked_ts(args.text("latest"), "latest") if args.text("latest") else LAST_TS
    if args.flag("inclusive"):
        after = _moved(after, -1) if args.text("oldest") else after
        before = _moved(before, 1) if args.text("latest") else before
    return after, before


def _moved(ts: str, micros: int) -> str:
    number = int(ts.replace(".", "")) + micros
    return f"{number // 1_000_000}.{number % 1_000_000:06d}"


def _limit(args: Arguments, default: int) -> int:
    return max(1, min(args.number("limit", default) or default, 999))


def _shown(stage: Stage, messages: list[Message], args: Arguments) -> list[Json]:
    metadata_too = args.flag("include_all_metadata")
    return [stage.shapes.message(message, metadata=metadata_too) for message in messages]


def history(stage: Stage, args: Arguments) -> Json:
    """Newest first; without `latest` the cursor walks into the past."""
    channel = _readable(stage, args)
    after, before = _bounds(args)
    before = cursor_text(args.text("cursor")) or before
    limit = _limit(args, 100)
    found = stage.world.messages.listed(channel.id, after=after, before=before, limit=limit + 1)
    more = len(found) > limit
    page = found[-limit:]
    cursor = encode_cursor(page[0].ts) if more else ""
    shown = _shown(stage, list(reversed(page)), args)
    return {"messages": shown, "has_more": more, "pin_count": 0, **metadata(cursor)}


def replies(stage: Stage, args: Arguments) -> Json:
    """The root, then its replies, oldest first."""
    channel = _readable(stage, args)
    asked = stage.world.messages.get(channel.id, checked_ts(args.required("ts"), "ts"))
    if asked is None:
        raise ApiError("thread_not_found")
    root_ts = asked.thread_ts or asked.ts
    after, before = _bounds(args)
    after = cursor_text(args.text("cursor")) or after
    limit = _limit(args, 1000)
    found = stage.world.messages.thread(channel.id, root_ts, after=after, before=before, limit=limit + 1)
    more = len(found) > limit
    cursor = encode_cursor(found[limit - 1].ts) if more else ""
    return {"messages": _shown(stage, found[:limit], args), "has_more": more, **metadata(cursor)}


def open_dm(stage: Stage, args: Arguments) -> Json:
    bot_id = stage.world.bot.user_id
    if "channel" in args:
        channel = channel_of(stage, args)
    else:
        wanted = args.texts("users")
        if len(wanted) != 1:
            raise ApiError("invalid_user_combination" if wanted else "users_list_not_supplied")
        person = person_of(stage, Arguments({"user": wanted[0]}))
        channel = stage.world.roster.dm(person.id, bot_id)
    shape = stage.shapes.channel(channel) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shape, "no_op": True, "already_open": True}


def join(stage: Stage, args: Arguments) -> Json:
    channel = channel_of(stage, args)
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    stage.world.roster.join(channel, stage.world.bot.user_id)
    return {"channel": stage.shapes.channel(joined_channel(stage, args))}
