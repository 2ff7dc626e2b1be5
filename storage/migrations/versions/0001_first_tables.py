"""first tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _teams()
    _people()
    _places()
    _shows()
    _checklists()
    _checklist_items()
    _work()
    _inbox()


def downgrade() -> None:
    for table in (
        "inbox",
        "lane_gate",
        "work",
        "checklist_event",
        "checklist_item",
        "checklist_run",
        "show",
        "blob",
        "live_card",
        "channel",
        "role_holder",
        "membership",
        "person",
        "workspace",
        "clock_offset",
    ):
        op.drop_table(table)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def millis(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def instant(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(none_as_null=null), nullable=null)


def row_id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, BigId, nullable=False)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def belongs(table: str, other: str = "workspace", *columns: str, to: tuple[str, ...] = ()) -> sa.ForeignKeyConstraint:
    """Deleted with the row of `other` that it belongs to."""
    own = ("workspace_id", *columns)
    theirs = ("workspace_id", *(to or columns))
    return sa.ForeignKeyConstraint(
        own,
        [f"{other}.{column}" for column in theirs],
        name=f"fk_{table}_{'_'.join(own)}",
        ondelete="CASCADE",
    )


def index(table: str, *columns: str, name: str | None = None, where: str | None = None, only: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name or f"ix_{table}_{'_'.join(columns)}",
        table,
        list(columns),
        unique=only,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _teams() -> None:
    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        millis("offset_ms"),
        check("clock_offset", "id", "id = 1"),
        key("clock_offset", "id"),
    )
    op.create_table(
        "workspace",
        text("workspace_id"),
        text("platform"),
        text("name"),
        text("locale"),
        text("tz"),
        number("day_cut_min"),
        text("team_channel_id", null=True),
        text("seed", null=True),
        text("state"),
        text("token", null=True),
        text("bot_user_id", null=True),
        instant("created_at"),
        check("workspace", "state", "state IN ('active', 'gone')"),
        check("workspace", "day_cut_min", "day_cut_min BETWEEN 0 AND 1439"),
        key("workspace", "workspace_id"),
    )


def _people() -> None:
    op.create_table(
        "person",
        text("workspace_id"),
        text("person_id"),
        text("name"),
        text("locale"),
        text("tz"),
        flag("is_guest"),
        flag("is_bot"),
        flag("is_stranger"),
        flag("is_deleted"),
        instant("fetched_at"),
        belongs("person"),
        key("person", "workspace_id", "person_id"),
    )
    op.create_table(
        "membership",
        text("workspace_id"),
        text("person_id"),
        flag("is_admin"),
        instant("joined_at"),
        belongs("membership"),
        belongs("membership", "person", "person_id"),
        key("membership", "workspace_id", "person_id"),
    )
    op.create_table(
        "role_holder",
        row_id(),
        text("workspace_id"),
        text("person_id"),
        text("role"),
        flag("is_understudy"),
        sa.Column("valid_from_on", sa.Date(), nullable=True),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        belongs("role_holder"),
        belongs("role_holder", "person", "person_id"),
        unique("role_holder", "workspace_id", "person_id", "role"),
        key("role_holder", "id"),
    )


def _places() -> None:
    op.create_table(
        "channel",
        text("workspace_id"),
        text("channel_id"),
        text("name"),
        text("kind"),
        text("person_id", null=True),
        flag("is_member"),
        flag("is_archived"),
        text("locale", null=True),
        millis("messages"),
        instant("fetched_at"),
        check("channel", "kind", "kind IN ('channel', 'private', 'dm', 'group')"),
        belongs("channel"),
        key("channel", "workspace_id", "channel_id"),
    )
    index("channel", "workspace_id", "person_id")
    op.create_table(
        "live_card",
        row_id(),
        text("workspace_id"),
        text("kind"),
        text("entity_id"),
        text("channel_id"),
        text("thread"),
        text("ts", null=True),
        text("permalink", null=True),
        millis("posted_messages", null=True),
        instant("posted_at", null=True),
        text("shown", null=True),
        text("old_ts", null=True),
        belongs("live_card"),
        unique("live_card", "workspace_id", "kind", "entity_id", "channel_id", "thread"),
        key("live_card", "id"),
    )
    op.create_table(
        "blob",
        row_id(),
        text("workspace_id"),
        text("name"),
        text("mime"),
        millis("size"),
        text("sha256"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        instant("created_at"),
        belongs("blob"),
        key("blob", "id"),
    )
    index("blob", "workspace_id", "sha256")


def _shows() -> None:
    op.create_table(
        "show",
        row_id(),
        text("workspace_id"),
        text("theme"),
        text("platform"),
        text("state"),
        instant("start_at"),
        text("start_local"),
        instant("end_at"),
        text("end_local"),
        text("tz"),
        instant("actual_start_at", null=True),
        instant("actual_end_at", null=True),
        text("template_key"),
        text("channel_id", null=True),
        text("created_by"),
        instant("created_at"),
        number("version"),
        check("show", "state", "state IN ('draft', 'planned', 'ready', 'live', 'ended', 'closed')"),
        check("show", "end_at", "end_at > start_at"),
        belongs("show"),
        unique("show", "workspace_id", "id"),
        key("show", "id"),
    )
    index("show", "workspace_id", "state", "start_at")
    index("show", "workspace_id", "start_at")


def _checklists() -> None:
    op.create_table(
        "checklist_run",
        row_id(),
        text("workspace_id"),
        row_id("show_id"),
        text("template_key"),
        text("template_version"),
        instant("created_at"),
        belongs("checklist_run"),
        belongs("checklist_run", "show", "show_id", to=("id",)),
        unique("checklist_run", "workspace_id", "show_id"),
        unique("checklist_run", "workspace_id", "id"),
        key("checklist_run", "id"),
    )


def _checklist_items() -> None:
    op.create_table(
        "checklist_item",
        row_id(),
        text("workspace_id"),
        row_id("run_id"),
        row_id("show_id"),
        text("key"),
        number("position"),
        text("phase"),
        text("anchor"),
        number("offset_min"),
        number("repeat_min", null=True),
        instant("due_at"),
        text("role"),
        text("owner_id", null=True),
        flag("critical"),
        text("title_zh"),
        text("title_en"),
        json("proof"),
        json("evidence", null=True),
        text("state"),
        text("done_by", null=True),
        text("done_for", null=True),
        instant("done_at", null=True),
        number("version"),
        check("checklist_item", "anchor", "anchor IN ('start', 'end')"),
        check("checklist_item", "state", "state IN ('open', 'done')"),
        belongs("checklist_item"),
        belongs("checklist_item", "checklist_run", "run_id", to=("id",)),
        unique("checklist_item", "workspace_id", "id"),
        key("checklist_item", "id"),
    )
    index("checklist_item", "workspace_id", "run_id")
    op.create_table(
        "checklist_event",
        row_id(),
        text("workspace_id"),
        row_id("item_id"),
        text("verb"),
        text("by_id"),
        text("for_id", null=True),
        instant("at"),
        number("item_version"),
        check("checklist_event", "verb", "verb IN ('tick', 'untick')"),
        belongs("checklist_event"),
        belongs("checklist_event", "checklist_item", "item_id", to=("id",)),
        key("checklist_event", "id"),
    )
    index("checklist_event", "workspace_id", "item_id")


def _work() -> None:
    op.create_table(
        "work",
        row_id(),
        text("workspace_id"),
        text("kind"),
        text("lane", null=True),
        text("gate", null=True),
        text("key"),
        text("fold", null=True),
        millis("due_at"),
        millis("not_before", null=True),
        millis("expires_at", null=True),
        text("state"),
        number("attempts"),
        text("owner", null=True),
        millis("lease_until", null=True),
        millis("started_at", null=True),
        text("look_from", null=True),
        json("payload"),
        json("result", null=True),
        text("error", null=True),
        check("work", "kind", "kind IN ('deliver', 'nudge', 'job')"),
        check("work", "state", "state IN ('pending', 'leased', 'done', 'dead', 'dropped')"),
        belongs("work"),
        unique("work", "workspace_id", "key"),
        key("work", "id"),
        postgresql_with={"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.02"},
    )
    index("work", "workspace_id", "fold", name="uq_work_fold", where="state = 'pending'", only=True)
    index("work", "workspace_id", "lane", name="uq_work_lane", where="state = 'leased'", only=True)
    index("work", "due_at", name="ix_work_due", where="state = 'pending'")
    index("work", "lease_until", name="ix_work_lease", where="state = 'leased'")
    index("work", "due_at", name="ix_work_over", where="state IN ('done', 'dropped')")
    index("work", "workspace_id", "due_at", name="ix_work_dead", where="state = 'dead'")
    op.create_table(
        "lane_gate",
        text("workspace_id"),
        text("lane"),
        millis("next_at"),
        belongs("lane_gate"),
        key("lane_gate", "workspace_id", "lane"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        text("workspace_id"),
        text("platform"),
        text("key"),
        millis("seq"),
        text("lane", null=True),
        millis("said_at", null=True),
        millis("received_at"),
        text("kind"),
        text("opener_owner", null=True),
        millis("opener_until", null=True),
        json("payload"),
        text("state"),
        text("owner", null=True),
        millis("lease_until", null=True),
        number("attempts"),
        json("result", null=True),
        millis("answering_until", null=True),
        check("inbox", "state", "state IN ('new', 'running', 'done', 'failed')"),
        belongs("inbox"),
        key("inbox", "workspace_id", "platform", "key"),
    )
    index("inbox", "workspace_id", "lane", name="uq_inbox_lane", where="state = 'running'", only=True)
    index("inbox", "received_at", "seq", name="ix_inbox_open", where="state IN ('new', 'running')")
    index("inbox", "answering_until", name="ix_inbox_answering", where="answering_until IS NOT NULL")
    index("inbox", "received_at", name="ix_inbox_over", where="state IN ('done', 'failed')")
