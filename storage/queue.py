"""The durable queue: claim, lease, finish, give back. Every call is one short transaction of its own."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, update

from storage.claims import claim_statement, held_statement, waiting_statement
from storage.engines import Engines
from storage.errors import LostRace
from storage.gates import Priority
from storage.leases import HELD, LEASED, MARK_DONE, give_all_back, give_back, revive
from storage.pacing import PACE, SET_GATE
from storage.tables import LaneGate, WorkRow
from storage.units import detached, table_of

Result = TypeVar("Result")

_W = table_of(WorkRow)
_G = table_of(LaneGate)
_TRIES = 6
KINDS = ("deliver", "nudge", "job")
_CHUNK = 500

_GIVEN_BACK = (
    _W.c.id,
    _W.c.workspace_id,
    _W.c.lane,
    _W.c.fold,
    _W.c.started_at,
    _W.c.look_from,
    _W.c.attempts,
)
_MINE = select(*_GIVEN_BACK).where(*HELD).with_for_update()
_EXPIRED = (
    select(*_GIVEN_BACK)
    .where(_W.c.state == LEASED, _W.c.lease_until <= bindparam("until"))
    .order_by(_W.c.lease_until)
    .limit(_CHUNK)
    .with_for_update(skip_locked=True)
)
_OWNED = select(*_GIVEN_BACK).where(_W.c.owner == bindparam("owner_"), _W.c.state == LEASED).with_for_update()
_START = (
    update(_W)
    .where(*HELD, _W.c.lease_until > bindparam("until"))
    .values(
        started_at=bindparam("real"),
        look_from=func.coalesce(_W.c.look_from, bindparam("look_from_", type_=_W.c.look_from.type)),
    )
)
_UNSTART = update(_W).where(*HELD).values(started_at=None, look_from=None)
_RENEW = (
    update(_W)
    .where(_W.c.id.in_(bindparam("work_ids", expanding=True)), _W.c.owner == bindparam("owner_"), _W.c.state == LEASED)
    .values(lease_until=bindparam("until"))
)
_END = update(_W).where(*HELD).values(state=bindparam("state_"), error=bindparam("error_"), lease_until=None)
_NEXT = select(func.min(_W.c.due_at)).where(_W.c.state == literal_column("'pending'"), _W.c.due_at > bindparam("now"))
_OVER = _W.c.state.in_((literal_column("'done'"), literal_column("'dropped'")))
_PURGE = delete(_W).where(_W.c.id.in_(select(_W.c.id).where(_OVER, _W.c.due_at < bindparam("before")).limit(_CHUNK)))
_PURGE_GATES = delete(_G).where(_G.c.next_at < bindparam("before"))
_DONE_COUNT = select(func.count()).where(_OVER, _W.c.state == "done")
_STATS = select(_W.c.state, _W.c.kind, func.count()).group_by(_W.c.state, _W.c.kind)
_OLDEST = select(func.min(_W.c.due_at)).where(_W.c.state == literal_column("'pending'"))


@dataclass(frozen=True, slots=True)
class NextDue:
    """When to look again: `product_at` by the product clock, `real_at` by the real one; None: nothing."""

    product_at: int | None
    real_at: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is due or leased; `held_until` (real ms) when a gate or a back-off holds it."""

    id: int
    workspace_id: str
    kind: str
    lane: str | None
    key: str
    state: str
    due_at: int
    held_until: int | None


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Rows by (state, kind), and the earliest due time of all pending ones."""

    counts: dict[tuple[str, str], int]
    oldest_due: int | None


def again(work: Callable[[], Result]) -> Result:
    """Runs a short transaction again when it lost a race."""
    for tried in range(1, _TRIES):
        try:
            return work()
        except LostRace:
            time.sleep(random.uniform(0, 0.01 * tried))
    return work()


class Queue:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._claim = claim_statement(engines.dialect)
        self._held = held_statement(engines.dialect)
        self._waiting = waiting_statement(engines.dialect)

    def _write(self) -> AbstractContextManager[Connection]:
        return self._engines.write(Priority.QUEUE)

    def claim(
        self,
        *,
        now: int,
        real: int,
        owner: str,
        lease_ms: int,
        limit: int,
        per_workspace: int,
        kinds: Sequence[str] = KINDS,
    ) -> list[WorkRow]:
        """Leases up to `limit` due rows: the first of each lane, at most `per_workspace` of a workspace.

        `now` is the product clock, `real` the real one. Sorted by due time, then id.
        """
        parameters = {
            "now": now,
            "real": real,
            "owner_": owner,
            "until": real + lease_ms,
            "cap": per_workspace,
            "most": limit,
            "kinds": list(kinds),
        }

        def once() -> list[WorkRow]:
            with self._write() as connection:
                return detached(connection, self._claim, parameters)

        return sorted(again(once), key=lambda row: (row.due_at, row.id))

    def next_due(self, *, now: int, real: int) -> NextDue:
        """Leases that end are left to the sweep: nothing can be claimed before it has given them back."""
        with self._engines.read() as connection:
            product_at = connection.execute(_NEXT, {"now": now}).scalar()
            held = connection.execute(self._held, {"now": now, "real": real, "kinds": list(KINDS)}).scalar()
        return NextDue(product_at, held)

    def start(self, work_id: int, owner: str, real: int, look_from: str | None = None, *, timeout_ms: int = 0) -> bool:
        """Notes that the request leaves now; False when the lease ends within `timeout_ms` or is lost."""
        parameters = {
            "work_id": work_id,
            "owner_": owner,
            "real": real,
            "until": real + timeout_ms,
            "look_from_": look_from,
        }
        return self._one(_START, parameters)

    def unstart(self, work_id: int, owner: str) -> bool:
        """The request never left: no look is needed."""
        return self._one(_UNSTART, {"work_id": work_id, "owner_": owner})

    def renew(self, work_ids: Sequence[int], owner: str, until: int) -> int:
        """Only of rows that are being worked on: what nobody runs any more has to come back."""
        with self._write() as connection:
            return connection.execute(_RENEW, {"work_ids": list(work_ids), "owner_": owner, "until": until}).rowcount

    def done(self, work_id: int, owner: str, result: dict[str, Any] | None = None) -> bool:
        """False when `owner` no longer holds the row; so for all that follow."""
        return self._one(MARK_DONE, {"work_id": work_id, "owner_": owner, "result_": result})

    def dead(self, work_id: int, owner: str, error: str) -> bool:
        """It finally failed, and stays to be seen."""
        return self._end(work_id, owner, "dead", error)

    def drop(self, work_id: int, owner: str, why: str) -> bool:
        """It is no longer true or wanted."""
        return self._end(work_id, owner, "dropped", why)

    def _end(self, work_id: int, owner: str, state: str, error: str) -> bool:
        return self._one(_END, {"work_id": work_id, "owner_": owner, "state_": state, "error_": error})

    def _one(self, statement: Any, parameters: dict[str, Any]) -> bool:
        with self._write() as connection:
            return connection.execute(statement, parameters).rowcount == 1

    def retry(
        self,
        work_id: int,
        owner: str,
        *,
        error: str | None,
        gate_until: int | None = None,
        not_before: int | None = None,
        keep_started: bool = False,
        count_attempt: bool = True,
    ) -> bool:
        """Gives a row back to be tried again; `gate_until`, `not_before` in real ms.

        `gate_until` holds the whole lane (the row itself if it has none). `keep_started`: the outcome
        is unknown, so look before the next try. Not counted: a try that the platform put off.
        """
        changes: dict[str, Any] = {"error": error, "not_before": not_before}
        if not keep_started:
            changes |= {"started_at": None, "look_from": None}

        def once() -> bool:
            with self._write() as connection:
                row = connection.execute(_MINE, {"work_id": work_id, "owner_": owner}).first()
                if row is None:
                    return False
                if gate_until is not None:
                    if row.lane is None:
                        changes["not_before"] = max(gate_until, not_before or 0)
                    else:
                        _raise_gate(connection, row.workspace_id, row.lane, gate_until)
                attempts = row.attempts if count_attempt else row.attempts - 1
                give_back(connection, row, {**changes, "attempts": attempts})
                return True

        return again(once)

    def set_gate(self, workspace_id: str, lane: str, next_at: int) -> None:
        """Nothing passes before `next_at` (real ms); a later time that was set before stays."""
        with self._write() as connection:
            _raise_gate(connection, workspace_id, lane, next_at)

    def pace(self, workspace_id: str, gate: str, *, real: int, pace_ms: int, burst_ms: int = 0) -> None:
        """Counts one call that leaves at `real`: one per `pace_ms`, of which `burst_ms` may be saved up."""
        parameters = {
            "workspace_id": workspace_id,
            "lane": gate,
            "next_at": real + pace_ms - burst_ms,
            "real": real,
            "burst": burst_ms,
            "step": pace_ms - burst_ms,
        }
        with self._write() as connection:
            connection.execute(PACE, parameters)

    def release_expired(self, real: int) -> int:
        """Rows whose lease has ended become pending; how many."""
        return self._release(real)

    def release_all(self) -> int:
        """All leased rows become pending: for the start of the only process."""
        return self._release(2**62)

    def release_mine(self, owner: str) -> int:
        """What this owner still holds becomes pending: for the end of a process among others."""

        def once() -> int:
            with self._write() as connection:
                rows = connection.execute(_OWNED, {"owner_": owner}).all()
                give_all_back(connection, rows)
                return len(rows)

        return again(once)

    def _release(self, until: int) -> int:
        def once() -> int:
            with self._write() as connection:
                rows = connection.execute(_EXPIRED, {"until": until}).all()
                give_all_back(connection, rows)
                return len(rows)

        total = 0
        while released := again(once):
            total += released
        return total

    def revive(self, workspace_id: str, work_id: int) -> bool:
        """A dead row is tried again from the start; inside a unit of work use its `work.revive`."""

        def once() -> bool:
            with self._write() as connection:
                return revive(connection, work_id, workspace_id)

        return again(once)

    def purge(self, before: int, *, real: int | None = None) -> int:
        """Deletes done and dropped rows that were due before `before` (product ms).

        With `real`, gates that have been open for an hour too.
        """
        total = 0
        while True:
            with self._write() as connection:
                deleted = connection.execute(_PURGE, {"before": before}).rowcount
                if not deleted and real is not None:
                    connection.execute(_PURGE_GATES, {"before": real - 3_600_000})
            if not deleted:
                return total
            total += deleted

    def waiting(self, now: int, real: int, *, limit: int = 1000) -> list[Waiting]:
        """Pending rows that are due (also those that wait for a gate or a back-off) and leased ones."""
        with self._engines.read() as connection:
            rows = connection.execute(self._waiting, {"now": now, "real": real, "most": limit})
            return [Waiting(*row) for row in rows]

    def done_count(self) -> int:
        with self._engines.read() as connection:
            return connection.execute(_DONE_COUNT).scalar_one()

    def stats(self) -> QueueStats:
        """Reads the whole table: for a scrape every few seconds, not for a turn."""
        with self._engines.read() as connection:
            counts = {(state, kind): count for state, kind, count in connection.execute(_STATS)}
            return QueueStats(counts, connection.execute(_OLDEST).scalar())


def _raise_gate(connection: Connection, workspace_id: str, lane: str, next_at: int) -> None:
    connection.execute(SET_GATE, {"workspace_id": workspace_id, "lane": lane, "next_at": next_at})
