"""Connections and transactions of both engines, and the translation of their errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Busy, Full, ReadOnly, StorageError
from storage.gates import Priority, WriteGate

Dialect = Literal["sqlite", "postgresql"]

# By SQLite's primary result code: BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
_SQLITE: dict[int, type[StorageError]] = {
    5: Busy,
    6: Busy,
    8: ReadOnly,
    10: Full,
    11: StorageError,
    13: Full,
    14: Full,
    26: StorageError,
}
_SQLITE_UNIQUE = {1555, 2067}
# By SQLSTATE: unique, serialization, deadlock, lock not available, cancelled by a timeout, read-only.
_PG: dict[str, type[StorageError]] = {
    "23505": Busy,
    "40001": Busy,
    "40P01": Busy,
    "55P03": Busy,
    "57014": Busy,
    "25006": ReadOnly,
}
# Classes: connection, insufficient resources, operator intervention, system error.
_PG_FULL = ("08", "53", "57P", "58")
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


def database_url(url: str) -> URL:
    """`sqlite:///path` or `postgresql://…` (psycopg 3); StorageError says what else is wrong."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError("The database URL must look like sqlite:///path or postgresql://host/name.") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StorageError("A SQLite database must be a file: sqlite:///path.")
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise StorageError(f"There is no support for {backend} databases: use sqlite:///path or postgresql://host/name.")


def sqlite_url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def dialect_of(url: URL) -> Dialect:
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"


def open_engine(
    url: URL,
    *,
    begin: str = "BEGIN IMMEDIATE",
    pragmas: tuple[str, ...] = (),
    pool: int = 5,
    busy_timeout_ms: int = 1000,
) -> Engine:
    """An engine whose transactions are real on SQLite too: its driver would open none for a SELECT."""
    if dialect_of(url) == "postgresql":
        return create_engine(url, pool_size=pool, max_overflow=5, pool_pre_ping=True, hide_parameters=True)
    # What people typed must not stand in a traceback.
    engine = create_engine(
        url, pool_size=pool, max_overflow=5, connect_args={"timeout": busy_timeout_ms / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Engines:
    """Transactions on one database: many readers, and writers behind the write gate on SQLite."""

    def __init__(self, url: str, *, pool: int, busy_timeout_ms: int, synchronous: str) -> None:
        self.url = database_url(url)
        self.dialect = dialect_of(self.url)
        if synchronous not in _SYNCHRONOUS:
            raise StorageError(f"synchronous must be one of {', '.join(_SYNCHRONOUS)}")
        if self.dialect == "sqlite":
            pragmas = (
                "journal_mode=WAL",
                "foreign_keys=ON",
                f"synchronous={synchronous}",
                "cache_size=-20000",
                "temp_store=MEMORY",
                "mmap_size=268435456",
            )
            self._writer = open_engine(self.url, pragmas=pragmas, pool=2, busy_timeout_ms=busy_timeout_ms)
            self._reader = open_engine(
                self.url,
                begin="BEGIN",
                pragmas=(*pragmas, "query_only=ON"),
                pool=pool,
                busy_timeout_ms=busy_timeout_ms,
            )
            self._gate: WriteGate | None = WriteGate()
        else:
            self._writer = open_engine(self.url, pool=pool)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._gate = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot; writing raises ReadOnly."""
        with translated(reading=True), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, priority: Priority) -> Iterator[Connection]:
        """Commits at the end, rolls back on any exception."""
        if self._gate is None:
            with translated(), self._writer.begin() as connection:
                yield connection
            return
        with self._gate.held(priority), translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        if self.dialect == "sqlite":
            self._optimize()
        self._reader.dispose()
        self._writer.dispose()

    def _optimize(self) -> None:
        # Statistics are a courtesy to the next start: a locked or full database keeps its old ones.
        with suppress(sqlite3.OperationalError, DBAPIError, PoolTimeout):
            connection = self._writer.raw_connection()
            try:
                connection.cursor().execute("PRAGMA optimize")
            finally:
                connection.close()


@contextmanager
def translated(*, reading: bool = False) -> Iterator[None]:
    """Turns the drivers' errors into storage's."""
    try:
        yield
    except DBAPIError as error:
        raise meaning(error, reading=reading) from error
    except PoolTimeout as error:
        raise Busy("all connections to the database are taken") from error


def meaning(error: DBAPIError, *, reading: bool = False) -> StorageError | SQLAlchemyError:
    """What a driver's error means to the caller; one that is our own mistake stays as it is."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        if code in _SQLITE_UNIQUE:
            return Busy(str(error.orig))
        return _meaning_of(error, _SQLITE.get(code & 0xFF), reading)
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate is None:
        unreachable = isinstance(error, OperationalError | InterfaceError)
        return _meaning_of(error, Full if unreachable else None, reading)
    if sqlstate.startswith(_PG_FULL):
        return _meaning_of(error, Full, reading)
    return _meaning_of(error, _PG.get(sqlstate), reading)


def _meaning_of(error: DBAPIError, kind: type[StorageError] | None, reading: bool) -> StorageError | SQLAlchemyError:
    if kind is None:
        return error
    if kind is ReadOnly and reading:
        return ReadOnly("a unit of work that only reads tried to write")
    if kind in (ReadOnly, Full):
        return Full(
            f"Nothing was saved: {error.orig}. Check that the database is reachable, that it may be written "
            "and that its disk has space left."
        )
    if kind is StorageError:
        return StorageError(f"The database file is damaged ({error.orig}). Restore the latest backup.")
    return kind(str(error.orig))
