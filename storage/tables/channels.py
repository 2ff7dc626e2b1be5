"""Channels, live cards and shared bytes."""

from datetime import datetime

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.workspaces import workspace_key
from storage.types import BigId, Millis, UTCDateTime, one_of


class Channel(SQLModel, table=True):
    """A place to talk. `messages` counts all that was said there; `person_id` is a DM's other side."""

    __tablename__ = "channel"
    __table_args__ = (
        one_of("kind", "channel", "private", "dm", "group"),
        Index(None, "workspace_id", "person_id"),
    )

    workspace_id: str = workspace_key(primary_key=True)
    channel_id: str = Field(primary_key=True)
    name: str
    kind: str = "channel"
    person_id: str | None = None
    is_member: bool = False
    is_archived: bool = False
    locale: str | None = None
    messages: int = Field(default=0, sa_type=Millis)
    fetched_at: datetime = Field(sa_type=UTCDateTime)


class LiveCard(SQLModel, table=True):
    """The one card of a thing in a place. `ts` None: not posted; `shown`: hash of what readers see;
    `old_ts`: the earlier post, which becomes one line with a link once the new one stands."""

    __tablename__ = "live_card"
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "entity_id", "channel_id", "thread"),)

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    kind: str
    entity_id: str
    channel_id: str
    thread: str = ""
    ts: str | None = None
    permalink: str | None = None
    posted_messages: int | None = Field(default=None, sa_type=Millis)
    posted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    shown: str | None = None
    old_ts: str | None = None


class Blob(SQLModel, table=True):
    """Bytes of a shared file; `size` in bytes, `sha256` in hex."""

    __tablename__ = "blob"
    __table_args__ = (Index(None, "workspace_id", "sha256"),)

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    name: str
    mime: str
    size: int = Field(sa_type=Millis)
    sha256: str
    content: bytes
    created_at: datetime = Field(sa_type=UTCDateTime)
