"""reactions.*"""

from __future__ import annotations

from bot.workspace.api.arguments import ApiError, Arguments
from bot.workspace.api.lookups import checked_ts, joined_channel, message_of
from bot.workspace.records import Json, Message
from bot.workspace.stages import Stage


def _message(stage: Stage, args: Arguments) -> Message:
    channel = joined_channel(stage, args)
    return message_of(stage, channel, checked_ts(args.required("timestamp"), "timestamp"))


def add(stage: Stage, args: Arguments) -> Json:
    message, name = _message(stage, args), args.required("name").strip(":")
    if not stage.world.messages.react(message, stage.world.bot.user_id, name):
        raise ApiError("already_reacted")
    return {}


def remove(stage: Stage, args: Arguments) -> Json:
    message, name = _message(stage, args), args.required("name").strip(":")
    if not stage.world.messages.unreact(message, stage.world.bot.user_id, name):
        raise ApiError("no_reaction")
    return {}


def get(stage: Stage, args: Arguments) -> Json:
    message = _message(stage, args)
    return {"type": "message", "channel": message.channel, "message": stage.shapes.message(message)}
