"""Teams, and the offset of the product's clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from storage.types import Millis, UTCDateTime, one_of


class Workspace(SQLModel, table=True):
    """One team. `token` is sealed; `seed` marks a database that the trial filled."""

    __tablename__ = "workspace"
    __table_args__ = (
        one_of("state", "active", "gone"),
        CheckConstraint("day_cut_min BETWEEN 0 AND 1439", name="day_cut_min"),
    )

    workspace_id: str = Field(primary_key=True)
    platform: str
    name: str
    locale: str = "zh-CN"
    tz: str = "Asia/Shanghai"
    day_cut_min: int = 360
    team_channel_id: str | None = None
    seed: str | None = None
    state: str = "active"
    token: str | None = None
    bot_user_id: str | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class ClockOffset(SQLModel, table=True):
    """One row: product clock minus real clock, in ms."""

    __tablename__ = "clock_offset"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    offset_ms: int = Field(sa_type=Millis)


def workspace_key(**options: Any) -> Any:
    """The `workspace_id` of a table whose rows belong to one team; the repositories fill it in."""
    return Field(default="", foreign_key="workspace.workspace_id", ondelete="CASCADE", **options)
