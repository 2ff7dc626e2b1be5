"""Work inside a unit of work, so that state and what it causes commit together."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert, bindparam, case, exists, func, literal, select, text, update
from sqlalchemy.dialects import postgresql

from storage.leases import MARK_DONE, revive
from storage.tables import WorkRow
from storage.units import Unit, here, table_of

_W = table_of(WorkRow)
_GIVEN = (
    "workspace_id",
    "kind",
    "lane",
    "gate",
    "key",
    "fold",
    "due_at",
    "not_before",
    "expires_at",
    "payload",
)


def _adding() -> Insert:
    statement = postgresql.insert(_W)
    return statement.on_conflict_do_nothing(index_elements=["workspace_id", "key"]).returning(_W.c.id)


def _folding() -> Insert:
    """One INSERT can watch one unique index only, so the key is looked up and the fold is watched."""
    taken = select(_W.c.id).where(_W.c.workspace_id == bindparam("new_workspace_id"), _W.c.key == bindparam("new_key"))
    source = select(
        *(bindparam(f"new_{name}", type_=_W.c[name].type) for name in _GIVEN), literal("pending"), literal(0)
    ).where(~exists(taken))
    statement = postgresql.insert(_W).from_select([*_GIVEN, "state", "attempts"], source, include_defaults=False)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["workspace_id", "fold"],
        index_where=text("state = 'pending'"),
        set_={
            "payload": new.payload,
            "gate": new.gate,
            "expires_at": new.expires_at,
            "due_at": case((new.due_at < _W.c.due_at, new.due_at), else_=_W.c.due_at),
        },
    ).returning(_W.c.id)


_ADD = _adding()
_FOLD = _folding()
_WORK = here(WorkRow, id="id")
_WORK_BY_KEY = here(WorkRow, key="key")
_DEAD = here(WorkRow).where(text("state = 'dead'")).order_by(_W.c.due_at.desc()).limit(bindparam("most"))
_COUNTS = (
    select(_W.c.state, func.count().label("count_"))
    .where(_W.c.workspace_id == bindparam("in_workspace"))
    .group_by(_W.c.state)
)

_LET_GO = (
    update(_W)
    .where(_W.c.workspace_id == bindparam("workspace_id"), _W.c.id == bindparam("work_id"), text("state = 'dead'"))
    .values(state=literal("dropped"))
)


class Works:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(
        self,
        kind: str,
        key: str,
        due_at: int,
        *,
        lane: str | None = None,
        gate: str | None = None,
        fold: str | None = None,
        payload: Mapping[str, Any] | None = None,
        expires_at: int | None = None,
        not_before: int | None = None,
    ) -> int | None:
        """The row's id; None when the key was used before (also by a finished row).

        With `fold`, a pending row of that fold takes payload, gate and expiry over and is due at the
        earlier of both times; its id is returned.
        """
        given = {
            "workspace_id": self._unit.workspace_id,
            "kind": kind,
            "key": key,
            "due_at": due_at,
            "lane": lane,
            "gate": gate,
            "fold": fold,
            "payload": dict(payload or {}),
            "expires_at": expires_at,
            "not_before": not_before,
        }
        if fold is None:
            statement, parameters = _ADD, {**given, "state": "pending", "attempts": 0}
        else:
            statement, parameters = _FOLD, {f"new_{name}": value for name, value in given.items()}
        return self._unit.connection.execute(statement, parameters).scalar()

    def get(self, work_id: int) -> WorkRow:
        return self._unit.get("work", work_id, _WORK, id=work_id)

    def find(self, key: str) -> WorkRow | None:
        return self._unit.find(_WORK_BY_KEY, key=key)

    def list_dead(self, limit: int = 20) -> list[WorkRow]:
        """What finally failed, the latest due first."""
        return self._unit.list_all(_DEAD, most=limit)

    def counts_by_state(self) -> dict[str, int]:
        rows = self._unit.connection.execute(_COUNTS, {"in_workspace": self._unit.workspace_id})
        return {row.state: row.count_ for row in rows}

    def done(self, work_id: int, owner: str, result: dict[str, Any] | None = None) -> bool:
        """Marks it done together with what it changed; False when `owner` no longer holds it."""
        parameters = {"work_id": work_id, "owner_": owner, "result_": result}
        return self._unit.connection.execute(MARK_DONE, parameters).rowcount == 1

    def let_go(self, work_id: int) -> bool:
        """A dead row is dropped: it is no longer to be sent, nor shown as failed; False when it is not dead."""
        return self._unit.run(_LET_GO, work_id=work_id) > 0

    def revive(self, work_id: int) -> bool:
        """A dead row is tried again from the start; False when it is not dead (or not here)."""
        return revive(self._unit.connection, work_id, self._unit.workspace_id)
