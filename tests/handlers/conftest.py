"""A stage per test; the tables and the team are made once and copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.core.router import Router
from handlers.registry import FEATURES
from storage.migrate import migrate
from storage.tables import Show
from tests.handlers.evening import tick_what_is_due
from tests.handlers.stage import Stage, open_stage


@pytest.fixture(scope="session")
def router() -> Router:
    return Router(FEATURES)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def seeded(empty: Path, tmp_path_factory: pytest.TempPathFactory, router: Router) -> Path:
    """The team, and nothing planned."""
    path = tmp_path_factory.mktemp("seeded") / "seeded.db"
    with open_stage(empty, path, router) as stage:
        stage.seed()
    return path


@pytest.fixture
def bare(empty: Path, tmp_path: Path, router: Router) -> Iterator[Stage]:
    """Nobody is there yet."""
    with open_stage(empty, tmp_path / "stage.db", router) as stage:
        yield stage


@pytest.fixture
def stage(seeded: Path, tmp_path: Path, router: Router) -> Iterator[Stage]:
    """18:00, no show planned."""
    with open_stage(seeded, tmp_path / "stage.db", router) as stage:
        yield stage


@pytest.fixture
def show(stage: Stage) -> Show:
    """Tonight at 20:00; it is 18:00, and two things are late."""
    planned = stage.plan("秋冬新品专场", "2026-11-22", "20:00", "23:00")
    tick_what_is_due(stage, planned, "S20", "S22")
    return planned
