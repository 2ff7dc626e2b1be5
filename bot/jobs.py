"""Slow work on a worker pool of its own: a feature's jobs, and the shell's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from bot.clocks import millis
from bot.desks import Origin
from bot.logs import turn_id
from bot.outbox import ATTEMPTS, Waits
from bot.outgoing import Outgoing
from bot.scenes import Scenes
from bot.turn import again_on_lost_race, part
from handlers.core.router import Router
from storage.databases import Database
from storage.errors import LeaseLost, StorageError
from storage.tables import WorkRow

log = logging.getLogger("callsheet.jobs")
OwnJob = Callable[[WorkRow], Awaitable[None]]


class Jobs:
    """Runs rows of kind `job`. `own` are the shell's jobs (they never reach the router)."""

    def __init__(
        self, database: Database, router: Router, scenes: Scenes, outgoing: Outgoing, *, owner: str, platform: str,
        own: Mapping[str, OwnJob],
        waits: Waits,
    ) -> None:  # fmt: skip
        self._database = database
        self._router = router
        self._scenes = scenes
        self._outgoing = outgoing
        self._owner = owner
        self._platform = platform
        self._own = own
        self._waits = waits
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="job")

    async def run(self, row: WorkRow) -> None:
        """A feature's job and its end commit together; a failure is tried again, then visible as dead."""
        token = turn_id.set(f"j{row.id}")
        loop = asyncio.get_running_loop()
        try:
            own = self._own.get(str(row.payload["job"]))
            if own is not None:
                await own(row)
                await loop.run_in_executor(self._pool, self._database.queue.done, row.id, self._owner, {})
            else:
                await loop.run_in_executor(self._pool, again_on_lost_race, lambda: self._once(row))
        except StorageError as error:
            log.warning("a job could not be recorded; its lease will end", extra={"why": str(error)})
        except Exception:
            log.exception("a job broke", extra={"job": row.payload.get("job")})
            await loop.run_in_executor(self._pool, self._failed, row)
        finally:
            turn_id.reset(token)

    def _once(self, row: WorkRow) -> None:
        with self._database.write(row.workspace_id) as store:
            scene = self._scenes.scene(store)
            answer = self._router.run_job(scene, str(row.payload["job"]), row.payload["payload"])
            self._outgoing.write(scene, Origin(row.key, self._platform), part(answer).durable)
            if not store.work.done(row.id, self._owner, {}):
                raise LeaseLost(f"job {row.id} was taken over")

    def _failed(self, row: WorkRow) -> None:
        queue = self._database.queue
        if row.attempts >= ATTEMPTS:
            queue.dead(row.id, self._owner, "defect")
            return
        until = millis(self._scenes.clock.real()) + self._waits.backoff(row.attempts)
        queue.retry(
            row.id,
            self._owner,
            error="defect",
            gate_until=None,
            not_before=until,
            keep_started=False,
            count_attempt=True,
        )

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
