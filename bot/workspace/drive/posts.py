"""say, edit, delete, react, upload, messages, shortcut."""

from __future__ import annotations

from typing import Any

from bot.workspace.blocks import Control, controls, plain_text
from bot.workspace.drive.requests import Ask, bad, not_found
from bot.workspace.inputs import with_choices
from bot.workspace.labels import same_label
from bot.workspace.messages import FIRST_TS
from bot.workspace.records import Channel, Json, Message, Person
from bot.workspace.sockets import Answer
from bot.workspace.stages import Stage
from bot.workspace.texts import mrkdwn_text

MESSAGES_SHOWN = 1000
TEXT_MOST = 40_000


def acknowledged(answer: Answer | None) -> Json:
    """`ack_ms`, or null with the reason when three seconds passed without."""
    if answer is None:
        return {"ack_ms": None, "error": "operation_timeout"}
    return {"ack_ms": round(answer.ms, 2)}


async def say(ask: Ask) -> Json:
    person, text = ask.person(), ask.required("text")
    channel = ask.joined(person)
    if len(text) > TEXT_MOST:
        raise bad("msg_too_long", f"at most {TEXT_MOST} characters")
    if text.startswith("/") and not text.startswith("//"):
        return await _command(ask, person, channel, text)
    thread = ask.thread(person, channel)
    message = Message(channel.id, "", person.id, ask.stage.typing.message(text), thread_ts=thread)
    if thread and ask.flag("broadcast"):
        message.broadcast, message.subtype = True, "thread_broadcast"
    ask.stage.world.messages.post(message)
    ask.stage.world.messages.mark_read(person.id, channel.id)
    return {"ts": message.ts}


async def _command(ask: Ask, person: Person, channel: Channel, text: str) -> Json:
    if "thread" in ask:
        raise bad("slash_in_thread", "slash commands cannot be used inside a thread")
    word, *rest = text.split(maxsplit=1)
    entry = ask.stage.manifest.commands.get(word)
    if entry is None:
        known = ", ".join(ask.stage.manifest.commands) or "none"
        raise bad("unknown_command", f"{word} is not a command of this workspace; there are: {known}")
    answer = await ask.interactions.command(person, channel, entry, "".join(rest).strip())
    reply = ask.interactions.command_reply(person, channel, answer) if answer else None
    shown = [message_json(ask.stage, reply, person)] if reply else []
    return {**acknowledged(answer), "ephemeral": shown}


async def edit(ask: Ask) -> Json:
    person, text = ask.person(), ask.required("text")
    channel = ask.joined(person)
    message = ask.message(person, channel)
    if message.user != person.id:
        raise bad("cant_edit_message", "a person edits only their own messages")
    ask.stage.world.messages.change(message, person.id, text=ask.stage.typing.message(text))
    return {}


async def delete(ask: Ask) -> Json:
    person = ask.person()
    channel = ask.joined(person)
    message = ask.message(person, channel)
    if message.user != person.id and not person.is_admin and not message.ephemeral_for:
        raise bad("cant_delete_message", "a person deletes only their own messages, an admin any")
    ask.stage.world.messages.delete(message, person.id)
    return {}


async def react(ask: Ask) -> Json:
    person, emoji = ask.person(), ask.required("emoji").strip(":")
    channel = ask.joined(person)
    message = ask.message(person, channel)
    if message.ephemeral_for:
        raise bad("bad_message", "a private message takes no reactions")
    messages = ask.stage.world.messages
    if ask.flag("remove"):
        if not messages.unreact(message, person.id, emoji):
            raise bad("no_reaction", f"{person.name} has not reacted with :{emoji}:")
    elif not messages.react(message, person.id, emoji):
        raise bad("already_reacted", f"{person.name} has already reacted with :{emoji}:")
    return {}


async def upload(ask: Ask) -> Json:
    person = ask.person()
    channel = ask.joined(person)
    content = ask.fields.get("file")
    if not isinstance(content, bytes) or not content:
        raise bad("missing_field", "file is required, with at least one byte")
    thread = ask.thread(person, channel)
    text = ask.stage.typing.message(ask.text("text"))
    with ask.stage.world.transaction():
        file = ask.stage.uploads.keep(ask.text("file_name") or "file", person.id, content)
        message = Message(channel.id, "", person.id, text, thread_ts=thread, subtype="file_share")
        ask.stage.world.messages.share_files([file], message)
    return {"file_id": file.id, "ts": message.ts}


async def shortcut(ask: Ask) -> Json:
    person, label = ask.person(), ask.required("label")
    kind = "message" if "ts" in ask else "global"
    entry = next((e for e in ask.stage.manifest.shortcuts if e.kind == kind and _named(label, e.name)), None)
    if entry is None:
        names = ", ".join(e.name for e in ask.stage.manifest.shortcuts if e.kind == kind) or "none"
        raise not_found(f"no {kind} shortcut {label!r}; there are: {names}")
    channel = ask.joined(person) if kind == "message" else None
    message = ask.message(person, channel) if channel else None
    return acknowledged(await ask.interactions.shortcut(person, entry, channel, message))


def _named(label: str, name: str) -> bool:
    """The whole name, or one language's half of it."""
    return any(same_label(label, part) for part in (name, *name.split(" · ")))


# reading


async def messages(ask: Ask) -> Json:
    person = ask.person()
    channel = ask.channel(person)
    world, after = ask.stage.world, _after(ask)
    thread = ask.thread(person, channel)
    if thread:
        found = world.messages.thread(channel.id, thread, person.id, after=after, limit=MESSAGES_SHOWN)
    else:
        found = world.messages.listed(channel.id, person.id, after=after, limit=MESSAGES_SHOWN)
        world.messages.mark_read(person.id, channel.id)
    return {"messages": [message_json(ask.stage, message, person) for message in found]}


def _after(ask: Ask) -> str:
    since = ask.text("since")
    if not since:
        return FIRST_TS
    seconds, _, micros = since.partition(".")
    if not seconds.isdigit() or (micros and not micros.isdigit()):
        raise bad("bad_field", "since is the ts of a message")
    return f"{int(seconds):010d}.{micros:0<6}"


def message_text(stage: Stage, message: Message) -> str:
    """The whole message as a reader reads it."""
    if message.blocks:
        words = plain_text(message.blocks, stage.names)
        if words:
            return words
    parts = [mrkdwn_text(message.text, stage.names)]
    parts += [str(one.get("text") or one.get("fallback") or "") for one in message.attachments or []]
    return "\n".join(part for part in parts if part)


def message_json(stage: Stage, message: Message, reader: Person) -> Json:
    seen = with_choices(message.blocks or [], stage.world.choices.of(message, reader.id))
    files = [file for file in map(stage.world.messages.file, message.files) if file]
    return {
        "ts": message.ts,
        "user": message.user,
        "name": stage.names.person_name(message.user),
        "is_bot": message.is_bot,
        "text": message_text(stage, message),
        "blocks": message.blocks or [],
        "ephemeral": message.ephemeral_for is not None,
        "edited": message.edited,
        "deleted": message.subtype == "tombstone",
        "thread": message.thread_ts,
        "reply_count": message.reply_count,
        "reactions": [{"emoji": k, "users": v, "count": len(v)} for k, v in message.reactions.items()],
        "files": [{"id": f.id, "name": f.name, "url": f"{stage.base_url}/files/{f.id}"} for f in files],
        "buttons": buttons_json(controls(seen, stage.names)),
    }


def buttons_json(found: list[Control]) -> list[Json]:
    return [_button_json(control) for control in found]


def _button_json(control: Control) -> Json:
    row: dict[str, Any] = {
        "kind": control.kind,
        "label": control.label,
        "action_id": control.action_id,
        "block_id": control.block_id,
        "near": control.near,
    }
    if control.options is not None:
        row["options"] = list(control.options)
    if control.value is not None:
        row["value"] = control.value
    return row
