"""The statements that choose what may be worked on now."""

from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Executable,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from storage.engines import Dialect
from storage.leases import LEASED, PENDING
from storage.tables import InboxRow, LaneGate, WorkRow
from storage.types import Millis
from storage.units import table_of

_W = table_of(WorkRow)
_G = table_of(LaneGate)
_N = table_of(InboxRow)
_NOW: BindParameter[int] = bindparam("now")
_REAL: BindParameter[int] = bindparam("real")
_MOST: BindParameter[int] = bindparam("most", type_=Millis())
_NEW: ColumnElement[str] = literal_column("'new'")
_ARRIVAL = (_N.c.received_at, _N.c.seq)
_KEY_NAMES = ("workspace_id", "platform", "key")
_KEY = (_N.c.workspace_id, _N.c.platform, _N.c.key)


def _ranked() -> CTE:
    """Due rows with their place in their lane; a row without a lane is a lane of its own."""
    lane = func.coalesce(_W.c.lane, literal("#").concat(cast(_W.c.id, Text)))
    place = func.row_number().over(partition_by=[_W.c.workspace_id, lane], order_by=[_W.c.due_at, _W.c.id])
    return (
        select(
            _W.c.id,
            _W.c.workspace_id,
            _W.c.lane,
            _W.c.gate,
            _W.c.not_before,
            _W.c.due_at,
            place.label("in_lane"),
        )
        .where(_W.c.state == PENDING, _W.c.due_at <= _NOW, _W.c.kind.in_(bindparam("kinds", expanding=True)))
        .cte("ranked")
    )


def _gated(rows: FromClause) -> tuple[FromClause, tuple[ColumnElement[int], ...]]:
    """The rows beside their gates, and the three times that may hold one back."""
    own, second = _G.alias("own_gate"), _G.alias("second_gate")
    joined = rows.outerjoin(own, and_(own.c.workspace_id == rows.c.workspace_id, own.c.lane == rows.c.lane)).outerjoin(
        second, and_(second.c.workspace_id == rows.c.workspace_id, second.c.lane == rows.c.gate)
    )
    times = (own.c.next_at, second.c.next_at, rows.c.not_before)
    return joined, tuple(func.coalesce(time, 0) for time in times)


def _latest(dialect: Dialect, times: tuple[ColumnElement[int], ...]) -> ColumnElement[int]:
    return func.max(*times) if dialect == "sqlite" else func.greatest(*times)


def _lane_is_leased(rows: FromClause) -> ColumnElement[bool]:
    busy = _W.alias("busy")
    return exists().where(
        busy.c.workspace_id == rows.c.workspace_id, busy.c.lane == rows.c.lane, busy.c.state == LEASED
    )


def _heads() -> CTE:
    """The first row of each lane that nothing holds back, with its place in its workspace.

    Ranked before the gates are asked, so that a row whose own gate is open cannot overtake the one
    that stands before it.
    """
    ranked = _ranked()
    joined, times = _gated(ranked)
    place = func.row_number().over(partition_by=ranked.c.workspace_id, order_by=[ranked.c.due_at, ranked.c.id])
    return (
        select(ranked.c.id, ranked.c.due_at, place.label("in_workspace"))
        .select_from(joined)
        .where(ranked.c.in_lane == 1, *(time <= _REAL for time in times), ~_lane_is_leased(ranked))
        .cte("heads")
    )


def _few(rows: Select[Any], order: tuple[ColumnElement[Any], ...]) -> CTE:
    """A few more than wanted, as others may lock some first.

    Cut off and computed once before anything is joined to it: while PostgreSQL's statistics still say
    that hardly any row is due, it would compute the ranking again for each row.
    """
    return rows.order_by(*order).limit(_MOST * 4).cte("few").prefix_with("MATERIALIZED", dialect="postgresql")


def claim_statement(dialect: Dialect) -> Executable:
    """Leases and returns WorkRow; parameters now, real, owner_, until, cap, most."""
    heads = _heads()
    order = (heads.c.in_workspace, heads.c.due_at, heads.c.id)
    fair = select(heads).where(heads.c.in_workspace <= bindparam("cap"))
    taking = update(WorkRow).values(
        state="leased",
        owner=bindparam("owner_"),
        lease_until=bindparam("until"),
        attempts=_W.c.attempts + 1,
    )
    if dialect == "sqlite":
        chosen = fair.with_only_columns(heads.c.id).order_by(*order).limit(_MOST)
        return taking.where(_W.c.id.in_(chosen)).returning(WorkRow)
    # PostgreSQL locks no ranked rows: rank first, then lock, and ask again whether they are still free.
    few = _few(fair, order)
    pick = (
        select(_W.c.id)
        .join(few, few.c.id == _W.c.id)
        .where(_W.c.state == PENDING)
        .order_by(few.c.in_workspace, few.c.due_at, few.c.id)
        .limit(_MOST)
        .with_for_update(of=_W, skip_locked=True)
        .cte("pick")
    )
    return taking.where(_W.c.id == pick.c.id).returning(WorkRow)


def held_statement(dialect: Dialect) -> Select[Any]:
    """The earliest real time at which a due row that is held back comes free; parameters now, real."""
    ranked = _ranked()
    joined, times = _gated(ranked)
    until = _latest(dialect, times)
    return select(func.min(until)).select_from(joined).where(ranked.c.in_lane == 1, until > _REAL)


def waiting_statement(dialect: Dialect) -> Select[Any]:
    """Due and leased rows in the order of queue.Waiting; parameters now, real, most."""
    columns = (_W.c.id, _W.c.workspace_id, _W.c.kind, _W.c.lane, _W.c.key, _W.c.state, _W.c.due_at)
    joined, times = _gated(_W)
    until = _latest(dialect, times)
    held = case((until > _REAL, until), else_=null())
    due = (
        select(*columns, held.label("held_until")).select_from(joined).where(_W.c.state == PENDING, _W.c.due_at <= _NOW)
    )
    leased = select(*columns, cast(null(), Millis)).where(_W.c.state == LEASED)
    # Two searches: for one with OR no partial index would serve.
    both = union_all(due, leased).subquery("waiting")
    return select(both).order_by(both.c.due_at, both.c.id).limit(_MOST)


def _ranked_events() -> CTE:
    """Open events with their place in their lane, by arrival."""
    lane = func.coalesce(_N.c.lane, literal("#").concat(_N.c.platform).concat("#").concat(_N.c.key))
    place = func.row_number().over(partition_by=[_N.c.workspace_id, lane], order_by=_ARRIVAL)
    opener_until = func.coalesce(_N.c.opener_until, 0)
    return (
        select(
            *_KEY,
            *_ARRIVAL,
            _N.c.lane,
            _N.c.state,
            _N.c.opener_owner,
            opener_until.label("opener_until"),
            case((opener_until > _REAL, 0), else_=1).label("urgency"),
            place.label("in_lane"),
        )
        # All were received since 1970; without a bound to search by, SQLite would rather walk the primary
        # key, through everything that is done.
        .where(_N.c.state.in_((_NEW, literal_column("'running'"))), _N.c.received_at >= literal_column("0"))
        .cte("ranked")
    )


def _same(one: tuple[ColumnElement[Any], ...], rows: FromClause) -> ColumnElement[bool]:
    return and_(*(column == rows.c[name] for column, name in zip(one, _KEY_NAMES, strict=True)))


def _place_is_busy(rows: Any) -> ColumnElement[bool]:
    """A turn of this place runs already: by a stepped clock it may have been received later than what waits."""
    busy = _N.alias("busy_event")
    return exists().where(
        busy.c.workspace_id == rows.workspace_id, busy.c.lane == rows.lane, busy.c.state == literal_column("'running'")
    )


def inbox_claim_statement(dialect: Dialect) -> Executable:
    """Takes and returns InboxRow, those with a live opener first; parameters me, real, until, most."""
    ranked = _ranked_events().c
    mine = or_(ranked.opener_until <= _REAL, ranked.opener_owner == bindparam("me"))
    order = (ranked.urgency, ranked.received_at, ranked.seq)
    free = select(*(ranked[name] for name in _KEY_NAMES), *order).where(
        ranked.in_lane == 1, ranked.state == _NEW, mine, ~_place_is_busy(ranked)
    )
    taking = update(InboxRow).values(
        state="running",
        owner=bindparam("me"),
        lease_until=bindparam("until"),
        attempts=_N.c.attempts + 1,
    )
    if dialect == "sqlite":
        chosen = free.with_only_columns(*(ranked[name] for name in _KEY_NAMES))
        return taking.where(tuple_(*_KEY).in_(chosen.order_by(*order).limit(_MOST))).returning(InboxRow)
    few = _few(free, order)
    pick = (
        select(*_KEY)
        .join(few, _same(_KEY, few))
        .where(_N.c.state == _NEW)
        .order_by(few.c.urgency, few.c.received_at, few.c.seq)
        .limit(_MOST)
        .with_for_update(of=_N, skip_locked=True)
        .cte("pick")
    )
    return taking.where(_same(_KEY, pick)).returning(InboxRow)
