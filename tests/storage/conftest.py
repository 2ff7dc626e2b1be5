"""One suite, two engines: every test that asks for `url` or `db` runs on SQLite and on PostgreSQL."""

import multiprocessing
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, make_url, text

from storage.databases import Database
from storage.engines import database_url, open_engine
from storage.gates import Priority
from storage.migrate import migrate
from storage.tables import Workspace
from storage.units import table_of, values_of
from tests.storage.rows import workspace

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url(postgres_url), pool=1).execution_options(isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Engine) -> Iterator[str]:
    with postgres_database(postgres_server) as url:
        migrate(url)
        yield str(make_url(url).database)


class postgres_database:  # noqa: N801
    """A database of its own on the server, copied from `template`, gone afterwards; gives its URL."""

    def __init__(self, server: Engine, template: str = "template1") -> None:
        self._server = server
        self._template = template
        self._name = f"t_{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> str:
        self._run(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        return self._server.url.set(database=self._name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        self._run(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(params=ENGINES, scope="module")
def module_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("storage") / "callsheet.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture(scope="module")
def module_db(module_url: str) -> Iterator[Database]:
    """Shared, because a new one would compile every statement anew."""
    database = Database(module_url, synchronous="NORMAL")
    yield database
    database.close()


@pytest.fixture
def db(module_db: Database) -> Database:
    """A migrated database with two teams, T1 and T2, and nothing else."""
    with module_db._engines.write(Priority.TURN) as connection:
        connection.execute(text("DELETE FROM workspace"))
        connection.execute(text("DELETE FROM clock_offset"))
        connection.execute(insert(table_of(Workspace)), [values_of(workspace("T1")), values_of(workspace("T2"))])
    return module_db


@pytest.fixture
def url(db: Database, module_url: str) -> str:
    """The address of `db`."""
    return module_url


@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two processes of their own, which share nothing with the test."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
