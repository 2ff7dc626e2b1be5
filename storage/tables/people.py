"""Persons, their rights and their posts."""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.workspaces import workspace_key
from storage.types import BigId, UTCDateTime


def _to_person() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "person_id"], ["person.workspace_id", "person.person_id"], ondelete="CASCADE"
    )


class Person(SQLModel, table=True):
    """Somebody whom the platform has shown us; `is_stranger`: from another organisation."""

    __tablename__ = "person"

    workspace_id: str = workspace_key(primary_key=True)
    person_id: str = Field(primary_key=True)
    name: str
    locale: str = "zh-CN"
    tz: str = "Asia/Shanghai"
    is_guest: bool = False
    is_bot: bool = False
    is_stranger: bool = False
    is_deleted: bool = False
    fetched_at: datetime = Field(sa_type=UTCDateTime)


class Membership(SQLModel, table=True):
    """A person's place in the team; `is_admin` is a right, not a role."""

    __tablename__ = "membership"
    __table_args__ = (_to_person(),)

    workspace_id: str = workspace_key(primary_key=True)
    person_id: str = Field(primary_key=True)
    is_admin: bool = False
    joined_at: datetime = Field(sa_type=UTCDateTime)


class RoleHolder(SQLModel, table=True):
    """A person holds a role from a day to a day, both included; None is open."""

    __tablename__ = "role_holder"
    __table_args__ = (_to_person(), UniqueConstraint("workspace_id", "person_id", "role"))

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    person_id: str
    role: str
    is_understudy: bool = False
    valid_from_on: date | None = None
    valid_to_on: date | None = None
