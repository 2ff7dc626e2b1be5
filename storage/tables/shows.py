"""Shows: one live session each."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.workspaces import workspace_key
from storage.types import BigId, UTCDateTime, one_of


class Show(SQLModel, table=True):
    """`*_local` is the wall time 'YYYY-MM-DDTHH:MM' in `tz` that `*_at` was made from."""

    __tablename__ = "show"
    __table_args__ = (
        one_of("state", "draft", "planned", "ready", "live", "ended", "closed"),
        CheckConstraint("end_at > start_at", name="end_at"),
        # What composite foreign keys point at, so that no row can name another team's show.
        UniqueConstraint("workspace_id", "id"),
        Index(None, "workspace_id", "state", "start_at"),
        Index(None, "workspace_id", "start_at"),
    )

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    theme: str
    platform: str
    state: str = "planned"
    start_at: datetime = Field(sa_type=UTCDateTime)
    start_local: str
    end_at: datetime = Field(sa_type=UTCDateTime)
    end_local: str
    tz: str
    actual_start_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    actual_end_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    template_key: str
    channel_id: str | None = None
    created_by: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    version: int = 1
