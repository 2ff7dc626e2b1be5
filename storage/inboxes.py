"""The inbox: accept events once, hand them out in the order of their place. Each call is one transaction."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.claims import inbox_claim_statement
from storage.engines import Engines
from storage.gates import Priority
from storage.queue import again
from storage.repositories.events import NewInboxRow, values_of_event
from storage.tables import InboxRow, Workspace
from storage.units import detached, table_of

_N = table_of(InboxRow)
_WORKSPACES = table_of(Workspace)
_CHUNK = 500
_NEW: ColumnElement[str] = literal_column("'new'")
_RUNNING: ColumnElement[str] = literal_column("'running'")
_OPEN = _N.c.state.in_((_NEW, _RUNNING))
_OVER = _N.c.state.in_((literal_column("'done'"), literal_column("'failed'")))
_KEY = (
    _N.c.workspace_id == bindparam("workspace_id_"),
    _N.c.platform == bindparam("platform_"),
    _N.c.key == bindparam("key_"),
)
_GIVEN = (
    "workspace_id",
    "platform",
    "key",
    "seq",
    "lane",
    "said_at",
    "received_at",
    "kind",
    "opener_owner",
    "opener_until",
    "payload",
)


def _accepting() -> Any:
    """An INSERT that finds no row to insert when the workspace is not ours."""
    source = (
        select(
            *(bindparam(f"new_{name}", type_=_N.c[name].type) for name in _GIVEN),
            literal_column("'new'"),
            literal_column("0"),
        )
        .select_from(_WORKSPACES)
        .where(_WORKSPACES.c.workspace_id == bindparam("new_workspace_id"))
    )
    statement = postgresql.insert(_N).from_select([*_GIVEN, "state", "attempts"], source, include_defaults=False)
    statement = statement.on_conflict_do_nothing(index_elements=["workspace_id", "platform", "key"])
    # Of an INSERT the drivers do not agree to tell how many rows it made.
    return statement.returning(_N.c.key)


_ACCEPT = _accepting()
_KNOWN = select(_N.c.state, _N.c.result).where(*_KEY)
_BACK = {"state": "new", "owner": None, "lease_until": None}
_EXPIRED = update(_N).where(_N.c.state == _RUNNING, _N.c.lease_until <= bindparam("until")).values(**_BACK)
_ALL_BACK = update(_N).where(_N.c.state == _RUNNING).values(**_BACK)
_MINE_BACK = update(_N).where(_N.c.state == _RUNNING, _N.c.owner == bindparam("owner_")).values(**_BACK)
_RETRY = update(_N).where(*_KEY, _N.c.state == _RUNNING, _N.c.owner == bindparam("owner_")).values(**_BACK)
_RENEW = (
    update(_N).where(_N.c.state == _RUNNING, _N.c.owner == bindparam("owner_")).values(lease_until=bindparam("until"))
)
_ANSWERED = update(_N).where(*_KEY, _N.c.answering_until.is_not(None)).values(answering_until=None)
_LISTED = select(
    *(_N.c[name] for name in ("workspace_id", "platform", "key", "kind", "lane", "state", "received_at", "seq"))
)
# Two searches: for one with OR no partial index would serve.
_WAITING = union_all(_LISTED.where(_OPEN), _LISTED.where(~_OPEN, _N.c.answering_until > bindparam("real"))).subquery()
_WAITING_IN_ORDER = select(_WAITING).order_by(_WAITING.c.received_at, _WAITING.c.seq).limit(bindparam("most"))
_NEXT_OPENER = select(func.min(_N.c.opener_until)).where(
    _OPEN, _N.c.state == "new", _N.c.opener_until > bindparam("real")
)
_NEXT_LEASE = select(func.min(_N.c.lease_until)).where(_OPEN, _N.c.state == "running")
_OLD = select(_N.c.workspace_id, _N.c.platform, _N.c.key).where(_OVER, _N.c.received_at < bindparam("before"))
_PURGE = delete(_N).where(tuple_(_N.c.workspace_id, _N.c.platform, _N.c.key).in_(_OLD.limit(_CHUNK)))


@dataclass(frozen=True, slots=True)
class Accepted:
    """`duplicate`: the key was there, in `state`, with that `result`. `unknown`: no such workspace."""

    duplicate: bool = False
    result: dict[str, Any] | None = None
    state: str = "new"
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose turn is not over, or (done) whose immediate answers may still be on their way."""

    workspace_id: str
    platform: str
    key: str
    kind: str
    lane: str | None
    state: str
    received_at: int


class Inbox:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._claim = inbox_claim_statement(engines.dialect)

    def _write(self, priority: Priority = Priority.QUEUE) -> AbstractContextManager[Connection]:
        return self._engines.write(priority)

    def accept(self, rows: Sequence[NewInboxRow]) -> list[Accepted]:
        """Saves them all in one transaction, committed when it returns; one answer per row, in order."""
        with self._write(Priority.ACCEPT) as connection:
            return [_accept(connection, row) for row in rows]

    def claim(self, *, me: str, real: int, lease_ms: int, limit: int) -> list[InboxRow]:
        """The earliest event of each place where none is running; live openers first, and only our own."""
        parameters = {"me": me, "real": real, "until": real + lease_ms, "most": limit}

        def once() -> list[InboxRow]:
            with self._write(Priority.TURN) as connection:
                return detached(connection, self._claim, parameters)

        def order(row: InboxRow) -> tuple[bool, int, int]:
            return (row.opener_until or 0) <= real, row.received_at, row.seq

        return sorted(again(once), key=order)

    def next_due(self, real: int) -> int | None:
        """The real time at which another process's opener or lease ends, if any."""
        with self._engines.read() as connection:
            times = (
                connection.execute(_NEXT_OPENER, {"real": real}).scalar(),
                connection.execute(_NEXT_LEASE).scalar(),
            )
        return min((time for time in times if time is not None), default=None)

    def renew(self, owner: str, until: int) -> int:
        return self._count(_RENEW, {"owner_": owner, "until": until})

    def retry(self, workspace_id: str, platform: str, key: str, owner: str) -> bool:
        """Gives a running event back, first in its place again; False when `owner` no longer runs it."""
        return self._count(_RETRY, {**_key(workspace_id, platform, key), "owner_": owner}) == 1

    def done_answering(self, workspace_id: str, platform: str, key: str) -> bool:
        return self._count(_ANSWERED, _key(workspace_id, platform, key)) == 1

    def release_expired(self, real: int) -> int:
        """Running events whose lease has ended become new; how many."""
        return self._count(_EXPIRED, {"until": real})

    def release_all(self) -> int:
        """All running events become new: for the start of the only process."""
        return self._count(_ALL_BACK, {})

    def release_mine(self, owner: str) -> int:
        """What this owner still runs becomes new: for the end of a process among others."""
        return self._count(_MINE_BACK, {"owner_": owner})

    def purge(self, before: int) -> int:
        """Deletes finished events that were received before `before` (real ms)."""
        total = 0
        while deleted := self._count(_PURGE, {"before": before}):
            total += deleted
        return total

    def waiting(self, real: int, *, limit: int = 1000) -> list[WaitingEvent]:
        with self._engines.read() as connection:
            rows = connection.execute(_WAITING_IN_ORDER, {"real": real, "most": limit}).mappings()
            return [WaitingEvent(**{name: row[name] for name in WaitingEvent.__slots__}) for row in rows]

    def _count(self, statement: Any, parameters: dict[str, Any]) -> int:
        def once() -> int:
            with self._write() as connection:
                return connection.execute(statement, parameters).rowcount

        return again(once)


def _key(workspace_id: str, platform: str, key: str) -> dict[str, Any]:
    return {"workspace_id_": workspace_id, "platform_": platform, "key_": key}


def _accept(connection: Connection, row: NewInboxRow) -> Accepted:
    values = {f"new_{name}": value for name, value in values_of_event(row).items()}
    if connection.execute(_ACCEPT, values).first() is not None:
        return Accepted()
    known = connection.execute(_KNOWN, _key(row.workspace_id, row.platform, row.key)).first()
    if known is None:
        return Accepted(unknown=True)
    return Accepted(duplicate=True, result=known.result, state=known.state)
