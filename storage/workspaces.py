"""All teams of this database. Each call is one short transaction."""

from sqlalchemy import bindparam, delete, insert, select

from storage.engines import Engines
from storage.errors import NotFound
from storage.gates import Priority
from storage.tables import Workspace
from storage.units import detached, table_of, values_of

_TABLE = table_of(Workspace)
_ALL = select(Workspace).order_by(_TABLE.c.workspace_id)
_ONE = select(Workspace).where(_TABLE.c.workspace_id == bindparam("workspace_id"))
_ADD = insert(_TABLE)
_REMOVE = delete(_TABLE).where(_TABLE.c.workspace_id == bindparam("workspace_id"))


class Workspaces:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def list_all(self) -> list[Workspace]:
        with self._engines.read() as connection:
            return detached(connection, _ALL, {})

    def find(self, workspace_id: str) -> Workspace | None:
        with self._engines.read() as connection:
            rows: list[Workspace] = detached(connection, _ONE, {"workspace_id": workspace_id})
        return rows[0] if rows else None

    def get(self, workspace_id: str) -> Workspace:
        found = self.find(workspace_id)
        if found is None:
            raise NotFound("workspace", workspace_id)
        return found

    def add(self, workspace: Workspace) -> Workspace:
        with self._engines.write(Priority.TURN) as connection:
            connection.execute(_ADD, values_of(workspace))
        return workspace

    def remove(self, workspace_id: str) -> bool:
        """Deletes the team and everything of it."""
        with self._engines.write(Priority.TURN) as connection:
            return connection.execute(_REMOVE, {"workspace_id": workspace_id}).rowcount > 0
