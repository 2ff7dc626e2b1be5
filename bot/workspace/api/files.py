"""files.*"""

from __future__ import annotations

from bot.workspace.api.arguments import ApiError, Arguments, invalid_arguments
from bot.workspace.api.chats import thread_of
from bot.workspace.api.lookups import joined_channel
from bot.workspace.records import Json, Message, SharedFile
from bot.workspace.sending import with_block_ids
from bot.workspace.stages import Stage
from bot.workspace.uploads import LARGEST


def get_upload_url(stage: Stage, args: Arguments) -> Json:
    length = args.number("length", 0)
    if length <= 0:
        raise invalid_arguments("length must be a positive number")
    if length > LARGEST:
        raise ApiError("file_upload_size_restricted")
    url, file_id = stage.uploads.expect(args.required("filename"), length)
    return {"upload_url": url, "file_id": file_id}


def _completed(stage: Stage, args: Arguments) -> list[SharedFile]:
    asked = args.get("files")
    if not isinstance(asked, list) or not asked or not all(isinstance(row, dict) for row in asked):
        raise invalid_arguments("missing required field: files")
    files = []
    for row in asked:
        file = stage.uploads.complete(str(row.get("id")), str(row.get("title") or ""), stage.world.bot.user_id)
        if file is None:
            raise ApiError("file_not_found")
        files.append(file)
    return files


def complete_upload(stage: Stage, args: Arguments) -> Json:
    asked = args.texts("channels") or args.texts("channel_id")
    channel = joined_channel(stage, Arguments({"channel": asked[0]})) if asked else None
    thread = thread_of(stage, channel, args) if channel else None
    files = _completed(stage, args)
    if channel:
        bot = stage.world.bot
        blocks = with_block_ids(args.get("blocks"))
        text = args.text("initial_comment")
        message = Message(channel.id, "", bot.user_id, text, blocks, None, thread, bot.bot_id)
        stage.world.messages.share_files(files, message)
        files = [stage.world.messages.file(file.id) or file for file in files]
    return {"files": [stage.shapes.file(file) for file in files]}


def info(stage: Stage, args: Arguments) -> Json:
    file = stage.world.messages.file(args.required("file"))
    if file is None:
        raise ApiError("file_not_found")
    return {"file": stage.shapes.file(file), "comments": [], "response_metadata": {"next_cursor": ""}}
