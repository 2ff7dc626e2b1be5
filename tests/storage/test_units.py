"""Units of work: all or nothing, isolated, and clear about what went wrong."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.databases import Database
from storage.engines import database_url, open_engine
from storage.errors import Busy, Full, LostRace, ReadOnly, StorageError
from storage.gates import Priority
from tests.storage.rows import NOON, person, run_with_items, show, workspace


class Sabotage(Exception):
    pass


def test_an_exception_takes_everything_back(db: Database) -> None:
    def spoil() -> None:
        with db.write("T1") as store:
            store.people.upsert(person("U1"))
            store.work.add("deliver", "k", 1000)
            raise Sabotage

    with pytest.raises(Sabotage):
        spoil()
    with db.read("T1") as store:
        assert store.people.list_all() == []
        assert store.work.find("k") is None


def test_a_reader_sees_one_moment_and_writes_nothing(db: Database) -> None:
    with db.read("T1") as before:
        assert before.people.list_all() == []
        with db.write("T1") as store:
            store.people.upsert(person("U1"))
        assert before.people.list_all() == []
    with pytest.raises(ReadOnly), db.read("T1") as store:
        store.people.upsert(person("U2"))
    with db.read("T1") as store:
        assert [row.person_id for row in store.people.list_all()] == ["U1"]


def test_a_write_inside_a_write_is_refused_at_once(db: Database) -> None:
    if db.dialect != "sqlite":
        with db.write("T1") as outer, db.write("T2") as inner:
            outer.people.upsert(person("U1"))
            inner.people.upsert(person("U1"))
        return
    with db.write("T1"), pytest.raises(RuntimeError, match="inside another"), db.write("T1"):
        pass


def test_no_update_is_lost_between_threads(db: Database) -> None:
    with db.write("T1") as store:
        store.shows.add(show(theme="0"))

    def count(times: int) -> None:
        for _ in range(times):
            while True:
                try:
                    with db.write("T1") as store:
                        row = store.shows.list_recent(1)[0]
                        row.theme = str(int(row.theme) + 1)
                        store.shows.save(row, row.version)
                    break
                except LostRace:
                    continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, [25] * 4))
    with db.read("T1") as store:
        assert store.shows.list_recent(1)[0].theme == "100"


def test_two_inserts_of_one_key_are_a_lost_race(db: Database) -> None:
    with pytest.raises(Busy):
        db.workspaces.add(workspace("T1"))


def test_another_process_that_holds_the_lock_is_a_lost_race(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "locked.db"
    path.write_bytes(sqlite_template.read_bytes())
    other = open_engine(database_url(f"sqlite:///{path}"), pool=1)
    db = Database(f"sqlite:///{path}", busy_timeout_ms=20)
    with other.begin(), pytest.raises(Busy), db.write("T1"):
        pass
    db.workspaces.add(workspace("T1"))
    assert db.workspaces.get("T1").name == "T1"
    db.close()
    other.dispose()


def test_a_full_disk_is_a_clear_refusal_that_leaves_everything_as_it_was(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{path}")
    db.workspaces.add(workspace("T1"))
    with db.write("T1") as store:
        store.people.upsert(person("U1"))
        connection = store._unit.connection
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))

    def save_much() -> None:
        with db.write("T1") as store:
            store.people.upsert(person("U2"))
            store.blobs.add(b"x" * 100_000, name="a", mime="b", created_at=NOON)

    with pytest.raises(Full, match="Nothing was saved"):
        save_much()
    with db.write("T1") as store:
        assert [row.person_id for row in store.people.list_all()] == ["U1"]
        store._unit.connection.execute(text("PRAGMA max_page_count = 1000000"))
    save_much()
    with db.read("T1") as store:
        assert len(store.people.list_all()) == 2
    db.close()


def test_a_database_that_cannot_be_reached_is_a_clear_refusal(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder.db", "postgresql://nobody@127.0.0.1:1/none"):
        db = Database(url)
        with pytest.raises(Full, match="Nothing was saved"):
            db.ping()
        with pytest.raises(Full), db.write("T1"):
            pass


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageError, match="Restore the latest backup"):
        Database(f"sqlite:///{path}").ping()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "callsheet.db"])
def test_an_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///path"):
        Database(url)


def test_an_unknown_synchronous_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="synchronous"):
        Database(f"sqlite:///{tmp_path}/a.db", synchronous="MAYBE; DROP")


def test_ping_answers(db: Database) -> None:
    db.ping()
    with db.read("T1") as store:
        assert store.workspace.get().workspace_id == "T1"


def test_reads_go_on_while_a_write_is_open(db: Database) -> None:
    run_with_items(db)
    seen = threading.Event()

    def read() -> None:
        with db.read("T1") as store:
            assert len(store.shows.list_recent()) == 1
        seen.set()

    with db.write("T1", Priority.QUEUE) as store:
        store.shows.add(show(1))
        reader = threading.Thread(target=read)
        reader.start()
        assert seen.wait(5)
        reader.join()


def test_sqlite_runs_with_the_settings_that_its_safety_needs(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "settings.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{path}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 1000}
    for unit in (db.read("T1"), db.write("T1")):
        with unit as store:
            for name, value in wanted.items():
                assert store._unit.connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
    db.close()
