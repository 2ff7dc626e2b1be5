"""The workspace's own SQLite file: what Slack would still know after a restart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.workspace.records import Channel, Message, SharedFile, View

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, changes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS channel (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
  channel TEXT NOT NULL, ts TEXT NOT NULL, thread TEXT, listed INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (channel, ts)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS message_listed ON message (channel, listed, ts);
CREATE INDEX IF NOT EXISTS message_thread ON message (channel, thread, ts) WHERE thread IS NOT NULL;
CREATE TABLE IF NOT EXISTS file (id TEXT PRIMARY KEY, body TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS unread (
  person TEXT NOT NULL, channel TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (person, channel)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS view (
  person TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (person, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS event_open ON event (id) WHERE open = 1;
"""
TABLES = ("meta", "person", "channel", "message", "file", "unread", "view", "event")
EVENTS_KEPT = 5000


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _message(row: tuple[str]) -> Message:
    return Message(**json.loads(row[0]))


class History:
    """Plain reads and writes. A write outside of `begin` … `commit` stands alone."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=2000;")
        self._db.executescript(SCHEMA)

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        self._db.close()

    def clear(self) -> None:
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the constant above

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def person_changes(self) -> dict[str, dict[str, Any]]:
        return {row[0]: json.loads(row[1]) for row in self._db.execute("SELECT id, changes FROM person")}

    def set_person_changes(self, person_id: str, changes: dict[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO person VALUES (?, ?)", (person_id, _dump(changes)))

    def channels(self) -> list[Channel]:
        rows = self._db.execute("SELECT body FROM channel").fetchall()
        return [Channel(**json.loads(row[0])) for row in rows]

    def put_channel(self, channel: Channel) -> None:
        self._db.execute("INSERT OR REPLACE INTO channel VALUES (?, ?)", (channel.id, _dump(asdict(channel))))

    # messages

    def put_message(self, message: Message) -> None:
        listed = message.thread_ts is None or message.broadcast
        row = (message.channel, message.ts, message.thread_ts, int(listed), _dump(message.as_row()))
        self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?)", row)

    def drop_message(self, channel: str, ts: str) -> None:
        self._db.execute("DELETE FROM message WHERE channel = ? AND ts = ?", (channel, ts))

    def message(self, channel: str, ts: str) -> Message | None:
        row = self._db.execute("SELECT body FROM message WHERE channel = ? AND ts = ?", (channel, ts)).fetchone()
        return _message(row) if row else None

    def listed(self, channel: str, after: str, before: str, limit: int) -> list[Message]:
        """The newest `limit` messages of the channel's list between two `ts` (both exclusive), oldest first."""
        rows = self._db.execute(
            "SELECT body FROM message WHERE channel = ? AND listed = 1 AND ts > ? AND ts < ? ORDER BY ts DESC LIMIT ?",
            (channel, after, before, limit),
        ).fetchall()
        return [_message(row) for row in reversed(rows)]

    def replies(self, channel: str, thread: str, after: str, before: str, limit: int) -> list[Message]:
        """The oldest `limit` replies between two `ts` (both exclusive), oldest first."""
        rows = self._db.execute(
            "SELECT body FROM message WHERE channel = ? AND thread = ? AND ts > ? AND ts < ? ORDER BY ts LIMIT ?",
            (channel, thread, after, before, limit),
        ).fetchall()
        return [_message(row) for row in rows]

    def last_ts(self) -> str | None:
        """The greatest `ts` in any channel."""
        found: str | None = self._db.execute("SELECT max(ts) FROM message").fetchone()[0]
        return found

    # files

    def put_file(self, file: SharedFile, content: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", (file.id, _dump(asdict(file)), content))

    def update_file(self, file: SharedFile) -> None:
        self._db.execute("UPDATE file SET body = ? WHERE id = ?", (_dump(asdict(file)), file.id))

    def file(self, file_id: str) -> SharedFile | None:
        row = self._db.execute("SELECT body FROM file WHERE id = ?", (file_id,)).fetchone()
        return SharedFile(**json.loads(row[0])) if row else None

    def file_content(self, file_id: str) -> bytes | None:
        row = self._db.execute("SELECT content FROM file WHERE id = ?", (file_id,)).fetchone()
        return bytes(row[0]) if row else None

    # unread marks

    def unread(self) -> dict[tuple[str, str], int]:
        rows = self._db.execute("SELECT person, channel, n FROM unread WHERE n > 0")
        return {(person, channel): n for person, channel, n in rows}

    def set_unread(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Each row is person, channel, number of unread messages."""
        self._db.executemany("INSERT OR REPLACE INTO unread VALUES (?, ?, ?)", rows)

    # forms and Home

    def put_views(self, person: str, kind: str, views: list[View]) -> None:
        body = _dump([asdict(view) for view in views])
        self._db.execute("INSERT OR REPLACE INTO view VALUES (?, ?, ?)", (person, kind, body))

    def views(self, kind: str) -> dict[str, list[View]]:
        rows = self._db.execute("SELECT person, body FROM view WHERE kind = ?", (kind,)).fetchall()
        return {person: [View(**view) for view in json.loads(body)] for person, body in rows}

    # events on their way to the app

    def add_event(self, event_id: str, payload: dict[str, Any]) -> int:
        cursor = self._db.execute("INSERT INTO event (event_id, payload) VALUES (?, ?)", (event_id, _dump(payload)))
        number = cursor.lastrowid or 0
        if number % 500 == 0:
            self._db.execute("DELETE FROM event WHERE open = 0 AND id < ?", (number - EVENTS_KEPT,))
        return number

    def open_events(self) -> Iterator[tuple[int, str, dict[str, Any], int]]:
        """Number, event id, payload, attempts of what the app has not acknowledged, oldest first."""
        rows = self._db.execute("SELECT id, event_id, payload, attempts FROM event WHERE open = 1 ORDER BY id")
        return ((row[0], row[1], json.loads(row[2]), row[3]) for row in rows.fetchall())

    def event(self, event_id: str) -> tuple[str, dict[str, Any]] | None:
        """An event by id, or with "last" the newest one that was delivered."""
        if event_id == "last":
            query = "SELECT event_id, payload FROM event WHERE open = 0 ORDER BY id DESC LIMIT 1"
            row = self._db.execute(query).fetchone()
        else:
            query = "SELECT event_id, payload FROM event WHERE event_id = ?"
            row = self._db.execute(query, (event_id,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def mark_event(self, number: int, *, attempts: int | None = None, is_open: bool = True) -> None:
        self._db.execute(
            "UPDATE event SET attempts = coalesce(?, attempts), open = ? WHERE id = ?",
            (attempts, int(is_open), number),
        )
