"""The change feed: everything that a page must redraw, numbered, with a ring for those who reconnect."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

RING = 500
QUEUE = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `audience` None means everybody, else the ids of the people who may see it.

    Kinds: message (posted or changed: redraw it), message_deleted, ephemeral, ephemeral_deleted, channel
    (created, archived, members), form (the person's stack of forms), home, person, unread, toast (`data.code`),
    clock (`data.now`), wire (`data` = the entry), faults, reset.
    """

    seq: int
    kind: str
    channel: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    audience: frozenset[str] | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def is_for(self, person_id: str) -> bool:
        return self.audience is None or person_id in self.audience


class Subscription:
    """A bounded queue of changes; `get` returns None at the end, `lagged` is set when it overflowed."""

    def __init__(self, size: int = QUEUE) -> None:
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue(size + 1)
        self._size = size
        self.lagged = False
        self.closed = False

    def put(self, change: Change) -> None:
        if self.closed:
            return
        if self._queue.qsize() >= self._size:
            self.lagged = True
            self.close()
            return
        self._queue.put_nowait(change)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(None)

    async def get(self) -> Change | None:
        return await self._queue.get()


class Feed:
    def __init__(self, ring: int = RING) -> None:
        self._ring: deque[Change] = deque(maxlen=ring)
        self._subscriptions: set[Subscription] = set()
        self.seq = 0
        self.closed = False

    def publish(
        self,
        kind: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        thread_ts: str | None = None,
        audience: frozenset[str] | None = None,
        data: dict[str, Any] | None = None,
    ) -> Change:
        self.seq += 1
        change = Change(self.seq, kind, channel, ts, thread_ts, audience, data or {})
        self._ring.append(change)
        for subscription in list(self._subscriptions):
            subscription.put(change)
        return change

    def whisper(self, kind: str, data: Callable[[], dict[str, Any]]) -> None:
        """Tell those who listen now; it takes no number and no place in the ring. `data` is built on demand."""
        if self._subscriptions:
            change = Change(self.seq, kind, data=data())
            for subscription in list(self._subscriptions):
                subscription.put(change)

    def since(self, seq: int) -> list[Change] | None:
        """The changes after `seq`, or None when the ring no longer holds them all: read everything again."""
        if seq > self.seq or (seq < self.seq and (not self._ring or self._ring[0].seq > seq + 1)):
            return None
        return [change for change in self._ring if change.seq > seq]

    @contextmanager
    def subscribe(self, size: int = QUEUE) -> Iterator[Subscription]:
        subscription = Subscription(size)
        self._subscriptions.add(subscription)
        if self.closed:
            subscription.close()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every stream; a server that stops calls this before it waits for its connections."""
        self.closed = True
        for subscription in list(self._subscriptions):
            subscription.close()
