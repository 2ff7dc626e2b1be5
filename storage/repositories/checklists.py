"""Checklist runs, items and their events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select, update

from storage.errors import Conflict
from storage.tables import ChecklistEvent, ChecklistItem, ChecklistRun
from storage.units import Unit, here, table_of


class ItemLine(NamedTuple):
    """An item without its proof and evidence, for cards that show dozens of them; fields as in ChecklistItem."""

    id: int
    run_id: int
    key: str
    phase: str
    anchor: str
    offset_min: int
    due_at: datetime
    role: str
    owner_id: str | None
    critical: bool
    title_zh: str
    title_en: str
    state: str
    done_by: str | None
    done_for: str | None
    done_at: datetime | None
    version: int


_I = table_of(ChecklistItem).c
_E = table_of(ChecklistEvent).c
_RUN_OF = here(ChecklistRun, show_id="show_id")
_RUN = here(ChecklistRun, id="id")
_ITEM = here(ChecklistItem, id="id")
_ITEMS = here(ChecklistItem, run_id="run_id").order_by(_I.due_at, _I.position)
_LINE = tuple(_I[name] for name in ItemLine._fields)
_LINES = (
    select(*_LINE)
    .where(_I.workspace_id == bindparam("in_workspace"), _I.run_id == bindparam("run_id"))
    .order_by(_I.due_at, _I.position)
)
_ONE_LINE = select(*_LINE).where(_I.workspace_id == bindparam("in_workspace"), _I.id == bindparam("id"))
_NEXT_DUE = select(func.min(_I.due_at)).where(
    _I.workspace_id == bindparam("in_workspace"),
    _I.run_id == bindparam("run_id"),
    _I.state == "open",
    _I.due_at >= bindparam("at"),
)
_EVENTS = here(ChecklistEvent, item_id="item_id").order_by(_E.id)
_LAST = here(ChecklistEvent, item_id="item_id").order_by(_E.id.desc()).limit(1)
_SET_STATE = (
    update(table_of(ChecklistItem))
    .where(
        _I.workspace_id == bindparam("in_workspace"),
        _I.id == bindparam("item_id"),
        _I.version == bindparam("expect_version"),
    )
    .values(
        state=bindparam("state_"),
        done_by=bindparam("done_by_"),
        done_for=bindparam("done_for_"),
        done_at=bindparam("done_at_"),
        version=_I.version + 1,
    )
)
_SET_STATE_AND_EVIDENCE = _SET_STATE.values(evidence=bindparam("evidence_"))


class Checklists:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add_run(self, run: ChecklistRun, items: Sequence[ChecklistItem]) -> ChecklistRun:
        """Adds the run and its items, which take its id and show."""
        self._unit.insert(run)
        for item in items:
            item.run_id = run.id
            item.show_id = run.show_id
        self._unit.insert_all(items)
        return run

    def get_run(self, run_id: int) -> ChecklistRun:
        return self._unit.get("checklist run", run_id, _RUN, id=run_id)

    def run_of(self, show_id: int) -> ChecklistRun | None:
        return self._unit.find(_RUN_OF, show_id=show_id)

    def items_of(self, run_id: int) -> list[ChecklistItem]:
        """By due time, then position."""
        return self._unit.list_all(_ITEMS, run_id=run_id)

    def lines_of(self, run_id: int) -> list[ItemLine]:
        """The same items as `items_of`, as light as a card needs them."""
        return self._lines(_LINES, run_id=run_id)

    def find_line(self, item_id: int) -> ItemLine | None:
        return next(iter(self._lines(_ONE_LINE, id=item_id)), None)

    def next_due_at(self, run_id: int, at: datetime) -> datetime | None:
        """When the next open item falls due, at `at` or later."""
        due_at: datetime | None = self._unit.scalar(_NEXT_DUE, run_id=run_id, at=at)
        return due_at

    def _lines(self, statement: Select[Any], **parameters: Any) -> list[ItemLine]:
        parameters["in_workspace"] = self._unit.workspace_id
        return [ItemLine._make(row) for row in self._unit.connection.execute(statement, parameters)]

    def get_item(self, item_id: int) -> ChecklistItem:
        return self._unit.get("checklist item", item_id, _ITEM, id=item_id)

    def find_item(self, item_id: int) -> ChecklistItem | None:
        return self._unit.find(_ITEM, id=item_id)

    def set_state(
        self,
        item_id: int,
        expect_version: int,
        *,
        state: str,
        done_by: str | None = None,
        done_for: str | None = None,
        done_at: datetime | None = None,
        evidence: dict[str, Any] | None = None,
    ) -> int:
        """The new version; Conflict when it is not `expect_version`. Evidence None: left as it is."""
        parameters: dict[str, Any] = {
            "item_id": item_id,
            "expect_version": expect_version,
            "state_": state,
            "done_by_": done_by,
            "done_for_": done_for,
            "done_at_": done_at,
        }
        if evidence is None:
            changed = self._unit.run(_SET_STATE, **parameters)
        else:
            changed = self._unit.run(_SET_STATE_AND_EVIDENCE, **parameters, evidence_=evidence)
        if not changed:
            raise Conflict("checklist item", item_id)
        return expect_version + 1

    def add_event(
        self, item_id: int, *, verb: str, by_id: str, for_id: str | None, at: datetime, item_version: int
    ) -> ChecklistEvent:
        return self._unit.insert(
            ChecklistEvent(item_id=item_id, verb=verb, by_id=by_id, for_id=for_id, at=at, item_version=item_version)
        )

    def events_of(self, item_id: int) -> list[ChecklistEvent]:
        """The oldest first."""
        return self._unit.list_all(_EVENTS, item_id=item_id)

    def last_event(self, item_id: int) -> ChecklistEvent | None:
        return self._unit.find(_LAST, item_id=item_id)
