"""The unit's own workspace."""

from sqlalchemy import bindparam, update

from storage.errors import NotFound
from storage.tables import Workspace
from storage.units import Unit, here, table_of, values_of

_OWN = here(Workspace)
_TABLE = table_of(Workspace)
_SAVE = update(_TABLE).where(_TABLE.c.workspace_id == bindparam("workspace_id_"))


class OwnWorkspace:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self) -> Workspace:
        return self._unit.get("workspace", self._unit.workspace_id, _OWN)

    def find(self) -> Workspace | None:
        return self._unit.find(_OWN)

    def save(self, workspace: Workspace) -> None:
        """Overwrites all its columns."""
        workspace.workspace_id = self._unit.workspace_id
        parameters = {**values_of(workspace), "workspace_id_": self._unit.workspace_id}
        if not self._unit.connection.execute(_SAVE, parameters).rowcount:
            raise NotFound("workspace", self._unit.workspace_id)
