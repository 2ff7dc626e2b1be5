"""No call of the hot tables walks through what is done or lies in the future."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy.engine import Engine

from storage.databases import Database
from tests.storage.rows import add_work, event, workspace

# Walking one of these touches only the rows of its condition.
PARTIAL = (
    "uq_work_fold",
    "uq_work_lane",
    "ix_work_due",
    "ix_work_lease",
    "ix_work_over",
    "ix_work_dead",
    "uq_inbox_lane",
    "ix_inbox_open",
    "ix_inbox_answering",
    "ix_inbox_over",
)


@pytest.fixture
def sqlite_db(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path / "plans.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    yield db
    db.close()


def plans_of(statements: list[tuple[str, object]], engine: Engine) -> list[str]:
    found = []
    with engine.connect() as connection:
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
            found += [f"{row[3]}   [{statement[:70]}]" for row in rows]
    return found


def test_every_call_finds_its_rows_by_an_index(sqlite_db: Database) -> None:
    db = sqlite_db
    statements: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")):
            statements.append((statement, parameters))

    engines = (db._engines._writer, db._engines._reader)
    for engine in engines:
        sa_event.listen(engine, "before_cursor_execute", note)
    use_everything(db)
    for engine in engines:
        sa_event.remove(engine, "before_cursor_execute", note)
    assert len(statements) > 30
    plans = plans_of(statements, engines[1])
    walks = [
        plan
        for plan in plans
        if plan.startswith(("SCAN work", "SCAN inbox")) and not any(f" {name} " in plan for name in PARTIAL)
    ]
    assert walks == []
    searched = " ".join(plans)
    for name in ("ix_work_due", "ix_work_lease", "ix_work_over", "ix_inbox_open", "ix_inbox_over"):
        assert name in searched, name


def use_everything(db: Database) -> None:
    db.workspaces.add(workspace())
    for number in range(4):
        add_work(db, f"k{number}", lane=f"L{number}", fold=f"card:{number}")
    rows = db.queue.claim(now=5000, real=5000, owner="me", lease_ms=9, limit=3, per_workspace=9)
    first, second, third = (row.id for row in rows)
    db.queue.start(first, "me", 5000)
    db.queue.unstart(first, "me")
    db.queue.done(first, "me")
    db.queue.retry(second, "me", error="x", gate_until=9000)
    db.queue.dead(third, "me", "x")
    db.queue.revive("T1", third)
    db.queue.renew([1], "me", 9000)
    db.queue.release_expired(9000)
    db.queue.next_due(now=5000, real=5000)
    db.queue.waiting(5000, 5000)
    db.queue.done_count()
    db.queue.purge(9000, real=9000)
    db.inbox.accept([event("a", 1), event("b", 2), event("a", 3)])
    db.inbox.claim(me="me", real=5000, lease_ms=9, limit=9)
    db.inbox.renew("me", 9000)
    db.inbox.retry("T1", "slack", "a", "me")
    db.inbox.release_expired(9000)
    db.inbox.next_due(5000)
    db.inbox.waiting(5000)
    db.inbox.claim(me="me", real=5000, lease_ms=9, limit=9)
    with db.write("T1") as store:
        store.inbox.finish("slack", "a", owner="me", answering_until=9000)
        store.work.list_dead()
    db.inbox.done_answering("T1", "slack", "a")
    db.inbox.purge(9000)
