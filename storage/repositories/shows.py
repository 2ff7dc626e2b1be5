"""Shows."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.errors import Conflict
from storage.tables import ChecklistRun, Show
from storage.units import Unit, here, table_of, values_of

_S = table_of(Show).c
_SHOW = here(Show, id="id")
_RUN = table_of(ChecklistRun).c
_OF_RUN = here(Show).where(
    _S.id
    == select(_RUN.show_id)
    .where(_RUN.workspace_id == bindparam("in_workspace"), _RUN.id == bindparam("run_id"))
    .scalar_subquery()
)
_ON_AIR = here(Show).where(_S.state == "live").order_by(_S.start_at, _S.id)
_BETWEEN = (
    here(Show)
    .where(_S.start_at >= bindparam("start_at"), _S.start_at < bindparam("end_at"))
    .order_by(_S.start_at, _S.id)
)
_NEXT = (
    here(Show)
    .where(_S.state.in_(("planned", "ready")), _S.start_at >= bindparam("at"))
    .order_by(_S.start_at, _S.id)
    .limit(bindparam("most"))
)
_RECENT = here(Show).order_by(_S.start_at.desc(), _S.id.desc()).limit(bindparam("most"))
_SAVE = update(table_of(Show)).where(
    _S.workspace_id == bindparam("workspace_id_"),
    _S.id == bindparam("id_"),
    _S.version == bindparam("expect_version"),
)


class Shows:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, show: Show) -> Show:
        return self._unit.insert(show)

    def get(self, show_id: int) -> Show:
        return self._unit.get("show", show_id, _SHOW, id=show_id)

    def find(self, show_id: int) -> Show | None:
        return self._unit.find(_SHOW, id=show_id)

    def of_run(self, run_id: int) -> Show | None:
        """The show that a checklist run hangs on."""
        return self._unit.find(_OF_RUN, run_id=run_id)

    def list_on_air(self) -> list[Show]:
        return self._unit.list_all(_ON_AIR)

    def list_between(self, start_at: datetime, end_at: datetime) -> list[Show]:
        """Shows of any state whose planned start is in [start_at, end_at), the earliest first."""
        return self._unit.list_all(_BETWEEN, start_at=start_at, end_at=end_at)

    def next_after(self, at: datetime, limit: int = 1) -> list[Show]:
        """Planned or ready ones that start at `at` or later, the earliest first."""
        return self._unit.list_all(_NEXT, at=at, most=limit)

    def list_recent(self, limit: int = 20) -> list[Show]:
        """Of any state, the latest start first."""
        return self._unit.list_all(_RECENT, most=limit)

    def save(self, show: Show, expect_version: int) -> Show:
        """Overwrites all columns and counts the version up; Conflict when it is not `expect_version`."""
        show.workspace_id = self._unit.workspace_id
        parameters = {
            **values_of(show),
            "version": expect_version + 1,
            "workspace_id_": self._unit.workspace_id,
            "id_": show.id,
            "expect_version": expect_version,
        }
        if not self._unit.connection.execute(_SAVE, parameters).rowcount:
            raise Conflict("show", show.id)
        show.version = expect_version + 1
        return show
