"""Making events durable before they are acknowledged, and counting the messages that are not kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from storage.databases import Database
from storage.errors import LostRace
from storage.inboxes import Accepted
from storage.repositories.events import NewInboxRow

log = logging.getLogger("callsheet.accept")
ACCEPT_S = 1.5
"""How long a locked database is tried again: the platform waits three seconds for the acknowledgment."""
BATCH = 200


@dataclass(slots=True)
class Waiting:
    row: NewInboxRow
    done: asyncio.Future[Accepted]


class AcceptThread:
    """Commits accepted events in batches, in the order in which they were handed over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="accept", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, waiting: Waiting) -> None:
        self._queue.put(waiting)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < BATCH:
                    more = self._queue.get_nowait()
                    if more is None:
                        self._queue.put(None)
                        break
                    batch.append(more)
            self._commit(batch)

    def _commit(self, batch: Sequence[Waiting]) -> None:
        """One row that cannot be written at all does not take the others with it."""
        try:
            answers = self._accept([waiting.row for waiting in batch])
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    self._commit([waiting])
                return
            log.exception("an event could not be made durable", extra={"kind": batch[0].row.kind})
            settle(batch[0].done, error=error)
            return
        for waiting, answer in zip(batch, answers, strict=True):
            settle(waiting.done, answer)

    def _accept(self, rows: list[NewInboxRow]) -> list[Accepted]:
        deadline = time.monotonic() + ACCEPT_S
        while True:
            try:
                return self._database.inbox.accept(rows)
            except LostRace:
                if time.monotonic() >= deadline:
                    raise


def settle(future: asyncio.Future[Accepted], answer: Accepted | None = None, error: Exception | None = None) -> None:
    """Resolves a loop's future from another thread; a loop that is gone needs no answer."""

    def put() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        elif answer is not None:
            future.set_result(answer)

    with contextlib.suppress(RuntimeError):
        future.get_loop().call_soon_threadsafe(put)


class MessageCounts:
    """How many messages each channel has seen that its row does not know yet. Any thread may count."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, workspace_id: str, channel_id: str) -> None:
        with self._lock:
            self._counts[workspace_id, channel_id] += 1

    def unsaved(self, workspace_id: str, channel_id: str) -> int:
        with self._lock:
            return self._counts[workspace_id, channel_id]

    def save(self) -> None:
        """Adds the counts to the channels' rows; what could not be written is counted again next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            for workspace_id in {key[0] for key in counts}:
                self._save_one(workspace_id, counts)
        finally:
            with self._lock:
                self._counts += counts

    def _save_one(self, workspace_id: str, counts: Counter[tuple[str, str]]) -> None:
        mine = {key: n for key, n in counts.items() if key[0] == workspace_id}
        with self._database.write(workspace_id) as store:
            for (_, channel_id), n in mine.items():
                store.channels.add_messages(channel_id, n)
        for key in mine:
            del counts[key]
