"""Wakes at the next due row and hands due rows to their runners. APScheduler only rings; rows hold the work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from functools import partial
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clocks import SystemClock, millis
from bot.metrics import DEAD, PASS_AGE, PASS_ERRORS, WAITING
from storage.databases import Database
from storage.tables import WorkRow

log = logging.getLogger("callsheet.clockwork")
KEEP_DAYS = 7
PER_WORKSPACE = 8
QUICK, SLOW = ("deliver", "nudge"), ("job",)
JOB_SLOTS = 2
HOUSEKEEPING_S = 3600
T = TypeVar("T")
Runner = Callable[[WorkRow], Awaitable[None]]


class Clockwork:
    """The dispatcher: claims due rows with a lease, as many as there are free runners, and runs them."""

    def __init__(
        self, database: Database, clock: SystemClock, runners: Mapping[str, Runner], *, owner: str,
        lease_ms: int, slots: int, sweep_s: float,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._runners = runners
        self._owner = owner
        self._lease_ms = lease_ms
        self._slots = slots
        self._sweep_s = sweep_s
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="queue")
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._running: dict[int, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._last_pass = time.monotonic()
        self.paused = False
        self._claiming = asyncio.Lock()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._scheduler.add_job(self._event.set, "interval", seconds=self._sweep_s, id="sweep")
        self._scheduler.add_job(self._event.set, "interval", seconds=self._lease_ms / 3000, id="renew")
        self._scheduler.start()
        self._task = asyncio.create_task(self._work(), name="clockwork")

    async def close(self) -> None:
        """Stop claiming; running deliveries get three seconds, then their leases end by themselves."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=3)
        for task in self._running.values():
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def pause(self, but: int = 0) -> None:
        """Nothing begins any more; returns when nothing runs but the row `but`."""
        self.paused = True
        async with self._claiming:
            pass
        while others := [task for work_id, task in self._running.items() if work_id != but]:
            await asyncio.wait(others)

    def wake(self) -> None:
        """There may be due work: look now. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)

    def healthy(self) -> bool:
        return time.monotonic() - self._last_pass < max(10.0, 3 * self._sweep_s)

    async def _work(self) -> None:
        swept = cleaned = renewed = 0.0
        while True:
            self._event.clear()
            try:
                at = time.monotonic()
                if at - renewed >= self._lease_ms / 3000:
                    renewed = at
                    await self._in_pool(self._renew)
                if at - swept >= self._sweep_s:
                    swept = at
                    await self._in_pool(self._sweep)
                if at - cleaned >= HOUSEKEEPING_S:
                    cleaned = at
                    await self._in_pool(self._clean)
                await self._pass()
                self._last_pass = time.monotonic()
            except Exception as error:
                PASS_ERRORS.inc()
                log.warning("a pass of the dispatcher failed; trying again", extra={"why": str(error)})
                await asyncio.sleep(0.5)
                continue
            await self._event.wait()

    async def _pass(self) -> None:
        """Claim until nothing is due or every slot is taken, then set the alarm for what comes next.

        Jobs have slots of their own, so that slow ones never keep an answer waiting.
        """
        async with self._claiming:
            for kinds, slots in ((QUICK, self._slots), (SLOW, JOB_SLOTS)):
                await self._take(kinds, slots)
        await self._set_alarm()

    async def _take(self, kinds: tuple[str, ...], slots: int) -> None:
        while not self.paused and (free := slots - self._busy(kinds)) > 0:
            rows = await self._in_pool(self._claim, free, kinds)
            for row in rows:
                task = asyncio.create_task(self._run(row), name=f"{row.kind} {row.id}")
                self._running[row.id] = task
                task.add_done_callback(partial(self._ended, row.id))
            if len(rows) < free:
                return

    def _busy(self, kinds: tuple[str, ...]) -> int:
        return sum(1 for task in self._running.values() if task.get_name().split(" ")[0] in kinds)

    async def _run(self, row: WorkRow) -> None:
        runner = self._runners.get(row.kind)
        if runner is None:
            log.error("no runner for this kind of work", extra={"kind": row.kind, "work": row.id})
            await self._in_pool(self._database.queue.dead, row.id, self._owner, f"no runner for {row.kind}")
            return
        await runner(row)

    def _ended(self, work_id: int, task: asyncio.Task[None]) -> None:
        self._running.pop(work_id, None)
        if not task.cancelled() and task.exception():
            log.error("a runner failed", exc_info=task.exception())
        self._event.set()

    async def _set_alarm(self) -> None:
        due = await self._in_pool(self._next_due)
        if due is not None:
            self._scheduler.add_job(self._event.set, "date", run_date=due, id="wake", replace_existing=True)

    def _claim(self, limit: int, kinds: tuple[str, ...]) -> list[WorkRow]:
        now, real = millis(self._clock.now()), millis(self._clock.real())
        return self._database.queue.claim(
            now=now,
            real=real,
            owner=self._owner,
            lease_ms=self._lease_ms,
            limit=limit,
            per_workspace=PER_WORKSPACE,
            kinds=kinds,
        )

    def _next_due(self) -> Any:
        """The next real instant at which something may become claimable."""
        now, real = self._clock.now(), self._clock.real()
        due = self._database.queue.next_due(now=millis(now), real=millis(real))
        waits = []
        if due.product_at is not None:
            waits.append(due.product_at - millis(now))
        if due.real_at is not None:
            waits.append(due.real_at - millis(real))
        return real + timedelta(milliseconds=max(1, min(waits))) if waits else None

    def _sweep(self) -> None:
        self._clock.refresh()
        released = self._database.queue.release_expired(millis(self._clock.real()))
        if released:
            log.warning("leases ended and their rows came back", extra={"rows": released})

    def _renew(self) -> None:
        if self._running:
            self._database.queue.renew(list(self._running), self._owner, millis(self._clock.real()) + self._lease_ms)

    def _clean(self) -> None:
        before = self._clock.real() - timedelta(days=KEEP_DAYS)
        old = millis(self._clock.now() - timedelta(days=KEEP_DAYS))
        self._database.queue.purge(old, real=millis(self._clock.real()))
        self._database.inbox.purge(millis(before))

    def measure(self) -> None:
        """Brings the gauges up to date; called when metrics are read."""
        counts = self._database.queue.stats().counts
        for wanted in ("pending", "leased", "dead"):
            WAITING.labels(state=wanted).set(sum(n for (state, _), n in counts.items() if state == wanted))
        DEAD.set(sum(n for (state, _), n in counts.items() if state == "dead"))
        PASS_AGE.set(time.monotonic() - self._last_pass)

    async def _in_pool(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
