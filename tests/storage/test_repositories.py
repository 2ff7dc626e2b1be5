"""What goes in comes out, of this workspace only."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from storage.databases import Database
from storage.errors import Conflict, NotFound
from storage.tables import Channel
from tests.storage.rows import NOON, checklist_run, item, person, run_with_items, show, workspace


def channel(channel_id: str, kind: str = "channel", person_id: str | None = None) -> Channel:
    return Channel(channel_id=channel_id, name=channel_id, kind=kind, person_id=person_id, fetched_at=NOON)


def test_workspaces_are_listed_found_and_removed_with_all_that_is_theirs(db: Database) -> None:
    assert [row.workspace_id for row in db.workspaces.list_all()] == ["T1", "T2"]
    assert db.workspaces.find("T9") is None
    with pytest.raises(NotFound, match="workspace 'T9'"):
        db.workspaces.get("T9")
    run_with_items(db, workspace_id="T2")
    assert db.workspaces.remove("T2")
    assert not db.workspaces.remove("T2")
    with db.read("T2") as store:
        assert store.shows.list_recent() == []


def test_a_workspace_is_saved_by_its_own_unit_of_work(db: Database) -> None:
    with db.write("T1") as store:
        own = store.workspace.get()
        own.team_channel_id, own.token, own.state = "C1", "sealed", "gone"
        store.workspace.save(own)
    saved = db.workspaces.get("T1")
    assert (saved.team_channel_id, saved.token, saved.state) == ("C1", "sealed", "gone")
    assert saved.created_at == NOON
    assert db.workspaces.get("T2").team_channel_id is None
    with pytest.raises(NotFound), db.write("T9") as store:
        store.workspace.save(workspace("T9"))


def test_people_are_upserted_and_kept_apart_by_workspace(db: Database) -> None:
    with db.write("T1") as store:
        store.people.upsert(person("U1", "小周"))
        store.people.upsert(person("U1", "周周"))
        store.people.upsert(person("U2", "Ann"))
    with db.read("T1") as store:
        assert [row.name for row in store.people.list_all()] == ["Ann", "周周"]
        assert store.people.get("U1").fetched_at == NOON
    with db.read("T2") as store:
        assert store.people.find("U1") is None
        with pytest.raises(NotFound):
            store.people.get("U1")


def test_a_membership_keeps_its_first_day(db: Database) -> None:
    with db.write("T1") as store:
        store.people.upsert(person("U1"))
        store.people.upsert(person("U2"))
        store.memberships.put("U1", False, NOON)
        store.memberships.put("U2", False, NOON)
        store.memberships.put("U1", True, NOON + timedelta(days=3))
    with db.read("T1") as store:
        found = store.memberships.find("U1")
        assert found is not None
        assert (found.is_admin, found.joined_at) == (True, NOON)
        assert [row.person_id for row in store.memberships.list_admins()] == ["U1"]
    with db.write("T1") as store:
        assert store.memberships.remove("U1")
        assert not store.memberships.remove("U1")
        assert [row.person_id for row in store.memberships.list_all()] == ["U2"]


def test_roles_hold_on_their_days_only(db: Database) -> None:
    with db.write("T1") as store:
        store.people.upsert(person("U1"))
        store.people.upsert(person("U2"))
        store.roles.put("U1", "host", valid_from_on=date(2027, 3, 1), valid_to_on=date(2027, 3, 2))
        store.roles.put("U2", "host", is_understudy=True)
        store.roles.put("U1", "pm")
    with db.read("T1") as store:
        assert store.roles.roles_of("U1", date(2027, 2, 28)) == {"pm"}
        assert store.roles.roles_of("U1", date(2027, 3, 1)) == {"pm", "host"}
        assert store.roles.roles_of("U1", date(2027, 3, 2)) == {"pm", "host"}
        assert [row.person_id for row in store.roles.holders_of("host", date(2027, 3, 2))] == ["U1", "U2"]
        assert [row.person_id for row in store.roles.holders_of("host", date(2027, 3, 3))] == ["U2"]
        assert len(store.roles.list_holders()) == 3
    with db.write("T1") as store:
        store.roles.put("U1", "host")
        assert store.roles.remove("U1", "pm")
        assert store.roles.roles_of("U1", date(2030, 1, 1)) == {"host"}


def test_a_role_needs_a_known_person(db: Database) -> None:
    with pytest.raises(IntegrityError), db.write("T1") as store:
        store.roles.put("U404", "host")


def test_channels_count_their_messages_whatever_is_fetched_anew(db: Database) -> None:
    with db.write("T1") as store:
        store.channels.upsert(channel("C1"))
        store.channels.add_messages("C1", 5)
        store.channels.add_messages("C404", 5)
        store.channels.upsert(channel("C1"))
        store.channels.add_messages("C1", 2)
        store.channels.upsert(channel("D1", "dm", "U1"))
        assert store.channels.set_member("C1", True)
        assert store.channels.set_archived("C1", True)
        assert not store.channels.set_member("C404", True)
    with db.read("T1") as store:
        found = store.channels.get("C1")
        assert (found.messages, found.is_member, found.is_archived) == (7, True, True)
        dm = store.channels.dm_of("U1")
        assert dm is not None
        assert dm.channel_id == "D1"
        assert store.channels.dm_of("U2") is None
        assert store.channels.find("C404") is None
        assert [row.channel_id for row in store.channels.list_all()] == ["C1", "D1"]


def test_a_live_card_is_one_per_thing_and_place(db: Database) -> None:
    with db.write("T1") as store:
        first = store.cards.put("checklist", "7", "C1")
        assert store.cards.put("checklist", "7", "C1").id == first.id
        other = store.cards.put("checklist", "7", "C2", "1700.1")
        store.cards.set_address(other.id, ts="9.1", posted_at=NOON, permalink="https://x", posted_messages=3)
        assert [row.id for row in store.cards.list_of("checklist", "7")] == [other.id, first.id]
        store.cards.set_shown(other.id, "hash")
    with db.read("T1") as store:
        found = store.cards.find("checklist", "7", "C2", "1700.1")
        assert found is not None
        assert (found.ts, found.posted_messages, found.shown, found.posted_at) == ("9.1", 3, "hash", NOON)
    with db.write("T1") as store:
        store.cards.forget_address(other.id)
        gone = store.cards.get(other.id)
        assert (gone.ts, gone.permalink, gone.posted_messages, gone.shown) == (None, None, None, None)
        with pytest.raises(NotFound):
            store.cards.forget_address(other.id + 1000)


def test_a_retired_card_keeps_the_post_that_stands(db: Database) -> None:
    with db.write("T1") as store:
        card = store.cards.put("checklist", "7", "C1")
        store.cards.set_address(card.id, ts="9.1", posted_at=NOON)
        store.cards.retire(card.id)
        retired = store.cards.get(card.id)
    assert (retired.ts, retired.old_ts, retired.posted_at) == (None, "9.1", None)


def test_blobs_come_back_byte_for_byte(db: Database) -> None:
    content = bytes(range(256)) * 40
    with db.write("T1") as store:
        saved = store.blobs.add(content, name="表.xlsx", mime="application/x", created_at=NOON)
    with db.read("T1") as store:
        found = store.blobs.get(saved.id)
        assert (found.content, found.size, len(found.sha256)) == (content, 10240, 64)
    with db.read("T2") as store, pytest.raises(NotFound):
        store.blobs.get(saved.id)


def test_shows_are_found_by_state_and_time(db: Database) -> None:
    with db.write("T1") as store:
        early = store.shows.add(show(-5, state="ended"))
        live = store.shows.add(show(-1, state="live"))
        draft = store.shows.add(show(1, state="draft"))
        soon = store.shows.add(show(2))
        later = store.shows.add(show(30, state="ready"))
    with db.write("T2") as store:
        store.shows.add(show(3, state="live"))
    with db.read("T1") as store:
        assert [row.id for row in store.shows.list_on_air()] == [live.id]
        assert [row.id for row in store.shows.next_after(NOON, 5)] == [soon.id, later.id]
        assert [row.id for row in store.shows.next_after(soon.start_at)] == [soon.id]
        day = store.shows.list_between(early.start_at, soon.start_at)
        assert [row.id for row in day] == [early.id, live.id, draft.id]
        assert [row.id for row in store.shows.list_recent(2)] == [later.id, soon.id]
        assert store.shows.find(later.id + 1000) is None
    with db.read("T2") as store, pytest.raises(NotFound):
        store.shows.get(live.id)


def test_a_show_is_saved_against_the_version_that_was_seen(db: Database) -> None:
    with db.write("T1") as store:
        added = store.shows.add(show())
    with db.write("T1") as store:
        mine = store.shows.get(added.id)
        mine.theme = "男装专场"
        assert store.shows.save(mine, mine.version).version == 2
    with pytest.raises(Conflict, match="has changed"), db.write("T1") as store:
        store.shows.save(added, 1)
    with db.read("T1") as store:
        assert (store.shows.get(added.id).theme, store.shows.get(added.id).version) == ("男装专场", 2)


@pytest.mark.parametrize("change", [{"state": "lost"}, {"end_at": NOON - timedelta(days=9)}, {"theme": None}])
def test_the_schema_refuses_what_cannot_be(db: Database, change: dict[str, object]) -> None:
    row = show()
    for name, value in change.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError), db.write("T1") as store:
        store.shows.add(row)


def test_a_run_cannot_hang_on_another_teams_show(db: Database) -> None:
    with db.write("T2") as store:
        theirs = store.shows.add(show())
    with pytest.raises(IntegrityError), db.write("T1") as store:
        store.checklists.add_run(checklist_run(theirs.id), [])


def test_items_stand_in_the_order_they_fall_due(db: Database) -> None:
    with db.write("T1") as store:
        saved = store.shows.add(show())
        rows = [item(3, due_min=5), item(2, due_min=9), item(1, due_min=5)]
        run = store.checklists.add_run(checklist_run(saved.id), rows)
    with db.read("T1") as store:
        items = store.checklists.items_of(run.id)
        assert [row.key for row in items] == ["S01", "S03", "S02"]
        assert {(row.run_id, row.show_id, row.proof["kind"]) for row in items} == {(run.id, saved.id, "none")}
        found = store.checklists.run_of(saved.id)
        assert found is not None
        assert store.checklists.get_run(found.id).template_key == "standard"
        assert store.checklists.run_of(saved.id + 1000) is None


def test_ticking_leaves_a_trace_and_counts_the_version(db: Database) -> None:
    _, (item_id, *_others) = run_with_items(db)
    with db.write("T1") as store:
        version = store.checklists.set_state(
            item_id, 1, state="done", done_by="U1", done_for="U2", done_at=NOON, evidence={"text": "ok"}
        )
        store.checklists.add_event(item_id, verb="tick", by_id="U1", for_id="U2", at=NOON, item_version=version)
    with db.write("T1") as store:
        version = store.checklists.set_state(item_id, version, state="open")
        store.checklists.add_event(item_id, verb="untick", by_id="U2", for_id=None, at=NOON, item_version=version)
        row = store.checklists.get_item(item_id)
        assert (row.state, row.done_by, row.done_at, row.version) == ("open", None, None, 3)
        assert row.evidence == {"text": "ok"}
        assert [row.verb for row in store.checklists.events_of(item_id)] == ["tick", "untick"]
        last = store.checklists.last_event(item_id)
        assert last is not None
        assert (last.verb, last.item_version) == ("untick", 3)
    with pytest.raises(Conflict), db.write("T1") as store:
        store.checklists.set_state(item_id, 1, state="done")
    with pytest.raises(Conflict), db.write("T2") as store:
        store.checklists.set_state(item_id, 3, state="done")
    with db.read("T2") as store:
        assert store.checklists.find_item(item_id) is None


def test_rows_that_were_read_are_the_callers_own(db: Database) -> None:
    _, (item_id, *_others) = run_with_items(db)
    with db.write("T1") as store:
        before = store.checklists.get_item(item_id)
        store.checklists.set_state(item_id, 1, state="done", done_by="U1", done_at=NOON)
        after = store.checklists.get_item(item_id)
        after.title_en = "never saved"
    assert (before.state, after.state) == ("open", "done")
    with db.read("T1") as store:
        assert store.checklists.get_item(item_id).title_en == "Check samples"


def test_an_instant_needs_a_zone_and_comes_back_in_utc(db: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    with db.write("T1") as store:
        card = store.cards.put("checklist", "1", "C1")
        store.cards.set_address(card.id, ts="1", posted_at=datetime(2027, 3, 1, 20, tzinfo=shanghai))
        posted_at = store.cards.get(card.id).posted_at
    assert posted_at == datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert posted_at is not None
    assert posted_at.tzinfo is UTC
    with pytest.raises(StatementError, match="needs a time zone"), db.write("T1") as store:
        store.cards.set_address(card.id, ts="1", posted_at=NOON.replace(tzinfo=None))


def test_the_clocks_offset_is_one_row(db: Database) -> None:
    assert db.clock.offset_ms() == 0
    db.clock.set_offset_ms(86_400_000 * 90)
    db.clock.set_offset_ms(-5)
    assert db.clock.offset_ms() == -5
