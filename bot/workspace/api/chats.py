"""chat.*"""

from __future__ import annotations

from typing import Any

from bot.workspace.api.arguments import ApiError, Arguments, invalid_arguments
from bot.workspace.api.lookups import (
    channel_of,
    checked_ts,
    joined_channel,
    message_of,
    person_of,
    posting_channel,
)
from bot.workspace.linting import Refused, check_message
from bot.workspace.records import Channel, Json, Message
from bot.workspace.sending import with_block_ids
from bot.workspace.stages import Stage


def _checked(args: Arguments) -> Json:
    """text, blocks, attachments, metadata of a message, linted."""
    payload: Json = {"text": args.text("text")}
    if not isinstance(args.get("attachments") or [], list):
        raise invalid_arguments("attachments must be a list")
    if args.text("markdown_text"):
        payload["blocks"] = [{"type": "markdown", "text": args.text("markdown_text")}]
    elif args.get("blocks"):
        payload["blocks"] = args.get("blocks")
    if args.get("attachments") and not payload["text"] and "blocks" not in payload:
        return payload
    try:
        check_message(payload)
    except Refused as refused:
        raise ApiError(refused.error, response_metadata={"messages": refused.lines}) from refused
    return payload


def _metadata(args: Arguments) -> Json | None:
    metadata = args.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")
    if not metadata.get("event_type"):
        raise ApiError("invalid_metadata_format")
    return metadata


def thread_of(stage: Stage, channel: Channel, args: Arguments) -> str | None:
    """The root of the thread asked for; a reply's `ts` means its root."""
    if not args.text("thread_ts"):
        return None
    root = stage.world.messages.get(channel.id, checked_ts(args.text("thread_ts"), "thread_ts"))
    if root is None:
        raise ApiError("thread_not_found")
    return root.thread_ts or root.ts


def _message(stage: Stage, channel: Channel, args: Arguments) -> Message:
    payload = _checked(args)
    bot = stage.world.bot
    thread = thread_of(stage, channel, args)
    return Message(
        channel.id,
        "",
        bot.user_id,
        payload["text"],
        with_block_ids(payload.get("blocks")),
        args.get("attachments"),
        thread,
        bot.bot_id,
        metadata=_metadata(args),
        broadcast=bool(thread) and args.flag("reply_broadcast"),
    )


def post_message(stage: Stage, args: Arguments) -> Json:
    channel = posting_channel(stage, args)
    message = _message(stage, channel, args)
    if message.broadcast:
        message.subtype = "thread_broadcast"
    stage.world.messages.post(message)
    shown = stage.shapes.message(message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def _own(stage: Stage, channel: Channel, args: Arguments, error: str) -> Message:
    message = message_of(stage, channel, checked_ts(args.required("ts"), "ts"))
    if message.bot_id != stage.world.bot.bot_id:
        raise ApiError(error)
    return message


def update(stage: Stage, args: Arguments) -> Json:
    """A text without blocks takes the blocks away; what is not given at all stays."""
    channel = joined_channel(stage, args)
    message = _own(stage, channel, args, "cant_update_message")
    changes: dict[str, Any] = {}
    if any(name in args for name in ("text", "blocks", "markdown_text", "attachments")):
        payload = _checked(args)
        changes = {"text": payload["text"], "blocks": with_block_ids(payload.get("blocks"))}
    if "attachments" in args:
        changes["attachments"] = args.get("attachments") or None
    if "metadata" in args:
        changes["metadata"] = _metadata(args)
    if not changes:
        raise ApiError("no_text")
    after = stage.world.messages.change(message, stage.world.bot.user_id, **changes)
    shown = stage.shapes.message(after, metadata=True)
    return {"channel": channel.id, "ts": after.ts, "text": after.text, "message": shown}


def delete(stage: Stage, args: Arguments) -> Json:
    channel = joined_channel(stage, args)
    message = _own(stage, channel, args, "cant_delete_message")
    stage.world.messages.delete(message, stage.world.bot.user_id)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(stage: Stage, args: Arguments) -> Json:
    channel = joined_channel(stage, args)
    person = person_of(stage, args)
    if not channel.has(person.id):
        raise ApiError("user_not_in_channel")
    message = _message(stage, channel, args)
    message.ephemeral_for = person.id
    stage.world.messages.post_private(message)
    return {"message_ts": message.ts}


def get_permalink(stage: Stage, args: Arguments) -> Json:
    channel = channel_of(stage, args)
    ts = checked_ts(args.required("message_ts"), "message_ts")
    message = message_of(stage, channel, ts)
    return {"channel": channel.id, "permalink": stage.shapes.permalink(channel.id, ts, message.thread_ts)}
