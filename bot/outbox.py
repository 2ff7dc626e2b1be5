"""Delivers queued work: paced, retried, looked up before it is sent again; the result is recorded on its row."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.clocks import millis
from bot.desks import ANSWER_LIFE, Ways, workspace_gate
from bot.logs import turn_id
from bot.meanings import Meaning, Meanings
from bot.metrics import LATENESS, SENT
from bot.platforms.base import (
    Fate,
    Platform,
    SendDirect,
    SendError,
    SendFile,
    Sending,
    SendPost,
    Sent,
)
from bot.scenes import Scenes
from handlers.core.clock import Clock
from handlers.core.router import Router
from storage.databases import Database, Store
from storage.errors import StorageError
from storage.tables import LiveCard, WorkRow

log = logging.getLogger("callsheet.outbox")
ATTEMPTS = 8
CALL_MS = 30_000
"""The longest a call may take; never longer than half a lease, so that nobody else takes the row meanwhile."""
T = TypeVar("T")
LOOKED_UP = (SendPost, SendDirect, SendFile)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long (ms) a failed row waits: before it is tried again, and before the platform is asked about a call
    that was never answered."""

    backoff_ms: int = 2_000
    cap_ms: int = 300_000
    look_after_ms: int = 5_000

    def backoff(self, attempts: int) -> int:
        """2 s · 2ⁿ with full jitter, at most five minutes; `attempts` counts from 1."""
        most = min(self.cap_ms, self.backoff_ms * 2 ** max(0, attempts - 1))
        return random.randint(min(self.backoff_ms // 4, most), most)


class CouldNotLook(SendError):
    """The platform could not say whether an earlier try took effect; that stays open."""

    def __init__(self, error: SendError) -> None:
        super().__init__(
            error.fate, f"could not look: {error.why}", retry_after_s=error.retry_after_s, scope=error.scope
        )


class Outbox:
    """Delivers one claimed row at a time per lane; the dispatcher calls `deliver`."""

    def __init__(
        self, database: Database, platform: Platform, router: Router, scenes: Scenes, ways: Ways, *,
        owner: str, lease_ms: int, waits: Waits,
    ) -> None:  # fmt: skip
        self._database = database
        self._platform = platform
        self._scenes = scenes
        self._ways = ways
        self._meanings = Meanings(database, router, scenes, ways)
        self._owner = owner
        self._waits = waits
        self._call_ms = min(CALL_MS, lease_ms // 2)
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="outbox")
        self.pacing = True
        self.posted: Callable[[str, str], None] = lambda *_: None
        self.expelled: Callable[[str, str], None] = lambda *_: None

    @property
    def _clock(self) -> Clock:
        return self._scenes.clock

    async def deliver(self, row: WorkRow) -> None:
        """Send what the row means; every outcome ends in one change of its state."""
        token = turn_id.set(f"w{row.id}")
        try:
            await self._deliver(row)
        except SendError as error:
            await self._in_pool(self._failed, row, error)
        except StorageError as error:
            log.warning("a delivery could not be recorded; its lease will end", extra={"why": str(error)})
        except Exception:
            log.exception("a delivery broke", extra={"work": row.id})
            await self._in_pool(self._failed, row, SendError(Fate.DEAD, "defect"))
        finally:
            turn_id.reset(token)

    async def _deliver(self, row: WorkRow) -> None:
        now = millis(self._clock.now())
        if row.expires_at is not None and row.expires_at < now:
            await self._in_pool(self._database.queue.drop, row.id, self._owner, "expired")
            SENT.labels(kind=row.kind, fate="expired").inc()
            return
        meaning = await self._in_pool(self._meanings.of, row)
        sending = meaning.sending
        if sending is None:
            await self._in_pool(self._record, row, meaning, None)
            return
        sent = await self._found(row, sending)
        if sent is None:
            sent = await self._send(row, sending)
        else:
            # It shows what was true when it was sent, which is not known any more.
            meaning = replace(meaning, shown="")
        await self._in_pool(self._record, row, meaning, sent)
        SENT.labels(kind=sending.kind, fate="sent").inc()
        LATENESS.observe(max(0, millis(self._clock.now()) - row.due_at) / 1000)

    async def _found(self, row: WorkRow, sending: Sending) -> Sent | None:
        """What an earlier try of this row left behind, if it may have left anything."""
        if row.started_at is None or not isinstance(sending, LOOKED_UP):
            return None
        try:
            found = await self._platform.look(row.workspace_id, sending, row.look_from or "")
        except SendError as error:
            raise CouldNotLook(error) from error
        log.info("looked before sending again", extra={"work": row.id, "found": found is not None})
        return found

    async def _send(self, row: WorkRow, sending: Sending) -> Sent:
        real = millis(self._clock.real())
        if row.lease_until is not None and row.lease_until < real + self._call_ms:
            raise SendError(Fate.RETRY, "lease too short")
        if isinstance(sending, LOOKED_UP) and row.started_at is None:
            look_from = f"{self._clock.now().timestamp() - 120:.6f}"
            if not await self._in_pool(self._database.queue.start, row.id, self._owner, real, look_from):
                raise SendError(Fate.RETRY, "lease lost")
        if self.pacing:
            await self._in_pool(self._pace, row, sending)
        try:
            return await asyncio.wait_for(self._platform.send(row.workspace_id, sending), self._call_ms / 1000)
        except TimeoutError as error:
            raise SendError(Fate.UNKNOWN, "timeout") from error

    def _pace(self, row: WorkRow, sending: Sending) -> None:
        """Close the gates behind this call before making it, so that nothing overtakes it."""
        real = millis(self._clock.real())
        for pace in self._platform.pace(row.workspace_id, sending):
            self._database.queue.pace(
                row.workspace_id,
                pace.gate or row.lane or str(row.id),
                real=real,
                pace_ms=pace.pace_ms,
                burst_ms=pace.burst_ms,
            )

    # -- what became of it -------------------------------------------------------------------------------------

    def _record(self, row: WorkRow, meaning: Meaning, sent: Sent | None) -> None:
        """What a living card learns from this row, and the row's end, are one transaction."""
        if isinstance(meaning.sending, SendPost) and not meaning.sending.thread:
            self.posted(row.workspace_id, meaning.sending.channel_id)
        with self._database.write(row.workspace_id) as store:
            if meaning.card:
                self._keep_card(store, row, meaning, sent)
            result = {"ts": sent.ts, "channel": sent.channel_id, "how": sent.how} if sent else {"skipped": True}
            if not store.work.done(row.id, self._owner, result):
                log.warning("a delivery's lease had ended before it was recorded", extra={"work": row.id})

    def _keep_card(self, store: Store, row: WorkRow, meaning: Meaning, sent: Sent | None) -> None:
        live = store.cards.get(meaning.card)
        if sent is not None and isinstance(meaning.sending, SendPost):
            self._keep_address(store, row, live, meaning, sent)
        elif sent is not None:
            store.cards.set_shown(live.id, meaning.shown)
        if meaning.next_at is not None:
            due_at = millis(meaning.next_at)
            store.work.add(
                kind="deliver",
                key=f"next:{live.id}:{due_at}",
                due_at=due_at,
                lane=row.lane,
                gate=self._platform.gate_of(row.workspace_id, "update"),
                payload={"op": "live", "card": live.id},
            )

    def _keep_address(self, store: Store, row: WorkRow, live: LiveCard, meaning: Meaning, sent: Sent) -> None:
        channel = store.channels.find(live.channel_id)
        counted = (channel.messages if channel else 0) + self._ways.unsaved(row.workspace_id, live.channel_id)
        store.cards.set_address(
            live.id,
            ts=sent.ts,
            permalink=sent.permalink or None,
            posted_messages=counted,
            posted_at=self._clock.now(),
            shown=meaning.shown or None,
        )
        # Whatever changed while the post was on its way found no address to update.
        store.work.add(
            kind="deliver",
            key=f"after:{live.id}:{sent.ts}",
            due_at=millis(self._clock.now()),
            lane=row.lane,
            gate=self._platform.gate_of(row.workspace_id, "update"),
            fold=f"card:{live.id}",
            payload={"op": "live", "card": live.id},
        )
        if live.old_ts:
            store.work.add(
                kind="deliver",
                key=f"moved:{live.id}:{live.old_ts}",
                due_at=millis(self._clock.now()),
                lane=f"{row.lane}:old",
                payload={"op": "moved", "card": live.id, "ts": live.old_ts},
            )

    def _failed(self, row: WorkRow, error: SendError) -> None:
        """The table of outcomes: what a failure means for the row, its lane and its card."""
        real, queue = millis(self._clock.real()), self._database.queue
        SENT.labels(kind=row.kind, fate=str(error.fate)).inc()
        log.warning("a delivery failed", extra={"work": row.id, "fate": str(error.fate), "why": error.why})
        looking = isinstance(error, CouldNotLook)
        match error.fate:
            case Fate.LIMITED:
                until = real + int(error.retry_after_s * 1000)
                for gate in self._limited_gates(row, error):
                    queue.set_gate(row.workspace_id, gate, until)
                self._again(row, error, until, keep_started=looking, count_attempt=False)
            case _ if looking and row.attempts < ATTEMPTS:
                self._again(row, error, real + self._waits.look_after_ms, keep_started=True, count_attempt=True)
            case Fate.GONE:
                self._gone(row, error)
            case Fate.DEAD:
                if error.why == "not_in_channel":
                    self.expelled(row.workspace_id, channel_of(row))
                self._give_up(row, error.why)
            case _ if row.attempts >= ATTEMPTS:
                self._give_up(row, f"{error.why} (tried {row.attempts} times)")
            case Fate.UNKNOWN:
                self._again(row, error, real + self._waits.look_after_ms, keep_started=True, count_attempt=True)
            case _:
                self._again(
                    row, error, real + self._waits.backoff(row.attempts), keep_started=False, count_attempt=True
                )

    def _give_up(self, row: WorkRow, why: str) -> None:
        """Dead rows stay visible to admins; whoever asked is told as well, by the way that the turn had prepared."""
        if not self._database.queue.dead(row.id, self._owner, why) or row.payload.get("if_dead") is None:
            return
        with self._database.write(row.workspace_id) as store:
            store.work.add(
                kind="deliver",
                key=f"{row.key}:sorry",
                due_at=millis(self._clock.now()),
                payload={"op": "send", **row.payload["if_dead"]},
                expires_at=millis(self._clock.now() + ANSWER_LIFE),
            )

    def _limited_gates(self, row: WorkRow, error: SendError) -> list[str]:
        """Beside the row's own lane, what else has to wait after a 429."""
        gates = [row.gate] if row.gate else []
        return [*gates, workspace_gate(row.workspace_id)] if error.scope == "workspace" else gates

    def _again(self, row: WorkRow, error: SendError, until: int, *, keep_started: bool, count_attempt: bool) -> None:
        """With a lane the row waits on the lane's gate, so that later rows do not overtake it."""
        self._database.queue.retry(
            row.id, self._owner, error=error.why, keep_started=keep_started, count_attempt=count_attempt,
            gate_until=until if row.lane else None, not_before=None if row.lane else until,
        )  # fmt: skip

    def _gone(self, row: WorkRow, error: SendError) -> None:
        """Somebody deleted the message: a living card is posted anew, anything else is over."""
        if row.payload["op"] != "live":
            self._database.queue.drop(row.id, self._owner, error.why)
            return
        with self._database.write(row.workspace_id) as store:
            store.cards.forget_address(int(row.payload["card"]))
        self._database.queue.retry(
            row.id, self._owner, error=error.why, gate_until=None, not_before=None, keep_started=False,
            count_attempt=True,
        )  # fmt: skip

    async def _in_pool(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def channel_of(row: WorkRow) -> str:
    """The channel a row would have gone to, from its lane (`platform:workspace:channel…`)."""
    parts = (row.lane or "").split(":")
    return parts[2] if len(parts) > 2 else ""
