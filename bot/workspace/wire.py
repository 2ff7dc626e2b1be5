"""The wire log: every call, envelope and acknowledgment, with secrets blackened."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.workspace.clocks import WorkspaceClock
from bot.workspace.feed import Feed

KEPT = 1000
BODY = 6000
_SECRETS = re.compile(r"\b(xox[a-z]-|xapp-|sk-)[A-Za-z0-9_\-]+|(Bearer )[A-Za-z0-9_\-.=]+|(ticket=)[A-Za-z0-9_\-]+")
_KEYED = re.compile(r'("(?:token|trigger_id|authorization|api_key|password|secret)"\s*:\s*")[^"]*', re.IGNORECASE)
_ADDRESSES = re.compile(r"(/respond/|hooks\.slack\.com/|/upload/v1/|/upload/[^\s\"?]*\?s=)[^\s\"'<>|]+")
"""Whoever holds such an address may answer, or upload, in the app's name."""


def redact(text: str) -> str:
    blackened = _SECRETS.sub(lambda found: (found[1] or found[2] or found[3]) + "•••", text)
    return _ADDRESSES.sub(r"\1•••", _KEYED.sub(r"\1•••", blackened))


@dataclass(slots=True)
class Entry:
    """`direction` is "in" for what the app sends, "out" for what it is sent; `ms` until the answer or the ack."""

    seq: int
    at: str
    direction: Literal["in", "out"]
    name: str
    summary: str
    ms: float | None
    ok: bool
    body: str = ""

    def as_json(self) -> dict[str, Any]:
        """`method` for a call of the app, `type` for an envelope."""
        row = asdict(self)
        row["method" if self.direction == "in" else "type"] = row.pop("name")
        return row


class WireLog:
    def __init__(self, feed: Feed, clock: WorkspaceClock) -> None:
        self._feed = feed
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._seq = 0

    def add(
        self,
        direction: Literal["in", "out"],
        name: str,
        summary: str,
        *,
        ms: float | None = None,
        ok: bool = True,
        body: Any = None,
    ) -> Entry:
        self._seq += 1
        text = "" if body is None else redact(json.dumps(body, ensure_ascii=False, default=str)[:BODY])
        at = self._clock.now().isoformat(timespec="milliseconds")
        shown = None if ms is None else round(ms, 2)
        entry = Entry(self._seq, at, direction, name, redact(summary), shown, ok, text)
        self._entries.append(entry)
        self._feed.whisper("wire", entry.as_json)
        return entry

    def answered(self, entry: Entry, ms: float, *, ok: bool = True, note: str = "") -> None:
        """Complete an entry once the ack is there, or is known not to come."""
        entry.ms, entry.ok = round(ms, 2), ok
        if note:
            entry.summary = f"{entry.summary} · {redact(note)}"
        self._feed.whisper("wire", entry.as_json)

    def since(self, seq: int = 0) -> list[Entry]:
        return [entry for entry in self._entries if entry.seq > seq]
