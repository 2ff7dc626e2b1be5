"""The offset of the product's clock: one row that holds for every process."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from storage.engines import Engines
from storage.gates import Priority
from storage.tables import ClockOffset
from storage.units import table_of

_TABLE = table_of(ClockOffset)
_INSERT = postgresql.insert(_TABLE)
_GET = select(_TABLE.c.offset_ms)
_SET = _INSERT.on_conflict_do_update(index_elements=["id"], set_={"offset_ms": _INSERT.excluded.offset_ms})


class ClockRow:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def offset_ms(self) -> int:
        """Product clock minus real clock in ms; 0 when it was never set."""
        with self._engines.read() as connection:
            return connection.execute(_GET).scalar() or 0

    def set_offset_ms(self, offset_ms: int) -> None:
        with self._engines.write(Priority.TURN) as connection:
            connection.execute(_SET, {"id": 1, "offset_ms": offset_ms})
