"""Copies of the database: online backup, restore, and an export that people can read."""

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, update

from storage.engines import database_url, dialect_of, open_engine, sqlite_url, translated
from storage.errors import NewerSchema, StorageError
from storage.exports import ExportResult, export
from storage.files import replacing
from storage.leases import LEASED, PENDING
from storage.schemas import known_revisions, revision_in
from storage.tables import InboxRow, WorkRow
from storage.units import table_of

__all__ = ["BackupResult", "ExportResult", "RestoreResult", "backup", "export", "restore"]

_W = table_of(WorkRow)
_N = table_of(InboxRow)
_HELD_NOTE = "held by a restore: it may have been sent after the backup was made"
_HOLD = (
    update(_W)
    .where(_W.c.state.in_((PENDING, LEASED)), _W.c.kind.in_(("deliver", "nudge")))
    .values(state="dead", owner=None, lease_until=None, error=_HELD_NOTE)
)
# An event from then would be answered now, and its turn may have run after the backup was made.
_CLOSE = (
    update(_N)
    .where(_N.c.state.in_(("new", "running")))
    .values(state="failed", owner=None, lease_until=None, payload={}, result={"note": _HELD_NOTE})
)
_RELEASE = update(_W).where(_W.c.state == LEASED).values(state="pending", owner=None, lease_until=None)


@dataclass(frozen=True, slots=True)
class BackupResult:
    """`size` in bytes; `revision` of the schema inside, None when it is empty."""

    path: Path
    size: int
    revision: str | None


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """`held`: deliveries that wait for an admin, because they may have been sent already."""

    revision: str | None
    held: int


def backup(url: str, target: Path) -> BackupResult:
    """Saves a consistent copy while others write; `target` appears whole or not at all.

    SQLite: a database file, checked. PostgreSQL: pg_dump's custom format.
    """
    parsed = database_url(url)
    with replacing(target) as partial:
        if dialect_of(parsed) == "sqlite":
            _copy_sqlite(_existing(Path(str(parsed.database))), partial)
            revision = revision_in(sqlite_url(partial))
        else:
            revision = revision_in(parsed)
            with _libpq(parsed) as server:
                _run_pg("pg_dump", "-Fc", "-f", str(partial), "-d", server)
    return BackupResult(target, target.stat().st_size, revision)


def restore(url: str, source: Path) -> RestoreResult:
    """Puts a backup in place of the database, which nobody may have open.

    Pending deliveries and nudges become dead with a note, so that nothing is sent twice unseen; an
    admin revives those that are still wanted. Events that waited are not answered any more. A backup of
    a newer schema is refused (NewerSchema) and leaves the database as it was; an older one is restored
    as it is, to be migrated at the next start.
    """
    parsed = database_url(url)
    _existing(source)
    if dialect_of(parsed) == "sqlite":
        return _restore_sqlite(Path(str(parsed.database)), source)
    return _restore_pg(parsed, source)


def _restore_sqlite(path: Path, source: Path) -> RestoreResult:
    with replacing(path) as partial:
        _copy_sqlite(source, partial)
        copy = sqlite_url(partial)
        revision = _known(revision_in(copy))
        held = _hold(copy) if revision is not None else 0
        # What the old database still had in its log must not be replayed into the new one.
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    return RestoreResult(revision, held)


def _restore_pg(url: URL, source: Path) -> RestoreResult:
    stamp = _run_pg("pg_restore", "--data-only", "-t", "alembic_version", "-f", "-", str(source))
    rows = stamp.partition("FROM stdin;\n")[2].splitlines()
    revision = _known(rows[0] if rows and rows[0] != "\\." else None)
    whole = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    with _libpq(url) as server:
        _run_pg("pg_restore", *whole, "-d", server, str(source))
    return RestoreResult(revision, _hold(url) if revision is not None else 0)


def _known(revision: str | None) -> str | None:
    if revision is not None and revision not in known_revisions():
        raise NewerSchema(revision)
    return revision


def _hold(url: URL) -> int:
    engine = open_engine(url, pool=1)
    try:
        with translated(), engine.begin() as connection:
            held = connection.execute(_HOLD).rowcount
            connection.execute(_RELEASE)
            connection.execute(_CLOSE)
            return held
    finally:
        engine.dispose()


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise StorageError(f"There is no file {path}.")
    return path


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            # In one step: between steps a writer would have to wait.
            old.backup(new, pages=-1)
            new.execute("PRAGMA journal_mode=DELETE")
            found = new.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{source} could not be copied: {error}.") from error
    if found != "ok":
        raise StorageError(f"{source} is damaged: {found}.")


@contextmanager
def _libpq(url: URL) -> Iterator[str]:
    """The URL for PostgreSQL's programs; the password goes by a file, as anybody may read arguments."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    if url.password is None:
        yield bare.render_as_string()
        return
    with tempfile.NamedTemporaryFile("w", prefix="callsheet-") as passfile:
        escaped = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
        passfile.write(f"*:*:*:*:{escaped}\n")
        passfile.flush()
        yield bare.update_query_dict({"passfile": passfile.name}).render_as_string()


def _run_pg(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise StorageError(f"{program} was not found: install PostgreSQL's client programs.")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise StorageError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout
