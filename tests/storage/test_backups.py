"""Copies that can be trusted, and a restore that sends nothing twice."""

import json
import shutil
import sqlite3
import threading
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from storage.backups import backup, export, restore
from storage.databases import Database
from storage.engines import database_url, open_engine
from storage.errors import Full, NewerSchema, StorageError
from storage.schemas import head_revision, revision_in
from tests.storage.rows import NOON, add_work, event, person, run_with_items, workspace

HEAD = head_revision()


def stamp(url: str, revision: str) -> None:
    engine = open_engine(database_url(url), pool=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


def test_a_backup_restores_to_what_it_was(db: Database, url: str, tmp_path: Path) -> None:
    run_id, item_ids = run_with_items(db)
    result = backup(url, tmp_path / "saved" / "one.backup")
    assert (result.path.name, result.revision) == ("one.backup", HEAD)
    assert result.size == result.path.stat().st_size > 1000
    with db.write("T1") as store:
        store.people.upsert(person("U9"))
    db.workspaces.remove("T2")
    db.close()
    restored = restore(url, result.path)
    assert (restored.revision, restored.held) == (HEAD, 0)
    with db.read("T1") as store:
        assert [row.id for row in store.checklists.items_of(run_id)] == item_ids
        assert store.people.list_all() == []
    assert db.workspaces.get("T2").name == "T2"
    assert [path.name for path in result.path.parent.iterdir()] == ["one.backup"]


def test_after_a_restore_nothing_is_sent_by_itself(db: Database, url: str, tmp_path: Path) -> None:
    waiting = add_work(db, "reply:1:0", lane="L")
    nudge = add_work(db, "nudge:1", kind="nudge")
    job = add_work(db, "job:1", kind="job")
    leased = db.queue.claim(now=5000, real=5000, owner="me", lease_ms=9, limit=1, per_workspace=1)
    assert [row.id for row in leased] == [waiting]
    db.inbox.accept([event("a", 1), event("b", 2)])
    saved = backup(url, tmp_path / "saved.backup")
    db.close()
    assert restore(url, saved.path).held == 2
    assert db.inbox.claim(me="new", real=5000, lease_ms=9, limit=9) == []
    rows = db.queue.claim(now=5000, real=5000, owner="new", lease_ms=9, limit=9, per_workspace=9)
    assert [row.id for row in rows] == [job]
    with db.write("T1") as store:
        dead = store.work.list_dead()
        assert {row.id for row in dead} == {waiting, nudge}
        assert all("held by a restore" in str(row.error) for row in dead)
        assert store.work.revive(nudge)
    rows = db.queue.claim(now=5000, real=5000, owner="new", lease_ms=9, limit=9, per_workspace=9)
    assert [row.id for row in rows] == [nudge]


def test_a_backup_of_a_newer_schema_is_refused_and_changes_nothing(db: Database, url: str, tmp_path: Path) -> None:
    with db.write("T1") as store:
        store.people.upsert(person("U1"))
    stamp(url, "9999")
    saved = backup(url, tmp_path / "newer.backup")
    assert saved.revision == "9999"
    stamp(url, HEAD)
    db.close()
    with pytest.raises(NewerSchema):
        restore(url, saved.path)
    with db.read("T1") as store:
        assert store.people.get("U1").name == "U1"
    assert revision_in(database_url(url)) == HEAD


def test_a_file_that_is_no_backup_is_refused(db: Database, url: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.backup"
    wrong.write_bytes(b"not a backup" * 100)
    db.close()
    for source in (wrong, tmp_path / "missing.backup"):
        with pytest.raises(StorageError):
            restore(url, source)
    assert db.workspaces.get("T1").name == "T1"


def test_a_backup_under_writes_is_one_moment(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "busy.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}", synchronous="NORMAL")
    db.workspaces.add(workspace())
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            with db.write("T1") as store:
                number = len(written)
                store.people.upsert(person(f"U{number}"))
                store.memberships.put(f"U{number}", False, NOON)
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        results = [backup(f"sqlite:///{path}", tmp_path / f"{number}.db") for number in range(5)]
    finally:
        stop.set()
        writer.join(10)
    sizes = []
    for result in results:
        with sqlite3.connect(result.path) as copy:
            assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            people, members = (
                copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("person", "membership")
            )
            assert people == members
            sizes.append(people)
    assert sizes == sorted(sizes)
    assert len(written) > 5
    db.close()


def test_a_failed_backup_leaves_the_last_one(tmp_path: Path, sqlite_template: Path) -> None:
    target = tmp_path / "kept.db"
    backup(f"sqlite:///{sqlite_template}", target)
    before = target.read_bytes()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
    with pytest.raises(StorageError):
        backup(f"sqlite:///{damaged}", target)
    assert target.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"kept.db", "damaged.db"}


def test_an_old_log_does_not_leak_into_the_restored_database(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "callsheet.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    db.workspaces.add(workspace())
    saved = backup(f"sqlite:///{path}", tmp_path / "saved.db")
    with db.write("T1") as store:
        store.people.upsert(person("U1"))
    # A killed process leaves its log behind.
    log = path.with_name("callsheet.db-wal").read_bytes()
    db.close()
    path.with_name("callsheet.db-wal").write_bytes(log)
    restore(f"sqlite:///{path}", saved.path)
    with db.read("T1") as store:
        assert store.people.list_all() == []
        assert store.workspace.get().name == "T1"
    db.close()


def test_an_export_holds_every_table_and_no_secret(db: Database, url: str, tmp_path: Path) -> None:
    with db.write("T1") as store:
        own = store.workspace.get()
        own.token = "sealed-token"
        store.workspace.save(own)
        store.people.upsert(person("U1", "小周"))
        store.blobs.add(b"\x00bytes", name="a.bin", mime="x/y", created_at=NOON)
    db.inbox.accept([event("a")])
    add_work(db, "k")
    result = export(url, tmp_path / "export.zip")
    assert result.counts["person"] == 1
    assert (result.tables, result.rows) == (15, 6)
    with zipfile.ZipFile(result.path) as archive:
        assert len(archive.namelist()) == result.tables
        lines = {
            name: [json.loads(line) for line in archive.read(name).decode().splitlines()] for name in archive.namelist()
        }
    assert lines["person.jsonl"][0]["name"] == "小周"
    assert lines["person.jsonl"][0]["fetched_at"] == "2027-03-01T12:00:00+00:00"
    assert [row["workspace_id"] for row in lines["workspace.jsonl"]] == ["T1", "T2"]
    assert "token" not in lines["workspace.jsonl"][0]
    assert "content" not in lines["blob.jsonl"][0]
    with zipfile.ZipFile(export(url, tmp_path / "export.zip", blobs=True).path) as archive:
        assert json.loads(archive.read("blob.jsonl"))["content"] == "AGJ5dGVz"


def test_an_export_needs_this_versions_schema(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="migrate it"):
        export(empty_url, tmp_path / "export.zip")
    assert not (tmp_path / "export.zip").exists()


def test_copies_are_for_their_owner_only(tmp_path: Path, sqlite_template: Path) -> None:
    url = f"sqlite:///{sqlite_template}"
    for path in (backup(url, tmp_path / "a.db").path, export(url, tmp_path / "a.zip").path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_target_that_cannot_be_written_is_a_clear_refusal(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Full, match="could not be written"):
        backup(f"sqlite:///{sqlite_template}", tmp_path / "file" / "a.db")


@pytest.mark.postgres
def test_a_password_is_never_an_argument(postgres_url: str, tmp_path: Path) -> None:
    with_password = make_url(postgres_url).set(password="geheim:\\x")
    result = backup(with_password.render_as_string(hide_password=False), tmp_path / "a.dump")
    assert result.path.exists()
    wrong = with_password.set(username="nobody", database="missing")
    with pytest.raises(StorageError) as refused:
        backup(wrong.render_as_string(hide_password=False), tmp_path / "b.dump")
    assert "geheim" not in str(refused.value)
