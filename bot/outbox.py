"""Delivers queued work: paced, retried, looked up before it is sent again; the result is recorded on its row."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.clocks import millis
from bot.desks import Ways, workspace_gate
from bot.logs import turn_id
from bot.metrics import LATENESS, SENT
from bot.platforms.base import (
    CARD,
    Fate,
    Platform,
    SendDirect,
    SendError,
    SendFile,
    SendHome,
    Sending,
    SendPost,
    SendPrivate,
    SendUpdate,
    Sent,
)
from bot.scenes import Scenes
from handlers.core.cards import Card, Paragraph
from handlers.core.clock import Clock
from handlers.core.messages import Opened, Place
from handlers.core.router import Router
from handlers.core.text import Link, Text, text
from storage.databases import Database, Store
from storage.errors import StorageError
from storage.tables import WorkRow

log = logging.getLogger("callsheet.outbox")
ATTEMPTS = 8
CALL_MS = 30_000
"""The longest a call may take; never longer than half a lease, so that nobody else takes the row meanwhile."""
T = TypeVar("T")
LOOKED_UP = (SendPost, SendDirect, SendFile)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row resolved to the call it means now. `card` is the living card's id, `shown` the hash of what it shows."""

    sending: Sending
    card: int = 0
    shown: str = ""


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


def digest(card: Card) -> str:
    return hashlib.sha256(CARD.dump_json(card)).hexdigest()[:32]


class Outbox:
    """Delivers one claimed row at a time per lane; the dispatcher calls `deliver`."""

    def __init__(
        self, database: Database, platform: Platform, router: Router, scenes: Scenes, ways: Ways, *,
        owner: str, lease_ms: int, waits: Waits,
    ) -> None:  # fmt: skip
        self._database = database
        self._platform = platform
        self._router = router
        self._scenes = scenes
        self._ways = ways
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
        prepared = await self._in_pool(self._prepare, row)
        if prepared is None:
            await self._in_pool(self._database.queue.done, row.id, self._owner, {"skipped": True})
            return
        sent = await self._found(row, prepared.sending)
        if sent is None:
            sent = await self._send(row, prepared.sending)
        await self._in_pool(self._record, row, prepared, sent)
        SENT.labels(kind=prepared.sending.kind, fate="sent").inc()
        LATENESS.observe(max(0, millis(self._clock.now()) - row.due_at) / 1000)

    async def _found(self, row: WorkRow, sending: Sending) -> Sent | None:
        """What an earlier try of this row left behind, if it may have left anything."""
        if row.started_at is None or not isinstance(sending, LOOKED_UP):
            return None
        try:
            found = await self._platform.look(row.workspace_id, sending, row.look_from or "")
        except SendError as error:
            raise SendError(Fate.UNKNOWN, f"could not look: {error.why}") from error
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

    # -- what a row means now ----------------------------------------------------------------------------------

    def _prepare(self, row: WorkRow) -> Prepared | None:
        with self._database.read(row.workspace_id) as store:
            match row.payload["op"]:
                case "live":
                    return self._prepare_live(store, int(row.payload["card"]), check="check" in row.payload)
                case "point" if store.cards.get(int(row.payload["card"])).ts != row.payload["ts"]:
                    return None
                case "moved":
                    return self._prepare_moved(store, row.payload)
                case "home":
                    return Prepared(self._home(store, row))
                case "file":
                    return Prepared(file_sending(store, row))
                case _:
                    return Prepared(self._fresh(self._ways.open(row.payload["sending"]), row))

    def _fresh(self, sending: Sending, row: WorkRow) -> Sending:
        """A private answer whose address has died takes the next way."""
        until = row.payload.get("answer_until")
        if isinstance(sending, SendPrivate) and until is not None and until < millis(self._clock.real()):
            return replace(sending, answer_to="")
        return sending

    def _prepare_live(self, store: Store, card_id: int, *, check: bool) -> Prepared | None:
        live = store.cards.get(card_id)
        card = self._router.draw_live(self._scenes.scene(store, live.channel_id), live.kind, live.entity_id)
        if card is None:
            return None
        shown = digest(card)
        if live.ts:
            if live.shown == shown and not check:
                return None
            return Prepared(SendUpdate(live.channel_id, live.ts, card), live.id, shown)
        return Prepared(SendPost(live.channel_id, card, f"card:{live.id}", live.thread, live=True), live.id, shown)

    def _prepare_moved(self, store: Store, payload: dict[str, Any]) -> Prepared | None:
        """The old post of a living card: one line with a link to where it went."""
        live = store.cards.get(int(payload["card"]))
        voice = self._scenes.scene(store, live.channel_id).public
        says: Text = text(voice.say("This card has moved down ↓"))
        if live.permalink:
            says = Text((Link(live.permalink, says.plain),))
        return Prepared(SendUpdate(live.channel_id, str(payload["ts"]), Card("", (Paragraph(says),), says.plain)))

    def _home(self, store: Store, row: WorkRow) -> SendHome:
        person_id = str(row.payload["person"])
        now = self._clock.now()
        opened = Opened(
            workspace_id=row.workspace_id,
            person_id=person_id,
            place=Place(kind="home"),
            key=row.key,
            said_at=now,
        )
        card = self._router.home(self._scenes.context(store, opened))
        notice = str(row.payload.get("notice") or "")
        if notice:
            card = replace(card, blocks=(Paragraph(text(notice)), *card.blocks))
        return SendHome(person_id, card)

    # -- what became of it -------------------------------------------------------------------------------------

    def _record(self, row: WorkRow, prepared: Prepared, sent: Sent) -> None:
        """The address of a living card and the row's end are one transaction."""
        if isinstance(prepared.sending, SendPost):
            self.posted(row.workspace_id, prepared.sending.channel_id)
        with self._database.write(row.workspace_id) as store:
            if prepared.card:
                self._keep_address(store, row, prepared, sent)
            result = {"ts": sent.ts, "channel": sent.channel_id, "how": sent.how}
            if not store.work.done(row.id, self._owner, result):
                log.warning("a delivery's lease had ended before it was recorded", extra={"work": row.id})

    def _keep_address(self, store: Store, row: WorkRow, prepared: Prepared, sent: Sent) -> None:
        live = store.cards.get(prepared.card)
        if not isinstance(prepared.sending, SendPost):
            store.cards.set_shown(live.id, prepared.shown)
            return
        channel = store.channels.find(live.channel_id)
        counted = (channel.messages if channel else 0) + self._ways.unsaved(row.workspace_id, live.channel_id)
        store.cards.set_address(
            live.id,
            ts=sent.ts,
            permalink=sent.permalink or None,
            posted_messages=counted,
            posted_at=self._clock.now(),
            shown=prepared.shown,
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
        match error.fate:
            case Fate.LIMITED:
                until = real + int(error.retry_after_s * 1000)
                for gate in self._limited_gates(row, error):
                    queue.set_gate(row.workspace_id, gate, until)
                self._again(row, error, until, keep_started=False, count_attempt=False)
            case Fate.GONE:
                self._gone(row, error)
            case Fate.DEAD:
                if error.why == "not_in_channel":
                    self.expelled(row.workspace_id, channel_of(row))
                queue.dead(row.id, self._owner, error.why)
            case _ if row.attempts >= ATTEMPTS:
                queue.dead(row.id, self._owner, f"{error.why} (tried {row.attempts} times)")
            case Fate.UNKNOWN:
                self._again(row, error, real + self._waits.look_after_ms, keep_started=True, count_attempt=True)
            case _:
                self._again(
                    row, error, real + self._waits.backoff(row.attempts), keep_started=False, count_attempt=True
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


def file_sending(store: Store, row: WorkRow) -> SendFile:
    payload = row.payload
    blob = store.blobs.get(int(payload["blob"]))
    return SendFile(
        name=blob.name, content=blob.content, key=row.key, channel_id=str(payload["channel"]),
        thread=str(payload["thread"]), person_id=str(payload["person"]), comment=text(str(payload["comment"])),
    )  # fmt: skip


def channel_of(row: WorkRow) -> str:
    """The channel a row would have gone to, from its lane (`platform:workspace:channel…`)."""
    parts = (row.lane or "").split(":")
    return parts[2] if len(parts) > 2 else ""
