"""Happenings on their way to the app: Slack event payloads, stored in the transaction that caused them."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.workspace.happenings import Happening
from bot.workspace.manifests import Manifest
from bot.workspace.records import Channel, Json, Message
from bot.workspace.shapes import CHANNEL_TYPES, Shapes
from bot.workspace.world import World

MESSAGE_EVENTS = {"channel": "message.channels", "private": "message.groups", "dm": "message.im"}
Enqueue = Callable[[int, str, Json], None]


class Deliveries:
    """Listens to the ledger. `enqueue(number, event_id, payload)` is told after the commit."""

    def __init__(self, world: World, manifest: Manifest, shapes: Shapes, enqueue: Enqueue) -> None:
        self._world = world
        self._manifest = manifest
        self._shapes = shapes
        self._enqueue = enqueue
        self._fresh: list[tuple[int, str, Json]] = []
        world.ledger.listen(self.record)
        world.ledger.on_load(self._fresh.clear)
        world.ledger.after_commit(self._hand_over)
        self._tellers: dict[str, Callable[[Happening], None]] = {
            "posted": self._posted,
            "changed": self._changed,
            "deleted": self._deleted,
            "reacted": self._reacted,
            "unreacted": self._reacted,
            "joined": self._membership,
            "left": self._membership,
            "archived": self._archived,
            "file_shared": self._file_shared,
            "person_changed": self._person_changed,
            "home_opened": self._home_opened,
        }

    def record(self, happening: Happening) -> None:
        self._tellers[happening.verb](happening)

    def _hand_over(self) -> None:
        fresh, self._fresh[:] = list(self._fresh), []
        for number, event_id, payload in fresh:
            self._enqueue(number, event_id, payload)

    def _send(self, event: Json) -> None:
        event_id = f"Ev0{secrets.token_hex(5).upper()}"
        team = self._world.team.id
        payload: Json = {
            "token": "local",
            "team_id": team,
            "context_team_id": team,
            "api_app_id": self._world.bot.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self._world.clock.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": self._world.bot.user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_hex(8),
        }
        number = self._world.history.add_event(event_id, payload)
        self._fresh.append((number, event_id, payload))

    def _seen_channel(self, channel_id: str) -> Channel | None:
        """The channel, if the app is in it: what happens elsewhere stays unknown to it."""
        channel = self._world.roster.channel(channel_id)
        return channel if channel and channel.has(self._world.bot.user_id) else None

    def _message_event(self, message: Message, channel: Channel) -> Json:
        shape = self._shapes.message(message, metadata=True)
        shape.pop("reactions", None)
        if not message.is_bot:
            shape["client_msg_id"] = secrets.token_hex(16)
        return {
            **shape,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPES[channel.kind],
            "event_ts": message.ts,
        }

    def _posted(self, happening: Happening) -> None:
        message, channel = happening.message, self._seen_channel(happening.channel)
        if message is None or channel is None:
            return
        event = self._message_event(message, channel)
        mentioned = f"<@{self._world.bot.user_id}>" in message.text and not message.is_bot
        if mentioned and not channel.is_dm and self._manifest.delivers("app_mention"):
            left_out = ("channel_type", "subtype")
            mention = {key: value for key, value in event.items() if key not in left_out}
            self._send({**mention, "type": "app_mention"})
        if self._manifest.delivers(MESSAGE_EVENTS[channel.kind]):
            self._send(event)

    def _changed(self, happening: Happening) -> None:
        after, before = happening.message, happening.before
        channel = self._seen_channel(happening.channel)
        if after and before and channel and self._manifest.delivers(MESSAGE_EVENTS[channel.kind]):
            shown = {"message": self._shapes.message(after), "previous_message": self._shapes.message(before)}
            self._send({**self._subtype("message_changed", channel), **shown})

    def _deleted(self, happening: Happening) -> None:
        before, channel = happening.before, self._seen_channel(happening.channel)
        if before and channel and self._manifest.delivers(MESSAGE_EVENTS[channel.kind]):
            shown = {"deleted_ts": before.ts, "previous_message": self._shapes.message(before)}
            self._send({**self._subtype("message_deleted", channel), **shown})

    def _subtype(self, subtype: str, channel: Channel) -> Json:
        ts = self._world.clock.next_ts()
        return {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPES[channel.kind],
            "ts": ts,
            "event_ts": ts,
        }

    def _reacted(self, happening: Happening) -> None:
        name = "reaction_added" if happening.verb == "reacted" else "reaction_removed"
        message, channel = happening.message, self._seen_channel(happening.channel)
        if message and channel and self._manifest.delivers(name):
            item = {"type": "message", "channel": channel.id, "ts": message.ts}
            self._send(
                {
                    "type": name,
                    "user": happening.actor,
                    "reaction": happening.emoji,
                    "item": item,
                    "item_user": message.user,
                    "event_ts": self._world.clock.next_ts(),
                }
            )

    def _membership(self, happening: Happening) -> None:
        name = "member_joined_channel" if happening.verb == "joined" else "member_left_channel"
        channel = self._seen_channel(happening.channel)
        if channel is None or not self._manifest.delivers(name):
            return
        event: Json = {
            "type": name,
            "user": happening.actor,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "private" else "C",
            "team": self._world.team.id,
            "event_ts": self._world.clock.next_ts(),
        }
        self._send({**event, "inviter": happening.inviter} if happening.inviter else event)

    def _archived(self, happening: Happening) -> None:
        if self._seen_channel(happening.channel) and self._manifest.delivers("channel_archive"):
            ts = self._world.clock.next_ts()
            where = {"channel": happening.channel, "user": happening.actor, "event_ts": ts}
            self._send({"type": "channel_archive", **where})

    def _file_shared(self, happening: Happening) -> None:
        if self._seen_channel(happening.channel) and self._manifest.delivers("file_shared"):
            self._send(
                {
                    "type": "file_shared",
                    "file_id": happening.file_id,
                    "file": {"id": happening.file_id},
                    "user_id": happening.actor,
                    "channel_id": happening.channel,
                    "event_ts": self._world.clock.next_ts(),
                }
            )

    def _person_changed(self, happening: Happening) -> None:
        person = self._world.roster.person(happening.actor)
        if person and self._manifest.delivers("user_change"):
            ts = self._world.clock.next_ts()
            user = self._shapes.user(person, locale=True)
            self._send({"type": "user_change", "user": user, "cache_ts": int(float(ts)), "event_ts": ts})

    def _home_opened(self, happening: Happening) -> None:
        if not self._manifest.delivers("app_home_opened"):
            return
        home = self._world.views.home(happening.actor)
        event: Json = {
            "type": "app_home_opened",
            "user": happening.actor,
            "channel": happening.channel,
            "tab": happening.tab,
            "event_ts": self._world.clock.next_ts(),
        }
        self._send({**event, "view": self._shapes.view(home)} if home and happening.tab == "home" else event)
