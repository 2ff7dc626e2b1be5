"""Finding what a call names, with Slack's errors for what is not there."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from bot.workspace.api.arguments import ApiError, Arguments, invalid_arguments
from bot.workspace.records import Channel, Json, Message, Person
from bot.workspace.stages import Stage

T = TypeVar("T")
PAGE = 100
LARGEST_PAGE = 1000


def channel_of(stage: Stage, args: Arguments, name: str = "channel") -> Channel:
    """A channel that the app may know of: public ones, and those that it is in."""
    wanted = args.required(name)
    channel = stage.world.roster.channel(wanted)
    if channel is None or (channel.kind != "channel" and not channel.has(stage.world.bot.user_id)):
        raise ApiError("channel_not_found")
    return channel


def joined_channel(stage: Stage, args: Arguments) -> Channel:
    """A living channel that the app is in."""
    channel = channel_of(stage, args)
    if not channel.has(stage.world.bot.user_id):
        raise ApiError("not_in_channel")
    if channel.archived:
        raise ApiError("is_archived")
    return channel


def posting_channel(stage: Stage, args: Arguments) -> Channel:
    """Where a message goes: a channel, or a person, which means the DM with them."""
    wanted = args.required("channel")
    person = stage.world.roster.person(wanted)
    if person and not person.is_bot:
        return stage.world.roster.dm(person.id, stage.world.bot.user_id)
    return joined_channel(stage, args)


def person_of(stage: Stage, args: Arguments, name: str = "user") -> Person:
    person = stage.world.roster.person(args.required(name))
    if person is None:
        raise ApiError("user_not_found")
    return person


def message_of(stage: Stage, channel: Channel, ts: str) -> Message:
    message = stage.world.messages.get(channel.id, ts)
    if message is None or message.subtype == "tombstone":
        raise ApiError("message_not_found")
    return message


def page_of(rows: Sequence[T], args: Arguments, default: int = PAGE) -> tuple[list[T], str]:
    """One page of rows, and the cursor of the next ("" at the end)."""
    limit = min(args.number("limit", default) or default, LARGEST_PAGE)
    start = decode_cursor(args.text("cursor"))
    end = start + limit
    return list(rows[start:end]), encode_cursor(end) if end < len(rows) else ""


def encode_cursor(value: int | str) -> str:
    return base64.b64encode(f"next:{value}".encode()).decode()


def cursor_text(cursor: str) -> str:
    if not cursor:
        return ""
    try:
        return base64.b64decode(cursor, validate=True).decode().removeprefix("next:")
    except ValueError as problem:
        raise ApiError("invalid_cursor") from problem


def decode_cursor(cursor: str) -> int:
    try:
        return int(cursor_text(cursor) or 0)
    except ValueError as problem:
        raise ApiError("invalid_cursor") from problem


def metadata(cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": cursor}}


def checked_ts(value: str, name: str) -> str:
    """A `ts` in full width, so that it compares as text."""
    seconds, _, micros = value.partition(".")
    if not (seconds.isdigit() and (micros.isdigit() or not micros)):
        raise invalid_arguments(f"{name} is not a timestamp")
    return f"{seconds}.{micros:0<6}"
