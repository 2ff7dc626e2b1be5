"""A show's checklist: the run, its items and who ticked what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.workspaces import workspace_key
from storage.types import BigId, UTCDateTime, one_of


class ChecklistRun(SQLModel, table=True):
    """A template resolved for one show."""

    __tablename__ = "checklist_run"
    __table_args__ = (
        UniqueConstraint("workspace_id", "show_id"),
        UniqueConstraint("workspace_id", "id"),
        ForeignKeyConstraint(["workspace_id", "show_id"], ["show.workspace_id", "show.id"], ondelete="CASCADE"),
    )

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    show_id: int = Field(sa_type=BigId)
    template_key: str
    template_version: str
    created_at: datetime = Field(sa_type=UTCDateTime)


class ChecklistItem(SQLModel, table=True):
    """`key` is the template's ('S01'); `offset_min`, `repeat_min` in minutes; `version` counts its changes.

    `done_by` pressed the button, `done_for` is whose work it was.
    """

    __tablename__ = "checklist_item"
    __table_args__ = (
        one_of("anchor", "start", "end"),
        one_of("state", "open", "done"),
        UniqueConstraint("workspace_id", "id"),
        ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["checklist_run.workspace_id", "checklist_run.id"], ondelete="CASCADE"
        ),
        Index(None, "workspace_id", "run_id"),
    )

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    run_id: int = Field(default=0, sa_type=BigId)
    show_id: int = Field(default=0, sa_type=BigId)
    key: str
    position: int
    phase: str
    anchor: str
    offset_min: int
    repeat_min: int | None = None
    due_at: datetime = Field(sa_type=UTCDateTime)
    role: str
    owner_id: str | None = None
    critical: bool = False
    title_zh: str
    title_en: str
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    evidence: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    state: str = "open"
    done_by: str | None = None
    done_for: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int = 1


class ChecklistEvent(SQLModel, table=True):
    """One change of one item; `item_version` is the version that it made."""

    __tablename__ = "checklist_event"
    __table_args__ = (
        one_of("verb", "tick", "untick"),
        ForeignKeyConstraint(
            ["workspace_id", "item_id"],
            ["checklist_item.workspace_id", "checklist_item.id"],
            ondelete="CASCADE",
        ),
        Index(None, "workspace_id", "item_id"),
    )

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    item_id: int = Field(sa_type=BigId)
    verb: str
    by_id: str
    for_id: str | None = None
    at: datetime = Field(sa_type=UTCDateTime)
    item_version: int
