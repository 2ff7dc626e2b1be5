"""A stage per test; the tables are made once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.core.router import Router
from handlers.registry import FEATURES
from storage.databases import Database
from storage.migrate import migrate
from tests.handlers.stage import Stage


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("handlers") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def router() -> Router:
    return Router(FEATURES)


@pytest.fixture
def bare(empty_database: Path, tmp_path: Path, router: Router) -> Iterator[Stage]:
    """A database with tables and nothing in them."""
    path = tmp_path / "stage.db"
    shutil.copy(empty_database, path)
    database = Database(f"sqlite:///{path}", synchronous="NORMAL")
    yield Stage(database, router)
    database.close()


@pytest.fixture
def stage(bare: Stage) -> Stage:
    """The team at 18:00, no show planned."""
    bare.seed()
    return bare
