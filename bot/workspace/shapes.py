"""People, channels, messages, files and views in Slack's JSON."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bot.workspace.records import Channel, Json, Message, Person, SharedFile, View
from bot.workspace.texts import rich_text
from bot.workspace.world import World

CHANNEL_TYPES = {"channel": "channel", "private": "group", "dm": "im"}


class Shapes:
    """`base_url` is where files and response addresses live; it is known once the server listens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base_url = ""

    def user(self, person: Person, *, locale: bool = False) -> Json:
        offset = self._world.clock.now().astimezone(ZoneInfo(person.tz)).utcoffset()
        shape: Json = {
            "id": person.id,
            "team_id": self._world.team.id,
            "name": person.name,
            "real_name": person.real_name,
            "deleted": False,
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": self._profile(person),
            "is_admin": person.is_admin,
            "is_owner": person.is_admin,
            "is_primary_owner": False,
            "is_restricted": person.is_guest,
            "is_ultra_restricted": False,
            "is_bot": person.is_bot,
            "is_app_user": False,
            "updated": 0,
        }
        return {**shape, "locale": person.locale} if locale else shape

    def _profile(self, person: Person) -> Json:
        profile = {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": self._world.team.id,
        }
        if person.is_bot:
            return {**profile, "api_app_id": self._world.bot.app_id, "bot_id": self._world.bot.bot_id}
        return profile

    def person_stub(self, person_id: str) -> Json:
        """`user` as interactions carry it."""
        person = self._world.roster.person(person_id)
        name = person.name if person else person_id
        return {"id": person_id, "username": name, "name": name, "team_id": self._world.team.id}

    def channel_name(self, channel: Channel) -> str:
        """As commands and interactions name it."""
        return {"dm": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)

    def channel(self, channel: Channel, *, num_members: bool = False) -> Json:
        bot_id = self._world.bot.user_id
        if channel.is_dm:
            others = [member for member in channel.members if member != bot_id]
            return {
                "id": channel.id,
                "created": channel.created,
                "is_im": True,
                "is_org_shared": False,
                "is_archived": channel.archived,
                "user": others[0] if others else bot_id,
                "is_user_deleted": False,
                "context_team_id": self._world.team.id,
            }
        shape: Json = {
            "id": channel.id,
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": channel.kind == "channel",
            "is_group": channel.kind == "private",
            "is_im": False,
            "is_mpim": False,
            "is_private": channel.kind == "private",
            "is_archived": channel.archived,
            "is_general": False,
            "is_shared": False,
            "is_ext_shared": False,
            "is_org_shared": False,
            "is_member": channel.has(bot_id),
            "created": channel.created,
            "creator": channel.creator,
            "context_team_id": self._world.team.id,
            "topic": {"value": channel.topic, "creator": channel.creator, "last_set": channel.created},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }
        return {**shape, "num_members": len(channel.members)} if num_members else shape

    def message(self, message: Message, *, metadata: bool = False) -> Json:
        shape: Json = {
            "type": "message",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "team": self._world.team.id,
        }
        shape |= self._optional(message)
        if message.bot_id:
            bot = self._world.bot
            icons = {"id": bot.bot_id, "app_id": bot.app_id, "name": bot.name, "team_id": self._world.team.id}
            shape |= {
                "bot_id": message.bot_id,
                "app_id": bot.app_id,
                "bot_profile": {**icons, "deleted": False},
            }
        if metadata and message.metadata:
            shape["metadata"] = message.metadata
        return shape

    def _optional(self, message: Message) -> Json:
        shape: Json = {}
        blocks = message.blocks if message.is_bot else rich_text(message.text)
        reactions = [{"name": k, "users": v, "count": len(v)} for k, v in message.reactions.items()]
        found: dict[str, Any] = {
            "subtype": message.subtype,
            "blocks": blocks,
            "attachments": message.attachments,
            "edited": message.edited,
            "reactions": reactions,
            "files": [self.file(file) for file in map(self._world.messages.file, message.files) if file],
        }
        shape |= {key: value for key, value in found.items() if value}
        if message.thread_ts:
            root = self._world.messages.get(message.channel, message.thread_ts)
            shape |= {"thread_ts": message.thread_ts, "parent_user_id": root.user if root else ""}
        elif message.reply_count:
            shape |= {
                "thread_ts": message.ts,
                "reply_count": message.reply_count,
                "reply_users": message.reply_users,
                "reply_users_count": len(message.reply_users),
                "latest_reply": message.latest_reply,
            }
        return shape

    def file(self, file: SharedFile) -> Json:
        url = f"{self.base_url}/files/{file.id}"
        kind = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "filetype": kind,
            "size": file.size,
            "user": file.user,
            "created": file.created,
            "timestamp": file.created,
            "mode": "hosted",
            "is_external": False,
            "is_public": bool(file.channels),
            "url_private": url,
            "url_private_download": f"{url}?download=1",
            "permalink": url,
            "channels": file.channels,
        }

    def view(self, view: View) -> Json:
        shape: Json = {
            "id": view.id,
            "team_id": self._world.team.id,
            "app_id": self._world.bot.app_id,
            "app_installed_team_id": self._world.team.id,
            "bot_id": self._world.bot.bot_id,
            "type": view.kind,
            "blocks": view.blocks,
            "private_metadata": view.body.get("private_metadata", ""),
            "callback_id": view.body.get("callback_id", ""),
            "external_id": view.body.get("external_id", ""),
            "state": {"values": view.values},
            "hash": view.hash,
            "clear_on_close": bool(view.body.get("clear_on_close")),
            "notify_on_close": bool(view.body.get("notify_on_close")),
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
        }
        for key in ("title", "submit", "close"):
            shape[key] = view.body.get(key)
        return shape

    def permalink(self, channel_id: str, ts: str, thread_ts: str | None = None) -> str:
        link = f"{self.base_url}/archives/{channel_id}/p{ts.replace('.', '')}"
        return f"{link}?thread_ts={thread_ts}&cid={channel_id}" if thread_ts else link
