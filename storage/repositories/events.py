"""Inbox rows inside a unit of work: a turn ends together with what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects import postgresql

from storage.errors import LeaseLost
from storage.tables import InboxRow
from storage.units import Unit, here, table_of


@dataclass(frozen=True, slots=True)
class NewInboxRow:
    """An event to accept. `received_at`, `opener_until` in real ms; `said_at` in the platform's ms."""

    workspace_id: str
    platform: str
    key: str
    seq: int
    kind: str
    received_at: int
    lane: str | None = None
    said_at: int | None = None
    opener_owner: str | None = None
    opener_until: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


_N = table_of(InboxRow)
_EVENT = here(InboxRow, platform="platform", key="key")
_RUNNING = (
    postgresql.insert(_N).on_conflict_do_nothing(index_elements=["workspace_id", "platform", "key"]).returning(_N.c.key)
)
_OURS = (
    _N.c.workspace_id == bindparam("in_workspace"),
    _N.c.platform == bindparam("platform_"),
    _N.c.key == bindparam("key_"),
    text("state = 'running'"),
)
_FINISH = (
    update(_N)
    .where(*_OURS)
    .values(
        state=bindparam("state_"),
        result=bindparam("result_"),
        payload=bindparam("payload_"),
        answering_until=bindparam("answering_until_"),
        lease_until=None,
    )
)
_FINISH_AS = _FINISH.where(_N.c.owner == bindparam("owner_"))


class Events:
    """The inbox as a turn sees it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def find(self, platform: str, key: str) -> InboxRow | None:
        return self._unit.find(_EVENT, platform=platform, key=key)

    def get(self, platform: str, key: str) -> InboxRow:
        return self._unit.get("event", key, _EVENT, platform=platform, key=key)

    def add_running(self, event: NewInboxRow, *, owner: str | None = None, lease_until: int | None = None) -> bool:
        """Takes the key for a turn that runs before its ack; False when it was taken already."""
        parameters = {**values_of_event(event), "owner": owner, "lease_until": lease_until}
        parameters |= {"workspace_id": self._unit.workspace_id, "state": "running", "attempts": 1}
        return self._unit.connection.execute(_RUNNING, parameters).first() is not None

    def finish(
        self,
        platform: str,
        key: str,
        *,
        state: str = "done",
        result: dict[str, Any] | None = None,
        answering_until: int | None = None,
        owner: str | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        """Ends the turn and empties the payload (`payload` is what may be kept of it).

        LeaseLost when the row is not running, or not by `owner` if one is named: then another worker has
        taken this turn over and what this unit of work did must not be saved.
        """
        parameters = {
            "platform_": platform,
            "key_": key,
            "state_": state,
            "result_": result,
            "payload_": payload or {},
            "answering_until_": answering_until,
        }
        if owner is None:
            changed = self._unit.run(_FINISH, **parameters)
        else:
            changed = self._unit.run(_FINISH_AS, **parameters, owner_=owner)
        if not changed:
            raise LeaseLost(f"the turn of {platform} event {key!r} is not ours to finish")


def values_of_event(event: NewInboxRow) -> dict[str, Any]:
    """Columns of the row to insert, without those of its processing."""
    return {
        "workspace_id": event.workspace_id,
        "platform": event.platform,
        "key": event.key,
        "seq": event.seq,
        "lane": event.lane,
        "said_at": event.said_at,
        "received_at": event.received_at,
        "kind": event.kind,
        "opener_owner": event.opener_owner,
        "opener_until": event.opener_until,
        "payload": dict(event.payload),
    }
