"""The schema: made from nothing, brought up to date once, never half."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Inspector, inspect, text

from storage.databases import Database
from storage.engines import database_url, open_engine
from storage.errors import NewerSchema, StorageError
from storage.migrate import MigrationResult, migrate
from storage.schemas import MIGRATIONS, head_revision, schema_state
from storage.types import metadata
from tests.storage.rows import run_with_items, workspace

HEAD = head_revision()

ADDS_A_COLUMN = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("show") as show:
        show.add_column(sa.Column("note", sa.String(), nullable=False, server_default="none"))
    {then}


def downgrade():
    pass
"""


def with_connection(url: str) -> Connection:
    return open_engine(database_url(url), pool=1).connect()


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A copy of ours, to which a test adds a next one."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_migration(folder: Path, then: str = "") -> None:
    path = folder / "versions" / "9001_next.py"
    path.write_text(ADDS_A_COLUMN.format(head=HEAD, then=then))


def test_from_nothing_to_this_version_and_then_nothing_to_do(empty_url: str) -> None:
    assert schema_state(empty_url).current is None
    assert migrate(empty_url) == MigrationResult(None, HEAD)
    assert migrate(empty_url) == MigrationResult(HEAD, HEAD)
    state = schema_state(empty_url)
    assert (state.current, state.head, state.is_current, state.is_newer) == (HEAD, HEAD, True, False)
    db = Database(empty_url)
    db.workspaces.add(workspace())
    run_with_items(db)
    db.close()


def test_the_migrations_make_what_the_tables_declare(url: str) -> None:
    with with_connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def _conditions(inspector: Inspector, table: str) -> dict[str, str]:
    """WHERE of each partial index and the text of each CHECK, which autogenerate does not compare."""
    found = {}
    for index in inspector.get_indexes(table):
        options = index.get("dialect_options", {})
        where = options.get("sqlite_where", options.get("postgresql_where"))
        if where is not None:
            found[str(index["name"])] = str(where)
    for check in inspector.get_check_constraints(table):
        found[str(check["name"])] = str(check["sqltext"])
    return found


def test_conditions_are_those_that_the_tables_declare(url: str, tmp_path: Path) -> None:
    """Autogenerate misses a changed WHERE or CHECK, so both are read back from a database made each way."""
    with with_connection(url) as connection:
        migrated = {table: _conditions(inspect(connection), table) for table in metadata.tables}
        if connection.dialect.name == "postgresql":
            connection.execute(text("CREATE SCHEMA declared"))
            connection.execute(text("SET LOCAL search_path TO declared"))
            metadata.create_all(connection)
            declared = {table: _conditions(inspect(connection), table) for table in metadata.tables}
            connection.rollback()
        else:
            with with_connection(f"sqlite:///{tmp_path / 'declared.db'}") as other:
                metadata.create_all(other)
                declared = {table: _conditions(inspect(other), table) for table in metadata.tables}
    assert migrated == declared
    assert len(migrated["work"]) == 8


def test_every_table_belongs_to_a_workspace_and_its_keys_start_there() -> None:
    for table in metadata.sorted_tables:
        if table.name == "clock_offset":
            continue
        assert "workspace_id" in table.c, table.name
        assert not table.c.workspace_id.nullable
        primary = [column.name for column in table.primary_key]
        assert primary[0] in ("workspace_id", "id"), table.name
        for index in table.indexes:
            if index.unique:
                assert next(iter(index.columns)).name == "workspace_id", index.name


def test_a_newer_schema_is_refused_and_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    with with_connection(empty_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    assert schema_state(empty_url).is_newer
    with pytest.raises(NewerSchema, match="9999"):
        migrate(empty_url)
    assert schema_state(empty_url).current == "9999"


def test_a_migration_keeps_the_rows_and_their_children(empty_url: str, migrations: Path) -> None:
    migrate(empty_url)
    db = Database(empty_url)
    db.workspaces.add(workspace())
    _, item_ids = run_with_items(db)
    db.close()
    add_migration(migrations)
    assert migrate(empty_url, migrations=migrations) == MigrationResult(HEAD, "9001")
    with with_connection(empty_url) as connection:
        assert connection.execute(text("SELECT note FROM show")).scalar_one() == "none"
        assert connection.execute(text("SELECT count(*) FROM checklist_item")).scalar_one() == len(item_ids)
        assert "ck_show_state" in _conditions(inspect(connection), "show")


def test_a_failed_migration_leaves_nothing_behind(empty_url: str, migrations: Path) -> None:
    migrate(empty_url)
    add_migration(migrations, then="raise RuntimeError('halfway')")
    with pytest.raises(RuntimeError, match="halfway"):
        migrate(empty_url, migrations=migrations)
    assert schema_state(empty_url).current == HEAD
    with with_connection(empty_url) as connection:
        assert "note" not in {column["name"] for column in inspect(connection).get_columns("show")}


def test_sqlite_is_saved_first_and_orphans_stop_a_migration(
    tmp_path: Path, sqlite_template: Path, migrations: Path
) -> None:
    path = tmp_path / "callsheet.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    db = Database(url)
    db.workspaces.add(workspace())
    run_with_items(db)
    db.close()
    add_migration(migrations, then="op.execute('DELETE FROM checklist_run')")
    with pytest.raises(StorageError, match="checklist_item"):
        migrate(url, migrations=migrations, backup_to=tmp_path / "backups")
    assert schema_state(url).current == HEAD
    add_migration(migrations)
    result = migrate(url, migrations=migrations, backup_to=tmp_path / "backups")
    assert result.backup is not None
    assert schema_state(f"sqlite:///{result.backup}").current == HEAD
    assert migrate(url, migrations=migrations, backup_to=tmp_path / "backups").backup is None
