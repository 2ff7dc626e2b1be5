"""Accepts an event once, hands it to a worker in its place's order, replays what a crash left.

Accepting has a thread of its own: the loop numbers events as they come, the thread commits all that wait in one
transaction, then each is acknowledged. Turns run in another pool, so a slow turn never delays an acknowledgment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from bot.accepting import AcceptThread, MessageCounts, Waiting
from bot.clocks import millis
from bot.metrics import ACCEPTED, ACK_SECONDS, TURN_SECONDS
from bot.platforms.base import NotSaved, Opener, Submitted
from bot.turn import TurnResult, Turns
from handlers.core.cards import Option
from handlers.core.clock import Clock
from handlers.core.messages import INCOMING, Incoming, Options, Submission
from storage.databases import Database
from storage.errors import SecretError, StorageError
from storage.inboxes import Accepted
from storage.repositories.events import NewInboxRow
from storage.secrets import SecretBox
from storage.tables import InboxRow

log = logging.getLogger("callsheet.inbox")
OPENER_MS = 2_000
SWEEP_S = 1.0
COUNTS_S = 5.0
AGAIN_S = 1.0
STALE_S = 15.0
MAX_LANE = 200
T = TypeVar("T")


class Edge(Protocol):
    """What the inbox needs of the rest of the shell around a turn."""

    async def prepare(self, incoming: Incoming) -> Incoming:
        """Fetch what the turn will need: an unknown person or channel, the bytes of a shared file."""

    async def at_once(self, incoming: Incoming, opener: Opener | None, result: TurnResult) -> None:
        """Carry out what rides back with the turn."""


class InboxDesk:
    """The Intake of every platform: accept, submit, options; and the workers that run the turns."""

    def __init__(
        self, database: Database, turns: Turns, clock: Clock, box: SecretBox, *, me: str, platform: str,
        workers: int, lease_ms: int,
    ) -> None:  # fmt: skip
        self._database = database
        self._turns = turns
        self._clock = clock
        self._box = box
        self._me = me
        self._platform = platform
        self._workers = workers
        self._lease_ms = lease_ms
        self._accepting = AcceptThread(database)
        self._pool = ThreadPoolExecutor(workers + 1, thread_name_prefix="turn")
        self._reserved = ThreadPoolExecutor(4, thread_name_prefix="submit")
        self._event = asyncio.Event()
        self._openers: dict[str, tuple[Opener, float]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._seq = time.time_ns() // 1000
        self._task: asyncio.Task[None] | None = None
        self._swept = 0
        self._told: set[str] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._last_pass = time.monotonic()
        self.counts = MessageCounts(database)
        self.edge: Edge | None = None
        self.listens: Callable[[str, str, str], bool] = lambda *_: False
        self.paused = False

    # -- Intake ------------------------------------------------------------------------------------------------

    async def accept(self, incoming: Incoming, opener: Opener | None = None) -> bool:
        """Durable when this returns; False for a repetition or a workspace that is not ours."""
        received = time.perf_counter()
        row = self._row(incoming, opener)
        future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        if opener is not None:
            self._keep(incoming.key, opener)
        self._accepting.put(Waiting(row, future))
        try:
            accepted = await future
        except Exception as error:
            log.error("an event could not be saved", extra={"kind": incoming.kind, "why": str(error)})
            raise NotSaved(await self._in_pool(self._turns.not_saved, incoming)) from error
        if accepted.unknown:
            log.warning("an event of an unknown workspace was dropped", extra={"kind": incoming.kind})
            return False
        ACK_SECONDS.labels(kind=incoming.kind).observe(time.perf_counter() - received)
        ACCEPTED.labels(kind=incoming.kind, repeated=str(accepted.duplicate).lower()).inc()
        if accepted.duplicate:
            return False
        self._event.set()
        return True

    async def submit(self, submission: Submission) -> Submitted:
        await self._prepare(submission)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reserved, self._turns.submit, submission, self._platform)

    async def options(self, options: Options) -> Sequence[Option]:
        await self._prepare(options)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reserved, self._turns.options, options)

    def count_message(self, workspace_id: str, channel_id: str) -> None:
        self.counts.add(workspace_id, channel_id)

    def wants(self, workspace_id: str, channel_id: str, thread: str) -> bool:
        return self.listens(workspace_id, channel_id, thread)

    # -- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._accepting.start()
        self._task = asyncio.create_task(self._work(), name="inbox")

    async def close(self) -> None:
        """Stop taking rows, let running turns end, keep the counts."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if busy := self._running | self._answering:
            await asyncio.wait(busy, timeout=3)
        self._accepting.stop()
        with contextlib.suppress(StorageError):
            await self._in_pool(self.counts.save)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._reserved.shutdown(wait=False, cancel_futures=True)

    async def pause(self) -> None:
        """No turn begins any more; returns when none runs."""
        self.paused = True
        async with self._claiming:
            pass
        while busy := self._running | self._answering:
            await asyncio.wait(busy)

    def fault(self) -> str:
        """What keeps turns from running; empty when nothing does."""
        if not self._accepting.is_alive():
            return "the accepting thread has ended"
        return "" if time.monotonic() - self._last_pass < STALE_S else "no good pass for a while"

    def wake(self) -> None:
        self._event.set()

    # -- inside ------------------------------------------------------------------------------------------------

    def _row(self, incoming: Incoming, opener: Opener | None) -> NewInboxRow:
        """Numbered on the loop, so that arrival is the order of a lane; the answer address is sealed."""
        self._seq += 1
        real = millis(self._clock.real())
        sealed = replace(incoming, answer_to=self._box.seal(incoming.answer_to)) if incoming.answer_to else incoming
        return NewInboxRow(
            workspace_id=incoming.workspace_id,
            platform=self._platform,
            key=incoming.key,
            seq=self._seq,
            lane=(incoming.place.lane or f"person:{incoming.person_id}")[:MAX_LANE],
            said_at=millis(incoming.said_at),
            received_at=real,
            kind=incoming.kind,
            opener_owner=self._me if opener else None,
            opener_until=real + OPENER_MS if opener else None,
            payload=INCOMING.dump_python(sealed, mode="json"),
        )

    def _keep(self, key: str, opener: Opener) -> None:
        now = time.monotonic()
        for old in [k for k, (_, until) in self._openers.items() if until < now]:
            del self._openers[old]
        self._openers[key] = (opener, now + OPENER_MS / 1000)

    def _opener(self, key: str) -> Opener | None:
        opener, until = self._openers.pop(key, (None, 0.0))
        return opener if until > time.monotonic() else None

    async def _work(self) -> None:
        saved = renewed = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), SWEEP_S)
            self._event.clear()
            try:
                await self._take()
                at = self._last_pass = time.monotonic()
                if at - saved > COUNTS_S:
                    saved = at
                    await self._in_pool(self.counts.save)
                if self._running and at - renewed > self._lease_ms / 3000:
                    renewed = at
                    await self._in_pool(self._renew)
            except Exception as error:
                log.warning("a pass of the inbox failed; trying again", extra={"why": str(error)})
                await asyncio.sleep(SWEEP_S / 2)

    async def _take(self) -> None:
        """Start a turn for every place whose first event waits, as long as a worker is free."""
        async with self._claiming:
            while not self.paused and (free := self._workers - len(self._running)) > 0:
                rows = await self._in_pool(self._claim, free)
                for row in rows:
                    task = asyncio.create_task(self._run(row), name=f"turn {row.key}")
                    self._running.add(task)
                    task.add_done_callback(self._ended)
                if len(rows) < free:
                    return

    def _claim(self, limit: int) -> list[InboxRow]:
        real = millis(self._clock.real())
        if real - self._swept > SWEEP_S * 1000:
            self._swept = real
            self._database.inbox.release_expired(real)
        return self._database.inbox.claim(me=self._me, real=real, lease_ms=self._lease_ms, limit=limit)

    def _renew(self) -> None:
        self._database.inbox.renew(self._me, millis(self._clock.real()) + self._lease_ms)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._event.set()
        if not task.cancelled() and task.exception():
            log.error("a turn's task failed", exc_info=task.exception())

    async def _run(self, row: InboxRow) -> None:
        """A row that cannot even be read is failed, so that it does not stand in its place's way for ever."""
        try:
            incoming = await self._prepare(self._read(row))
        except Exception:
            log.exception("an event could not be read", extra={"kind": row.kind, "key": row.key})
            await self._in_pool(self._fail, row)
            return
        with TURN_SECONDS.labels(kind=incoming.kind).time():
            result = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._turns.run, incoming, self._platform, row.attempts
            )
        if result.at_once or (result.told and row.key not in self._told):
            answering = asyncio.create_task(self._at_once(incoming, result), name=f"answer {row.key}")
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        if result.again:
            self._told.add(row.key)
            await self._give_back(row)
        else:
            self._told.discard(row.key)

    def _read(self, row: InboxRow) -> Incoming:
        incoming: Incoming = INCOMING.validate_python(row.payload)
        if not incoming.answer_to:
            return incoming
        try:
            return replace(incoming, answer_to=self._box.open(incoming.answer_to))
        except SecretError as error:
            log.warning("a private answer address cannot be opened", extra={"why": str(error)})
            return replace(incoming, answer_to="")

    def _fail(self, row: InboxRow) -> None:
        with self._database.write(row.workspace_id) as store:
            store.inbox.finish(row.platform, row.key, state="failed", owner=self._me)

    async def _give_back(self, row: InboxRow) -> None:
        """Nothing of the turn was written: it stays first in its place and runs again as soon as writing works."""
        while True:
            await asyncio.sleep(AGAIN_S)
            try:
                await self._in_pool(self._database.inbox.retry, row.workspace_id, row.platform, row.key, self._me)
                return
            except StorageError as error:
                log.warning("a turn still cannot be written", extra={"key": row.key, "why": str(error)})

    async def _prepare(self, incoming: Incoming) -> Incoming:
        return await self.edge.prepare(incoming) if self.edge else incoming

    async def _at_once(self, incoming: Incoming, result: TurnResult) -> None:
        if self.edge:
            await self.edge.at_once(incoming, self._opener(incoming.key), result)
        if result.at_once:
            await self._in_pool(
                self._database.inbox.done_answering, incoming.workspace_id, self._platform, incoming.key
            )

    def _in_pool(self, function: Callable[..., T], *args: Any) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
