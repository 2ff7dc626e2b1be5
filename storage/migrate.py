"""The schema's migrations, run once at a time whoever starts first."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlalchemy import URL, Connection, text

from storage.backups import backup
from storage.engines import database_url, dialect_of, open_engine, translated
from storage.errors import Full, NewerSchema, StorageError
from storage.schemas import MIGRATIONS, config_of, schema_state

# Any number that no other program takes on this server: "callsheet" on a telephone's keys.
_ADVISORY_LOCK = 225574338


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """Schema revisions; `before` None: the database was empty. `backup`: the file that was saved first."""

    before: str | None
    after: str
    backup: Path | None = None


def migrate(url: str, *, backup_to: Path | None = None, migrations: Path = MIGRATIONS) -> MigrationResult:
    """Brings the schema up to date, all of it or nothing.

    `backup_to`: the folder in which a SQLite database is saved before it is changed. NewerSchema when a newer
    version wrote it; Full or Busy when it cannot be reached or locked.
    """
    parsed = database_url(url)
    with translated(), _one_at_a_time(parsed):
        state = schema_state(url, migrations=migrations)
        if state.is_newer:
            raise NewerSchema(str(state.current))
        if state.is_current:
            return MigrationResult(state.head, state.head)
        saved = None
        if backup_to is not None and state.current is not None and dialect_of(parsed) == "sqlite":
            saved = backup(url, backup_to / f"before-{state.head}-from-{state.current}.db").path
        _upgrade(parsed, migrations)
        return MigrationResult(state.current, state.head, saved)


def _upgrade(url: URL, migrations: Path) -> None:
    from alembic import command  # noqa: PLC0415

    config = config_of(migrations)
    # Re-creating a parent table would delete its children, and the switch is ignored inside a transaction.
    engine = open_engine(url, pragmas=("journal_mode=WAL", "foreign_keys=OFF"), pool=1)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_foreign_keys(connection)
    finally:
        engine.dispose()


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StorageError(f"The migration would leave rows of {broken[0]} without their {broken[2]}.")


def _lock_file(database: Path) -> TextIO:
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        return database.with_name(f"{database.name}.migrate").open("w")
    except OSError as error:
        raise Full(f"Nothing was saved: {database.parent} cannot be written ({error.strerror}).") from error


@contextmanager
def _one_at_a_time(url: URL) -> Iterator[None]:
    with ExitStack() as stack:
        if dialect_of(url) == "sqlite":
            lock = stack.enter_context(_lock_file(Path(str(url.database))))
            fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            engine = open_engine(url, pool=1)
            stack.callback(engine.dispose)
            connection = stack.enter_context(engine.connect())
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
            # The lock belongs to the session; no transaction stays open beside the migration.
            connection.commit()
        yield
