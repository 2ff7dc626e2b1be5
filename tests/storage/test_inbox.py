"""Events: accepted once, taken in the order of their place, finished with what they changed."""

import pytest

from storage.databases import Database
from storage.errors import LeaseLost
from storage.inboxes import Accepted
from storage.tables import InboxRow
from tests.storage.rows import add_work, event, person


def take(db: Database, *, me: str = "me", real: int = 5000, limit: int = 50) -> list[str]:
    return [row.key for row in taken(db, me=me, real=real, limit=limit)]


def taken(db: Database, *, me: str = "me", real: int = 5000, limit: int = 50) -> list[InboxRow]:
    return db.inbox.claim(me=me, real=real, lease_ms=1000, limit=limit)


def finish(db: Database, key: str, **options: object) -> None:
    with db.write("T1") as store:
        store.inbox.finish("slack", key, **options)  # type: ignore[arg-type]


def test_a_batch_is_accepted_once(db: Database) -> None:
    assert db.inbox.accept([event("a", 1), event("b", 2), event("a", 3)]) == [
        Accepted(),
        Accepted(),
        Accepted(duplicate=True),
    ]
    assert db.inbox.accept([]) == []
    (row,) = taken(db)
    assert (row.key, row.state, row.owner, row.lease_until, row.attempts) == ("a", "running", "me", 6000, 1)
    assert row.payload == {"text": "said a"}


def test_a_duplicate_repeats_the_result(db: Database) -> None:
    db.inbox.accept([event("a")])
    take(db)
    finish(db, "a", result={"toast": "已完成"}, owner="me")
    (again,) = db.inbox.accept([event("a", 9)])
    assert again == Accepted(duplicate=True, result={"toast": "已完成"}, state="done")
    with db.read("T1") as store:
        done = store.inbox.get("slack", "a")
    assert (done.seq, done.payload, done.lease_until) == (0, {}, None)


def test_the_same_key_of_two_teams_is_two_events(db: Database) -> None:
    accepted = db.inbox.accept([event("a", 1), event("a", 2, workspace_id="T2")])
    assert [row.duplicate for row in accepted] == [False, False]


def test_an_event_of_an_unknown_team_is_not_kept_and_spoils_no_batch(db: Database) -> None:
    accepted = db.inbox.accept([event("a", 1, workspace_id="T404"), event("b", 2)])
    assert accepted == [Accepted(unknown=True), Accepted()]
    assert take(db) == ["b"]


def test_a_place_runs_one_at_a_time_in_order_of_arrival(db: Database) -> None:
    db.inbox.accept([event("b", 2), event("a", 1), event("c", 3), event("x", 4, lane="slack:T1:C2")])
    assert take(db) == ["a", "x"]
    assert take(db) == []
    finish(db, "a")
    assert take(db) == ["b"]


def test_rows_from_before_a_restart_come_first(db: Database) -> None:
    db.inbox.accept([event("new", 1, received_at=2000), event("old", 900, received_at=1000)])
    assert take(db) == ["old"]


def test_events_without_a_place_run_side_by_side(db: Database) -> None:
    db.inbox.accept([event(f"e{number}", number, lane=None) for number in range(4)])
    assert take(db, limit=3) == ["e0", "e1", "e2"]
    assert take(db) == ["e3"]


def test_a_live_opener_goes_first_and_only_to_its_own_process(db: Database) -> None:
    db.inbox.accept(
        [
            event("plain", 1, lane="p"),
            event("theirs", 2, lane="t", opener_owner="other", opener_until=6000),
            event("mine", 3, lane="m", opener_owner="me", opener_until=6000),
            event("behind", 4, lane="t"),
        ]
    )
    assert db.inbox.next_due(5000) == 6000
    assert take(db, limit=1) == ["mine"]
    assert take(db) == ["plain"]
    assert take(db, real=5999) == []
    assert take(db, real=6000) == ["theirs"]


def test_a_turn_ends_with_what_it_changed_or_not_at_all(db: Database) -> None:
    db.inbox.accept([event("a")])
    take(db)
    assert db.inbox.release_expired(6000) == 1
    take(db, me="other", real=7000)

    def late_turn() -> None:
        with db.write("T1") as store:
            store.people.upsert(person("U1"))
            store.work.add("deliver", "reply:a:0", 1000)
            store.inbox.finish("slack", "a", owner="me")

    with pytest.raises(LeaseLost, match="not ours"):
        late_turn()
    with db.read("T1") as store:
        assert store.people.list_all() == []
        assert store.work.find("reply:a:0") is None
        row = store.inbox.get("slack", "a")
        assert (row.state, row.owner, row.attempts) == ("running", "other", 2)
    finish(db, "a", owner="other", state="failed", payload={"kind": "press"})
    with db.read("T1") as store:
        failed = store.inbox.find("slack", "a")
        assert failed is not None
        assert (failed.state, failed.payload) == ("failed", {"kind": "press"})


def test_what_a_crash_left_runs_again_before_what_came_later(db: Database) -> None:
    db.inbox.accept([event("a", 1), event("b", 2), event("c", 3, lane="other")])
    assert take(db) == ["a", "c"]
    assert db.inbox.release_all() == 2
    assert take(db, me="next") == ["a", "c"]


def test_leases_are_renewed_and_given_back_by_their_owner(db: Database) -> None:
    db.inbox.accept([event("a", 1), event("b", 2, lane="other")])
    take(db)
    assert db.inbox.renew("me", 9000) == 2
    assert db.inbox.renew("other", 9000) == 0
    assert db.inbox.next_due(5000) == 9000
    assert db.inbox.release_expired(8999) == 0
    assert not db.inbox.retry("T1", "slack", "a", "other")
    assert db.inbox.retry("T1", "slack", "a", "me")
    assert take(db) == ["a"]


def test_a_submission_takes_its_key_inside_its_own_turn(db: Database) -> None:
    with db.write("T1") as store:
        assert store.inbox.add_running(event("form:1", lane=None), owner="me", lease_until=9000)
        store.people.upsert(person("U1"))
        store.inbox.finish("slack", "form:1", result={"ok": True})
    with db.write("T1") as store:
        assert not store.inbox.add_running(event("form:1", lane=None))
        found = store.inbox.find("slack", "form:1")
        assert found is not None
        assert (found.state, found.result) == ("done", {"ok": True})
        assert store.inbox.find("slack", "form:2") is None


def test_a_refused_form_leaves_its_key_free(db: Database) -> None:
    class FieldError(Exception):
        pass

    def submit() -> None:
        with db.write("T1") as store:
            assert store.inbox.add_running(event("form:1", lane=None))
            raise FieldError

    for _ in range(2):
        with pytest.raises(FieldError):
            submit()


def test_what_still_runs_or_answers_is_listed(db: Database) -> None:
    db.inbox.accept([event("a", 1), event("b", 2), event("c", 3, lane="other")])
    take(db)
    finish(db, "a", answering_until=8000)
    states = {row.key: row.state for row in db.inbox.waiting(5000)}
    assert states == {"a": "done", "b": "new", "c": "running"}
    assert "a" not in {row.key for row in db.inbox.waiting(8000)}
    assert db.inbox.done_answering("T1", "slack", "a")
    assert not db.inbox.done_answering("T1", "slack", "a")
    assert "a" not in {row.key for row in db.inbox.waiting(5000)}


def test_finished_events_are_purged_when_old(db: Database) -> None:
    db.inbox.accept([event("a", 1), event("b", 2, lane="other"), event("c", 3, lane="x", received_at=9000)])
    take(db)
    finish(db, "a")
    finish(db, "c", state="failed")
    assert db.inbox.purge(9000) == 1
    with db.read("T1") as store:
        assert [store.inbox.find("slack", key) is None for key in "abc"] == [True, False, False]


def test_a_turns_work_and_its_end_are_one_commit(db: Database) -> None:
    db.inbox.accept([event("a")])
    take(db)
    with db.write("T1") as store:
        store.work.add("deliver", "reply:a:0", 1000)
        store.inbox.finish("slack", "a", owner="me")
    add_work(db, "other")
    assert {row.key for row in db.queue.waiting(5000, 5000)} == {"reply:a:0", "other"}
    assert db.inbox.waiting(5000) == []
