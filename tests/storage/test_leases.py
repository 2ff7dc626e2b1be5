"""Rows that change hands: start, renew, finish, give back, come back after a crash."""

import pytest

from storage.databases import Database
from storage.tables import WorkRow
from tests.storage.rows import add_work


def claimed(db: Database, key: str = "a", *, owner: str = "me", real: int = 5000, **options: str) -> WorkRow:
    add_work(db, key, 1000, **options)  # type: ignore[arg-type]
    (row,) = db.queue.claim(now=5000, real=real, owner=owner, lease_ms=1000, limit=1, per_workspace=9)
    return row


def current(db: Database, work_id: int) -> WorkRow:
    with db.read("T1") as store:
        return store.work.get(work_id)


def test_a_request_leaves_only_while_the_lease_is_ours_and_long_enough(db: Database) -> None:
    row = claimed(db)
    assert not db.queue.start(row.id, "other", 5100)
    assert not db.queue.start(row.id, "me", 5500, timeout_ms=500)
    assert current(db, row.id).started_at is None
    assert db.queue.start(row.id, "me", 5499, "1700.1", timeout_ms=500)
    started = current(db, row.id)
    assert (started.started_at, started.look_from) == (5499, "1700.1")
    assert db.queue.unstart(row.id, "me")
    cleared = current(db, row.id)
    assert (cleared.started_at, cleared.look_from, cleared.state) == (None, None, "leased")


def test_a_second_try_keeps_the_first_ones_look_window(db: Database) -> None:
    row = claimed(db)
    assert db.queue.start(row.id, "me", 5100, "1700.1")
    assert db.queue.start(row.id, "me", 5200, "1800.1")
    assert (current(db, row.id).started_at, current(db, row.id).look_from) == (5200, "1700.1")


def test_only_the_holder_ends_a_row_and_only_once(db: Database) -> None:
    row = claimed(db)
    assert not db.queue.done(row.id, "other")
    assert db.queue.done(row.id, "me", {"ts": "1.2"})
    assert not db.queue.done(row.id, "me")
    assert not db.queue.dead(row.id, "me", "x")
    assert not db.queue.drop(row.id, "me", "x")
    assert not db.queue.retry(row.id, "me", error="x")
    done = current(db, row.id)
    assert (done.state, done.result, done.error) == ("done", {"ts": "1.2"}, None)


def test_a_delivery_is_done_together_with_what_it_changed(db: Database) -> None:
    row = claimed(db)
    with db.write("T1") as store:
        assert not store.work.done(row.id, "other")
        assert store.work.done(row.id, "me", {"ts": "1.2"})
    assert current(db, row.id).result == {"ts": "1.2"}


def test_renewing_holds_what_is_worked_on_and_nothing_else(db: Database) -> None:
    mine, orphan = claimed(db, "a"), claimed(db, "c")
    theirs = claimed(db, "b", owner="other")
    assert db.queue.renew([mine.id, theirs.id], "me", 9000) == 1
    assert db.queue.release_expired(8000) == 2
    states = [current(db, row.id).state for row in (mine, orphan, theirs)]
    assert states == ["leased", "pending", "pending"]


def test_a_process_that_ends_gives_back_what_it_holds(db: Database) -> None:
    mine, theirs = claimed(db, "a"), claimed(db, "b", owner="other")
    assert db.queue.release_mine("me") == 1
    assert (current(db, mine.id).state, current(db, theirs.id).state) == ("pending", "leased")


def test_a_crashed_owners_rows_come_back_and_tell_that_they_were_started(db: Database) -> None:
    started, waiting = claimed(db, "a"), claimed(db, "b")
    assert db.queue.start(started.id, "me", 5100, "1700.1")
    assert db.queue.release_all() == 2
    first, second = current(db, started.id), current(db, waiting.id)
    assert (first.state, first.owner, first.started_at, first.look_from) == ("pending", None, 5100, "1700.1")
    assert (second.state, second.started_at) == ("pending", None)
    assert not db.queue.done(started.id, "me")
    assert db.queue.release_all() == 0


def test_more_rows_than_one_transaction_takes_come_back(db: Database) -> None:
    with db.write("T1") as store:
        for number in range(600):
            store.work.add("job", f"k{number}", 1000)
    rows = db.queue.claim(now=5000, real=5000, owner="me", lease_ms=10, limit=2000, per_workspace=2000)
    assert len(rows) == 600
    assert db.queue.release_expired(5010) == 600


@pytest.mark.parametrize(("keep_started", "started_at"), [(True, 5100), (False, None)])
def test_a_retry_waits_on_the_gate_of_its_lane(db: Database, keep_started: bool, started_at: int | None) -> None:
    row = claimed(db, lane="L")
    add_work(db, "behind", 1000, lane="L")
    db.queue.start(row.id, "me", 5100, "1.0")
    assert db.queue.retry(row.id, "me", error="timeout", gate_until=9000, keep_started=keep_started)
    pending = current(db, row.id)
    assert (pending.state, pending.attempts, pending.error) == ("pending", 1, "timeout")
    assert (pending.started_at, pending.due_at) == (started_at, 1000)
    held = db.queue.claim(now=5000, real=8999, owner="me", lease_ms=9, limit=9, per_workspace=9)
    assert held == []
    free = db.queue.claim(now=5000, real=9000, owner="me", lease_ms=9, limit=9, per_workspace=9)
    assert [row.key for row in free] == ["a"]
    assert free[0].attempts == 2


def test_a_retry_without_a_lane_waits_by_itself(db: Database) -> None:
    row = claimed(db)
    assert db.queue.retry(row.id, "me", error=None, gate_until=9000, not_before=7000)
    assert current(db, row.id).not_before == 9000


def test_a_try_that_the_platform_put_off_is_not_counted(db: Database) -> None:
    row = claimed(db, lane="L")
    assert db.queue.retry(row.id, "me", error="429", gate_until=9000, count_attempt=False)
    assert current(db, row.id).attempts == 0


@pytest.mark.parametrize("way", ["retry", "expired"])
def test_beside_a_newer_pending_row_of_its_fold_a_returning_row_is_dropped(db: Database, way: str) -> None:
    older = claimed(db, "live:1", lane="L", fold="card:1")
    db.queue.start(older.id, "me", 5100, "1700.1")
    newer_id = add_work(db, "live:2", 1000, lane="L", fold="card:1")
    if way == "retry":
        assert db.queue.retry(older.id, "me", error="timeout", gate_until=6000, keep_started=True)
    else:
        assert db.queue.release_expired(99_000) == 1
    dropped, newer = current(db, older.id), current(db, newer_id)
    assert (dropped.state, dropped.error) == ("dropped", f"folded into {newer_id}")
    assert (newer.state, newer.started_at, newer.look_from) == ("pending", 5100, "1700.1")
    claims = db.queue.claim(now=5000, real=99_000, owner="me", lease_ms=9, limit=9, per_workspace=9)
    assert [row.id for row in claims] == [newer_id]


def test_a_try_that_never_left_leaves_no_look_to_its_successor(db: Database) -> None:
    older = claimed(db, "live:1", lane="L", fold="card:1")
    db.queue.start(older.id, "me", 5100, "1700.1")
    newer_id = add_work(db, "live:2", 1000, lane="L", fold="card:1")
    assert db.queue.retry(older.id, "me", error="refused", keep_started=False)
    newer = current(db, newer_id)
    assert (current(db, older.id).state, newer.started_at, newer.look_from) == ("dropped", None, None)


def test_an_admin_revives_a_dead_row_of_the_own_team(db: Database) -> None:
    row = claimed(db, "a", fold="card:1")
    db.queue.start(row.id, "me", 5100)
    assert db.queue.dead(row.id, "me", "channel_not_found")
    assert not db.queue.revive("T2", row.id)
    assert db.queue.revive("T1", row.id)
    revived = current(db, row.id)
    assert (revived.state, revived.attempts, revived.error, revived.started_at) == ("pending", 0, None, 5100)
    with db.write("T1") as store:
        assert not store.work.revive(row.id)


def test_a_dead_row_that_has_a_successor_stays_out_of_its_way(db: Database) -> None:
    row = claimed(db, "a", fold="card:1")
    db.queue.dead(row.id, "me", "gone")
    add_work(db, "b", fold="card:1")
    with db.write("T1") as store:
        assert store.work.revive(row.id)
    assert current(db, row.id).state == "dropped"


def opens_at(db: Database, real: int) -> bool:
    rows = db.queue.claim(now=5000, real=real, owner="me", lease_ms=9, limit=1, per_workspace=9)
    for row in rows:
        db.queue.retry(row.id, "me", error=None)
    return bool(rows)


def test_pace_lets_a_burst_through_and_then_one_at_a_time(db: Database) -> None:
    add_work(db, "a", lane="L")
    for _ in range(2):
        db.queue.pace("T1", "L", real=10_000, pace_ms=1000, burst_ms=2000)
        assert opens_at(db, 10_000)
    db.queue.pace("T1", "L", real=10_000, pace_ms=1000, burst_ms=2000)
    assert not opens_at(db, 10_999)
    assert opens_at(db, 11_000)
    db.queue.pace("T1", "L", real=60_000, pace_ms=1000, burst_ms=2000)
    assert opens_at(db, 60_000)


def test_pace_without_a_burst_is_one_per_interval(db: Database) -> None:
    add_work(db, "a", lane="L")
    db.queue.pace("T1", "L", real=10_000, pace_ms=250)
    assert not opens_at(db, 10_249)
    assert opens_at(db, 10_250)
