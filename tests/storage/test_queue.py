"""What may be claimed, in which order, and when to look again."""

from storage.databases import Database
from storage.queue import NextDue
from storage.tables import WorkRow
from tests.storage.rows import add_work


def claim(
    db: Database, *, now: int = 5000, real: int = 5000, owner: str = "me", limit: int = 50, per_workspace: int = 50
) -> list[WorkRow]:
    return db.queue.claim(now=now, real=real, owner=owner, lease_ms=60_000, limit=limit, per_workspace=per_workspace)


def keys(rows: list[WorkRow]) -> list[str]:
    return [row.key for row in rows]


def finish(db: Database, rows: list[WorkRow], owner: str = "me") -> None:
    for row in rows:
        assert db.queue.done(row.id, owner)


def test_a_claimed_row_is_leased_to_its_owner(db: Database) -> None:
    work_id = add_work(db, "a", 1000, lane="slack:T1:C1", payload={"text": "早"})
    (row,) = claim(db, real=7000)
    assert (row.id, row.workspace_id, row.kind, row.lane) == (work_id, "T1", "deliver", "slack:T1:C1")
    assert (row.state, row.owner, row.lease_until, row.attempts) == ("leased", "me", 67_000, 1)
    assert (row.payload, row.started_at) == ({"text": "早"}, None)
    assert claim(db) == []


def test_a_key_is_used_once_even_after_it_is_done(db: Database) -> None:
    add_work(db, "a")
    with db.write("T1") as store:
        assert store.work.add("deliver", "a", 1) is None
        assert store.work.add("deliver", "a", 1, fold="card:1") is None
    finish(db, claim(db))
    with db.write("T1") as store:
        assert store.work.add("deliver", "a", 1) is None
    assert add_work(db, "a", workspace_id="T2") > 0


def test_a_lane_gives_one_at_a_time_in_order(db: Database) -> None:
    add_work(db, "late", 3000, lane="L")
    add_work(db, "first", 1000, lane="L")
    add_work(db, "second", 1000, lane="L")
    add_work(db, "other", 2000, lane="M")
    rows = claim(db)
    assert keys(rows) == ["first", "other"]
    assert claim(db) == []
    finish(db, rows)
    assert keys(claim(db)) == ["second"]


def test_lanes_of_two_workspaces_do_not_know_each_other(db: Database) -> None:
    add_work(db, "a", lane="L")
    add_work(db, "a", lane="L", workspace_id="T2")
    assert len(claim(db)) == 2


def test_rows_without_a_lane_run_side_by_side(db: Database) -> None:
    for number in range(5):
        add_work(db, f"k{number}", 1000 + number, kind="job")
    assert keys(claim(db, limit=3)) == ["k0", "k1", "k2"]
    assert keys(claim(db)) == ["k3", "k4"]


def test_a_big_backlog_leaves_room_for_the_other_teams(db: Database) -> None:
    for number in range(30):
        add_work(db, f"k{number}", 1000)
    add_work(db, "small", 4000, workspace_id="T2")
    rows = claim(db, limit=4, per_workspace=3)
    assert sorted(row.workspace_id for row in rows) == ["T1", "T1", "T1", "T2"]
    assert keys(claim(db, limit=2, per_workspace=10)) == ["k3", "k4"]


def test_due_follows_the_product_clock_and_leases_the_real_one(db: Database) -> None:
    add_work(db, "tomorrow", 90_000_000)
    assert claim(db, now=5000, real=5000) == []
    (row,) = claim(db, now=90_000_000, real=6000)
    assert row.lease_until == 66_000
    assert db.queue.release_expired(65_999) == 0
    assert claim(db, now=900_000_000, real=6000) == []
    assert db.queue.release_expired(66_000) == 1
    assert claim(db, now=5000, real=70_000) == []


def test_a_closed_gate_holds_its_lane_until_it_opens(db: Database) -> None:
    add_work(db, "a", lane="L")
    add_work(db, "b", lane="M")
    db.queue.set_gate("T1", "L", 8000)
    db.queue.set_gate("T1", "L", 7000)
    assert keys(claim(db, real=7999)) == ["b"]
    assert keys(claim(db, real=8000)) == ["a"]


def test_a_second_gate_holds_the_row_and_what_stands_behind_it(db: Database) -> None:
    add_work(db, "first", 1000, lane="card:1", gate="C1")
    add_work(db, "behind", 2000, lane="card:1")
    add_work(db, "elsewhere", 3000, lane="card:2")
    db.queue.set_gate("T1", "C1", 9000)
    assert keys(claim(db, real=8999)) == ["elsewhere"]
    assert keys(claim(db, real=9000)) == ["first"]


def test_a_gate_of_another_team_holds_nothing(db: Database) -> None:
    add_work(db, "a", lane="L")
    db.queue.set_gate("T2", "L", 99_000)
    assert keys(claim(db)) == ["a"]


def test_not_before_is_of_the_real_clock(db: Database) -> None:
    add_work(db, "a", 1000, not_before=9000)
    assert claim(db, now=1_000_000, real=8999) == []
    assert keys(claim(db, now=1000, real=9000)) == ["a"]


def test_a_row_that_backs_off_is_not_overtaken_in_its_lane(db: Database) -> None:
    add_work(db, "first", 1000, lane="L", not_before=9000)
    add_work(db, "behind", 2000, lane="L")
    assert claim(db, real=8000) == []
    assert keys(claim(db, real=9000)) == ["first"]


def test_pending_rows_of_one_fold_become_one(db: Database) -> None:
    first = add_work(db, "live:1", 3000, lane="L", fold="card:1", payload={"card": 1, "n": 1})
    assert add_work(db, "live:2", 2000, lane="L", fold="card:1", gate="G", payload={"card": 1, "n": 2}) == first
    assert add_work(db, "live:3", 4000, lane="L", fold="card:1", payload={"card": 1, "n": 3}) == first
    assert add_work(db, "live:1", 4000, workspace_id="T2", fold="card:1") != first
    rows = claim(db)
    assert [(row.key, row.due_at, row.gate, row.payload["n"]) for row in rows if row.workspace_id == "T1"] == [
        ("live:1", 2000, None, 3)
    ]


def test_a_fold_in_flight_gets_a_successor(db: Database) -> None:
    add_work(db, "live:1", lane="L", fold="card:1")
    rows = claim(db)
    successor = add_work(db, "live:2", lane="L", fold="card:1")
    assert successor != rows[0].id
    assert claim(db) == []
    finish(db, rows)
    assert keys(claim(db)) == ["live:2"]


def test_when_to_look_again(db: Database) -> None:
    assert db.queue.next_due(now=5000, real=5000) == NextDue(None, None)
    add_work(db, "later", 9000, lane="L")
    assert db.queue.next_due(now=5000, real=5000) == NextDue(9000, None)
    add_work(db, "gated", 1000, lane="G", gate="H")
    db.queue.set_gate("T1", "G", 7000)
    db.queue.set_gate("T1", "H", 8000)
    add_work(db, "backing off", 1000, not_before=8500)
    assert db.queue.next_due(now=5000, real=5000) == NextDue(9000, 8000)
    assert db.queue.next_due(now=5000, real=8000) == NextDue(9000, 8500)
    add_work(db, "now", 1000)
    assert keys(claim(db, real=5000)) == ["now"]
    assert db.queue.next_due(now=9000, real=8000) == NextDue(None, 8500)
    # A lease that ends is the sweep's business: there is nothing to claim before.
    assert db.queue.next_due(now=9000, real=8500) == NextDue(None, None)


def test_what_still_waits_is_listed(db: Database) -> None:
    add_work(db, "future", 9000)
    add_work(db, "gated", 1000, lane="G")
    db.queue.set_gate("T1", "G", 7000)
    add_work(db, "free", 2000, kind="job")
    (free,) = claim(db)
    waiting = [(row.key, row.state, row.held_until) for row in db.queue.waiting(5000, 5000)]
    assert waiting == [("gated", "pending", 7000), ("free", "leased", None)]
    assert [row.held_until for row in db.queue.waiting(5000, 7000)] == [None, None]
    assert db.queue.done_count() == 0
    finish(db, [free])
    assert db.queue.done_count() == 1
    stats = db.queue.stats()
    assert stats.counts == {("pending", "deliver"): 2, ("done", "job"): 1}
    assert stats.oldest_due == 1000
    with db.read("T1") as store:
        assert store.work.counts_by_state() == {"pending": 2, "done": 1}
    with db.read("T2") as store:
        assert store.work.counts_by_state() == {}


def test_old_rows_are_purged_and_those_that_failed_stay(db: Database) -> None:
    for number in range(4):
        add_work(db, f"k{number}", 1000 * (number + 1))
    done, dropped, dead, young = claim(db)
    db.queue.done(done.id, "me")
    db.queue.drop(dropped.id, "me", "no longer true")
    db.queue.dead(dead.id, "me", "channel_not_found")
    db.queue.done(young.id, "me")
    db.queue.set_gate("T1", "L", 1000)
    assert db.queue.purge(4000, real=10_000_000) == 2
    with db.read("T1") as store:
        assert store.work.counts_by_state() == {"dead": 1, "done": 1}
        assert [(row.id, row.error) for row in store.work.list_dead()] == [(dead.id, "channel_not_found")]
