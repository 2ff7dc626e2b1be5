"""Channels."""

from sqlalchemy import bindparam, update

from storage.tables import Channel
from storage.units import Unit, here, table_of

_C = table_of(Channel).c
_CHANNEL = here(Channel, channel_id="channel_id")
_CHANNELS = here(Channel).order_by(_C.name, _C.channel_id)
_DM = here(Channel, person_id="person_id").where(_C.kind == "dm").order_by(_C.channel_id)
_CHANGE = update(table_of(Channel)).where(
    _C.workspace_id == bindparam("in_workspace"), _C.channel_id == bindparam("channel_id_")
)
_COUNT = _CHANGE.values(messages=_C.messages + bindparam("more"))
_SET_MEMBER = _CHANGE.values(is_member=bindparam("is_member_"))
_SET_ARCHIVED = _CHANGE.values(is_archived=bindparam("is_archived_"))


class Channels:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self, channel_id: str) -> Channel:
        return self._unit.get("channel", channel_id, _CHANNEL, channel_id=channel_id)

    def find(self, channel_id: str) -> Channel | None:
        return self._unit.find(_CHANNEL, channel_id=channel_id)

    def list_all(self) -> list[Channel]:
        return self._unit.list_all(_CHANNELS)

    def dm_of(self, person_id: str) -> Channel | None:
        return self._unit.find(_DM, person_id=person_id)

    def upsert(self, channel: Channel) -> Channel:
        """Overwrites all but the count of messages, which only `add_messages` moves."""
        return self._unit.upsert(channel, ("channel_id",), keep=("messages",))

    def add_messages(self, channel_id: str, n: int) -> None:
        """Counts `n` more; a channel that is not known yet has no count."""
        self._unit.run(_COUNT, channel_id_=channel_id, more=n)

    def set_member(self, channel_id: str, is_member: bool) -> bool:
        """Whether the bot is in it; False when the channel is not known."""
        return self._unit.run(_SET_MEMBER, channel_id_=channel_id, is_member_=is_member) > 0

    def set_archived(self, channel_id: str, is_archived: bool) -> bool:
        return self._unit.run(_SET_ARCHIVED, channel_id_=channel_id, is_archived_=is_archived) > 0
