"""What was said: messages, threads, reactions, private ones, unread marks, files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.workspace.happenings import Happening
from bot.workspace.ledgers import Ledger
from bot.workspace.records import Channel, Json, Message, SharedFile
from bot.workspace.rosters import Roster

FIRST_TS = "0"
LAST_TS = "9999999999.999999"


class Messages:
    def __init__(self, ledger: Ledger, roster: Roster) -> None:
        self._ledger = ledger
        self._roster = roster
        self._unread: dict[tuple[str, str], int] = {}
        self._private: dict[tuple[str, str], dict[str, Message]] = {}
        ledger.on_load(self._load)

    def _load(self) -> None:
        self._unread = self._ledger.history.unread()

    def forget_private(self) -> None:
        self._private.clear()

    # reading

    def get(self, channel_id: str, ts: str, person_id: str | None = None) -> Message | None:
        """A message by its address; with a person, the private ones that they see too."""
        if person_id is not None:
            found = self._private.get((channel_id, person_id), {}).get(ts)
            if found:
                return found
        return self._ledger.history.message(channel_id, ts)

    def listed(
        self,
        channel_id: str,
        person_id: str | None = None,
        *,
        after: str = FIRST_TS,
        before: str = LAST_TS,
        limit: int = 200,
    ) -> list[Message]:
        """The newest `limit` of the channel's list (roots and broadcast replies), oldest first, with the
        person's private messages; `after` and `before` are exclusive `ts`.
        """
        found = self._ledger.history.listed(channel_id, after, before, limit)
        private = [m for m in self._private_of(channel_id, person_id, after, before) if m.thread_ts is None]
        return self._merged(found, private)[-limit:]

    def thread(
        self,
        channel_id: str,
        root_ts: str,
        person_id: str | None = None,
        *,
        after: str = FIRST_TS,
        before: str = LAST_TS,
        limit: int = 1000,
    ) -> list[Message]:
        """The root and its oldest `limit` replies, oldest first, with the person's private ones."""
        root = self.get(channel_id, root_ts)
        found = [root] if root and after < root_ts < before else []
        found += self._ledger.history.replies(channel_id, root_ts, after, before, limit)
        private = [m for m in self._private_of(channel_id, person_id, after, before) if m.thread_ts == root_ts]
        return self._merged(found, private)

    def _private_of(self, channel_id: str, person_id: str | None, after: str, before: str) -> list[Message]:
        if person_id is None:
            return []
        return [m for ts, m in self._private.get((channel_id, person_id), {}).items() if after < ts < before]

    def _merged(self, public: list[Message], private: list[Message]) -> list[Message]:
        return sorted([*public, *private], key=lambda message: message.ts) if private else public

    def unread(self, person_id: str) -> dict[str, int]:
        """Channel id -> number of messages by others since the person last looked; zeros left out."""
        return {channel: n for (person, channel), n in self._unread.items() if person == person_id and n}

    def unread_totals(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for (person, _), n in self._unread.items():
            totals[person] = totals.get(person, 0) + n
        return totals

    # writing

    def post(self, message: Message) -> Message:
        """Store a message whose `ts` is empty or given by `clock.next_ts()`; marks it unread for the others."""
        message.ts = message.ts or self._ledger.clock.next_ts()
        channel = self._channel(message.channel)
        with self._ledger.transaction():
            self._ledger.history.put_message(message)
            if message.thread_ts:
                self._count_reply(message)
            if message.thread_ts is None or message.broadcast:
                self._mark_unread(channel, message.user)
            self._ledger.happened(Happening("posted", message.user, message.channel, message))
            self._tell("message", message)
        return message

    def _channel(self, channel_id: str) -> Channel:
        channel = self._roster.channel(channel_id)
        if channel is None:
            raise KeyError(channel_id)
        return channel

    def _tell(self, kind: str, message: Message) -> None:
        channel = self._channel(message.channel)
        audience = frozenset(channel.members) if channel.kind != "channel" else None
        if message.ephemeral_for:
            audience = frozenset({message.ephemeral_for})
        where: Json = {"channel": message.channel, "ts": message.ts, "thread_ts": message.thread_ts}
        self._ledger.publish(kind, audience=audience, **where)

    def _count_reply(self, message: Message) -> None:
        root = self._ledger.history.message(message.channel, message.thread_ts or "")
        if root is None:
            return
        root.reply_count += 1
        root.latest_reply = message.ts
        if message.user not in root.reply_users:
            root.reply_users.append(message.user)
        self._ledger.history.put_message(root)
        self._tell("message", root)

    def _mark_unread(self, channel: Channel, author: str) -> None:
        rows = []
        for person_id in channel.members:
            if person_id in (author, self._roster.bot.user_id):
                continue
            n = self._unread.get((person_id, channel.id), 0) + 1
            self._unread[person_id, channel.id] = n
            rows.append((person_id, channel.id, n))
        self._ledger.history.set_unread(rows)

    def mark_read(self, person_id: str, channel_id: str) -> None:
        if not self._unread.pop((person_id, channel_id), 0):
            return
        with self._ledger.transaction():
            self._ledger.history.set_unread([(person_id, channel_id, 0)])
            self._ledger.publish("unread", channel=channel_id, audience=frozenset({person_id}))

    def change(self, message: Message, editor: str, **changes: Any) -> Message:
        """Replace text, blocks, … of a message; fires message_changed. Blocks that change bear no edited mark."""
        after = replace(message, **changes)
        if not changes.get("blocks"):
            after.edited = {"user": editor, "ts": self._ledger.clock.next_ts()}
        if message.ephemeral_for:
            self._private[message.channel, message.ephemeral_for][message.ts] = after
            self._tell("ephemeral", after)
            return after
        with self._ledger.transaction():
            self._ledger.history.put_message(after)
            self._ledger.happened(Happening("changed", editor, message.channel, after, message))
            self._tell("message", after)
        return after

    def delete(self, message: Message, actor: str) -> None:
        """A root with replies leaves a tombstone in its place, as in Slack."""
        if message.ephemeral_for:
            self._private.get((message.channel, message.ephemeral_for), {}).pop(message.ts, None)
            self._tell("ephemeral_deleted", message)
            return
        with self._ledger.transaction():
            if message.reply_count:
                stone = Message(message.channel, message.ts, "USLACKBOT", subtype="tombstone")
                stone.reply_count, stone.reply_users = message.reply_count, message.reply_users
                stone.latest_reply = message.latest_reply
                self._ledger.history.put_message(stone)
            else:
                self._ledger.history.drop_message(message.channel, message.ts)
            if message.thread_ts:
                self._uncount_reply(message)
            self._ledger.happened(Happening("deleted", actor, message.channel, message, message))
            self._tell("message_deleted", message)

    def _uncount_reply(self, message: Message) -> None:
        root = self._ledger.history.message(message.channel, message.thread_ts or "")
        if root is None:
            return
        root.reply_count = max(0, root.reply_count - 1)
        self._ledger.history.put_message(root)
        self._tell("message", root)

    def post_private(self, message: Message) -> Message:
        """An ephemeral message for `ephemeral_for`: in memory only, gone with the process."""
        message.ts = message.ts or self._ledger.clock.next_ts()
        self._private.setdefault((message.channel, message.ephemeral_for or ""), {})[message.ts] = message
        self._tell("ephemeral", message)
        return message

    def react(self, message: Message, person_id: str, emoji: str) -> bool:
        """False when the person has already reacted so."""
        who = message.reactions.setdefault(emoji, [])
        if person_id in who:
            return False
        who.append(person_id)
        self._save_reaction("reacted", message, person_id, emoji)
        return True

    def unreact(self, message: Message, person_id: str, emoji: str) -> bool:
        """False when there is no such reaction."""
        who = message.reactions.get(emoji, [])
        if person_id not in who:
            return False
        who.remove(person_id)
        if not who:
            del message.reactions[emoji]
        self._save_reaction("unreacted", message, person_id, emoji)
        return True

    def _save_reaction(self, verb: Any, message: Message, person_id: str, emoji: str) -> None:
        with self._ledger.transaction():
            self._ledger.history.put_message(message)
            self._ledger.happened(Happening(verb, person_id, message.channel, message, emoji=emoji))
            self._tell("message", message)

    # files

    def file(self, file_id: str) -> SharedFile | None:
        return self._ledger.history.file(file_id)

    def file_content(self, file_id: str) -> bytes | None:
        return self._ledger.history.file_content(file_id)

    def keep_file(self, file: SharedFile, content: bytes) -> None:
        self._ledger.history.put_file(file, content)

    def share_files(self, files: list[SharedFile], message: Message) -> Message:
        """Post a message that carries stored files; fires message (file_share) and file_shared."""
        message.files = [file.id for file in files]
        with self._ledger.transaction():
            self.post(message)
            for file in files:
                self._ledger.history.update_file(replace(file, channels=[*file.channels, message.channel]))
                self._ledger.happened(Happening("file_shared", message.user, message.channel, message, file_id=file.id))
        return message
