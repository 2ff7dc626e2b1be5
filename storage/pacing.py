"""The two ways to move a lane's gate."""

from sqlalchemy import ColumnElement, bindparam, case
from sqlalchemy.dialects import postgresql

from storage.tables import LaneGate
from storage.types import Millis
from storage.units import table_of

_G = table_of(LaneGate)
_KEY = ["workspace_id", "lane"]
_INSERT = postgresql.insert(_G)


def _later(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    # SQLite says max, PostgreSQL greatest.
    return case((one > other, one), else_=other)


SET_GATE = _INSERT.on_conflict_do_update(
    index_elements=_KEY, set_={"next_at": _later(_G.c.next_at, _INSERT.excluded.next_at)}
)
PACE = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={
        "next_at": _later(_G.c.next_at + bindparam("burst", type_=Millis()), bindparam("real", type_=Millis()))
        + bindparam("step", type_=Millis())
    },
)
