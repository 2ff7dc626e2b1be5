"""The durable queue and the inbox. Times are ms UTC: these rows are compared in plain SQL."""

from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.workspaces import workspace_key
from storage.types import BigId, Millis, one_of


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _millis() -> Any:
    return Field(default=None, sa_type=Millis)


class WorkRow(SQLModel, table=True):
    """Something to do once, at `due_at` (product clock) or later.

    `lane` is what stays in order, `gate` a second gate beside the lane's, `fold` what pending rows
    merge on. `not_before`, `lease_until`, `started_at` are of the real clock. `started_at` set on a
    pending row: an earlier try may have reached the platform, since `look_from` (its own time).
    """

    __tablename__ = "work"
    __table_args__ = (
        one_of("kind", "deliver", "nudge", "job"),
        one_of("state", "pending", "leased", "done", "dead", "dropped"),
        UniqueConstraint("workspace_id", "key"),
        Index("uq_work_fold", "workspace_id", "fold", unique=True, **_where("state = 'pending'")),
        Index("uq_work_lane", "workspace_id", "lane", unique=True, **_where("state = 'leased'")),
        Index("ix_work_due", "due_at", **_where("state = 'pending'")),
        Index("ix_work_lease", "lease_until", **_where("state = 'leased'")),
        Index("ix_work_over", "due_at", **_where("state IN ('done', 'dropped')")),
        Index("ix_work_dead", "workspace_id", "due_at", **_where("state = 'dead'")),
        {"postgresql_with": {"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.02"}},
    )

    id: int = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace_id: str = workspace_key()
    kind: str
    lane: str | None = None
    gate: str | None = None
    key: str
    fold: str | None = None
    due_at: int = Field(sa_type=Millis)
    not_before: int | None = _millis()
    expires_at: int | None = _millis()
    state: str = "pending"
    attempts: int = 0
    owner: str | None = None
    lease_until: int | None = _millis()
    started_at: int | None = _millis()
    look_from: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    error: str | None = None


class LaneGate(SQLModel, table=True):
    """Nothing behind this gate leaves before `next_at` (real clock)."""

    __tablename__ = "lane_gate"

    workspace_id: str = workspace_key(primary_key=True)
    lane: str = Field(primary_key=True)
    next_at: int = Field(sa_type=Millis)


class InboxRow(SQLModel, table=True):
    """An event as it was accepted; `lane` is the place whose events stay in order, by arrival.

    All times but `said_at` (the platform's own) are of the real clock. Until `opener_until` only
    `opener_owner` may take it. Until `answering_until` calls that are made at once may still run.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        one_of("state", "new", "running", "done", "failed"),
        Index("uq_inbox_lane", "workspace_id", "lane", unique=True, **_where("state = 'running'")),
        Index("ix_inbox_open", "received_at", "seq", **_where("state IN ('new', 'running')")),
        Index("ix_inbox_answering", "answering_until", **_where("answering_until IS NOT NULL")),
        Index("ix_inbox_over", "received_at", **_where("state IN ('done', 'failed')")),
    )

    workspace_id: str = workspace_key(primary_key=True)
    platform: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    seq: int = Field(sa_type=Millis)
    lane: str | None = None
    said_at: int | None = _millis()
    received_at: int = Field(sa_type=Millis)
    kind: str
    opener_owner: str | None = None
    opener_until: int | None = _millis()
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = "new"
    owner: str | None = None
    lease_until: int | None = _millis()
    attempts: int = 0
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    answering_until: int | None = _millis()
