"""Events of the Events API to Incoming."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from bot.platforms.slack.payloads import Body, Common, Seen, instant, place_of, reader, workspace_of
from bot.platforms.slack.words import mentions, read_words
from handlers.core.messages import (
    FileShared,
    Gone,
    Incoming,
    Membership,
    Message,
    Opened,
    Place,
    Reaction,
    SharedFile,
)

log = logging.getLogger(__name__)

# A message that shows: other subtypes are Slack's own notices ("has joined the channel").
SAID = frozenset({"", "file_share", "thread_broadcast", "me_message"})
CHANGED = frozenset({"message_changed", "message_deleted"})


def is_own(event: Body, seen: Seen) -> bool:
    """Whether the bot itself caused it."""
    said = event.get("message") or event.get("previous_message") or event
    by_bot = bool(seen.bot_id) and said.get("bot_id") == seen.bot_id
    return by_bot or (bool(seen.bot_user_id) and said.get("user") == seen.bot_user_id)


def is_bot(event: Body) -> bool:
    said = event.get("message") or event.get("previous_message") or event
    return bool(said.get("bot_id")) or said.get("subtype") == "bot_message"


def takes_a_line(event: Body) -> bool:
    """Whether the message pushes others up in its channel: posted, and not inside a thread."""
    subtype = event.get("subtype") or ""
    replied = event.get("thread_ts") and event.get("thread_ts") != event.get("ts")
    return subtype not in CHANGED and (not replied or subtype == "thread_broadcast")


@reader
def read_line(body: Body, seen: Seen) -> tuple[str, str] | None:
    """(workspace id, channel id) in which a message of somebody else's took a line; None for all other events."""
    event = body["event"]
    if event["type"] != "message" or not takes_a_line(event) or is_own(event, seen):
        return None
    return workspace_of(body), str(event["channel"])


def event_common(body: Body, seen: Seen, person_id: Any) -> Common:
    team = workspace_of(body)
    event = body["event"]
    said = event.get("event_ts") or event.get("ts") or body.get("event_time")
    return {
        "workspace_id": team,
        "person_id": str(person_id or ""),
        "key": f"{team}:{body['event_id']}",
        "said_at": instant(said) if said else seen.now,
    }


@reader
def read_message(body: Body, seen: Seen) -> Message | None:
    """None for bots and for notices of Slack's own. A mention in a channel comes twice, under one key."""
    event = body["event"]
    if is_bot(event):
        if not is_own(event, seen):
            log.info("ignored another bot: channel=%s bot=%s", event.get("channel"), event.get("bot_id"))
        return None
    subtype = str(event.get("subtype") or "")
    if subtype in CHANGED:
        return read_change(body, seen)
    if subtype not in SAID or is_own(event, seen):
        return None
    raw = str(event.get("text") or "")
    common = event_common(body, seen, event["user"])
    common["said_at"] = instant(event["ts"])
    place = place_of(str(event["channel"]), event)
    mentioned = event["type"] == "app_mention" or mentions(raw, seen.bot_user_id)
    if mentioned and place.kind != "dm":
        common["key"] = f"{common['workspace_id']}:{place.channel_id}:{event['ts']}"
    return Message(
        **common,
        place=place,
        ts=str(event["ts"]),
        words=read_words(raw, seen.bot_user_id),
        to_bot=mentioned or place.kind == "dm",
        files=tuple(shared_file(file) for file in event.get("files") or ()),
    )


def read_change(body: Body, seen: Seen) -> Message | None:
    """An edit or a deletion; None for edits that change no word (a link's preview, a reply's count)."""
    event = body["event"]
    before: Body = event.get("previous_message") or {}
    after: Body = event.get("message") or before
    gone = event["subtype"] == "message_deleted" or after.get("subtype") == "tombstone"
    if not gone and after.get("text") == before.get("text"):
        return None
    change: Literal["edited", "deleted"] = "deleted" if gone else "edited"
    said = before if gone else after
    raw = str(said.get("text") or "")
    place = place_of(str(event["channel"]), said)
    return Message(
        **event_common(body, seen, said.get("user") or before.get("user")),
        place=place,
        change=change,
        ts=str(event["deleted_ts"] if "deleted_ts" in event else after["ts"]),
        words=read_words(raw, seen.bot_user_id),
        to_bot=place.kind == "dm" or mentions(raw, seen.bot_user_id),
        files=tuple(shared_file(file) for file in said.get("files") or ()),
    )


def shared_file(file: Body) -> SharedFile:
    return SharedFile(
        file_id=str(file["id"]),
        name=str(file.get("name") or ""),
        mime=str(file.get("mimetype") or ""),
        size=int(file.get("size") or 0),
    )


def read_reaction(body: Body, seen: Seen) -> Reaction | None:
    """None for reactions to anything but a message, and for the bot's own."""
    event = body["event"]
    item = event["item"]
    if item.get("type") != "message" or event["user"] == seen.bot_user_id:
        return None
    return Reaction(
        **event_common(body, seen, event["user"]),
        place=place_of(str(item["channel"])),
        emoji=str(event["reaction"]),
        added=event["type"] == "reaction_added",
        ts=str(item["ts"]),
        author_id=str(event.get("item_user") or ""),
    )


def read_file_shared(body: Body, seen: Seen) -> FileShared | None:
    event = body["event"]
    if event["user_id"] == seen.bot_user_id:
        return None
    return FileShared(
        **event_common(body, seen, event["user_id"]),
        place=place_of(str(event["channel_id"])),
        file=SharedFile(file_id=str(event["file_id"]), name=""),
    )


CHANGES: Mapping[str, Literal["joined", "left", "archived"]] = {
    "member_joined_channel": "joined",
    "member_left_channel": "left",
    "channel_archive": "archived",
}


def read_membership(body: Body, seen: Seen) -> Membership:
    event = body["event"]
    who = str(event.get("user") or "")
    return Membership(
        **event_common(body, seen, who),
        place=place_of(str(event["channel"])),
        change=CHANGES[event["type"]],
        who_id=who,
        is_bot_itself=bool(who) and who == seen.bot_user_id,
    )


def read_profile(body: Body, seen: Seen) -> Membership:
    who = str(body["event"]["user"]["id"])
    return Membership(**event_common(body, seen, who), place=Place(kind="none"), change="profile", who_id=who)


def read_opened(body: Body, seen: Seen) -> Opened | None:
    """None for the other tabs of the app."""
    event = body["event"]
    if event.get("tab", "home") != "home":
        return None
    return Opened(**event_common(body, seen, event["user"]), place=Place(kind="home"))


def read_revoked(body: Body, seen: Seen) -> Gone | None:
    """None when only people's own tokens were revoked; we hold none of these."""
    if not (body["event"].get("tokens") or {}).get("bot"):
        return None
    return Gone(**event_common(body, seen, ""), place=Place(kind="none"), why="token_revoked")


def read_uninstalled(body: Body, seen: Seen) -> Gone:
    return Gone(**event_common(body, seen, ""), place=Place(kind="none"), why="app_removed")


READERS: Mapping[str, Callable[[Body, Seen], Incoming | None]] = {
    "message": read_message,
    "app_mention": read_message,
    "reaction_added": read_reaction,
    "reaction_removed": read_reaction,
    "file_shared": read_file_shared,
    "member_joined_channel": read_membership,
    "member_left_channel": read_membership,
    "channel_archive": read_membership,
    "user_change": read_profile,
    "app_home_opened": read_opened,
    "tokens_revoked": read_revoked,
    "app_uninstalled": read_uninstalled,
}


@reader
def read_event(body: Body, seen: Seen) -> Any:
    """The Incoming of an event; None for those that mean nothing to us."""
    kind = str(body["event"]["type"])
    read = READERS.get(kind)
    if read is None:
        log.debug("no reader for event: type=%s", kind)
        return None
    return read(body, seen)
