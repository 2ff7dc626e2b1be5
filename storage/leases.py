"""Work rows that change hands: what queue and units of work do to them alike."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select, update

from storage.tables import WorkRow
from storage.units import table_of

_W = table_of(WorkRow)

# Written out: a partial index serves only a condition that stands in the statement itself.
PENDING: ColumnElement[str] = literal_column("'pending'")
LEASED: ColumnElement[str] = literal_column("'leased'")
DEAD: ColumnElement[str] = literal_column("'dead'")

HELD = (_W.c.id == bindparam("work_id"), _W.c.owner == bindparam("owner_"), _W.c.state == LEASED)

MARK_DONE = (
    update(_W).where(*HELD).values(state="done", result=bindparam("result_"), payload={}, lease_until=None, error=None)
)

# Locked, or a claim in between would send it without having read what it inherits.
_NEWER = (
    select(_W.c.id)
    .where(_W.c.workspace_id == bindparam("workspace_id"), _W.c.fold == bindparam("fold"), _W.c.state == PENDING)
    .with_for_update()
)
_INHERIT = (
    update(_W)
    .where(_W.c.id == bindparam("newer"))
    .values(
        started_at=func.coalesce(_W.c.started_at, bindparam("started_at_", type_=_W.c.started_at.type)),
        look_from=func.coalesce(_W.c.look_from, bindparam("look_from_", type_=_W.c.look_from.type)),
    )
)
_RELEASE = (
    update(_W)
    .where(_W.c.id.in_(bindparam("work_ids", expanding=True)))
    .values(state="pending", owner=None, lease_until=None)
)
_CHANGE = update(_W).where(_W.c.id == bindparam("work_id"))
_DEAD = (
    select(_W.c.id, _W.c.workspace_id, _W.c.fold, _W.c.started_at, _W.c.look_from)
    .where(_W.c.id == bindparam("work_id"), _W.c.workspace_id == bindparam("workspace_id"), _W.c.state == DEAD)
    .with_for_update()
)


def give_back(connection: Connection, row: Any, changes: dict[str, Any]) -> None:
    """Makes a row pending again, with `changes`; `row` has id, workspace_id, fold, started_at, look_from.

    Beside a newer pending row of its fold it is dropped instead, and the newer one learns that an
    earlier try may have reached the platform.
    """
    newer = None
    if row.fold is not None:
        same = {"workspace_id": row.workspace_id, "fold": row.fold}
        newer = connection.execute(_NEWER, same).scalar()
    if newer is None:
        connection.execute(
            _CHANGE, {"work_id": row.id, **changes, "state": "pending", "owner": None, "lease_until": None}
        )
        return
    started_at = changes.get("started_at", row.started_at)
    if started_at is not None:
        connection.execute(_INHERIT, {"newer": newer, "started_at_": started_at, "look_from_": row.look_from})
    connection.execute(
        _CHANGE, {"work_id": row.id, "state": "dropped", "lease_until": None, "error": f"folded into {newer}"}
    )


def give_all_back(connection: Connection, rows: Sequence[Any]) -> None:
    """The same for many, unchanged."""
    if alone := [row.id for row in rows if row.fold is None]:
        connection.execute(_RELEASE, {"work_ids": alone})
    for row in rows:
        if row.fold is not None:
            give_back(connection, row, {})


def revive(connection: Connection, work_id: int, workspace_id: str) -> bool:
    row = connection.execute(_DEAD, {"work_id": work_id, "workspace_id": workspace_id}).first()
    if row is None:
        return False
    give_back(connection, row, {"attempts": 0, "error": None, "not_before": None})
    return True
