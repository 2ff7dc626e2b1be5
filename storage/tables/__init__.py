"""All tables; importing this package fills the metadata."""

from storage.tables.channels import Blob, Channel, LiveCard
from storage.tables.checklists import ChecklistEvent, ChecklistItem, ChecklistRun
from storage.tables.people import Membership, Person, RoleHolder
from storage.tables.shows import Show
from storage.tables.works import InboxRow, LaneGate, WorkRow
from storage.tables.workspaces import ClockOffset, Workspace

__all__ = [
    "Blob",
    "Channel",
    "ChecklistEvent",
    "ChecklistItem",
    "ChecklistRun",
    "ClockOffset",
    "InboxRow",
    "LaneGate",
    "LiveCard",
    "Membership",
    "Person",
    "RoleHolder",
    "Show",
    "WorkRow",
    "Workspace",
]
