"""Which schema a database has, and which ones this version knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, inspect, text

from storage.engines import database_url, dialect_of, open_engine, translated

# Alembic is loaded only where it is needed: it would cost every start a tenth of a second.
if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """`current` None: nothing there yet. `is_newer`: written by a version newer than this one."""

    current: str | None
    head: str
    is_newer: bool

    @property
    def is_current(self) -> bool:
        return self.current == self.head


def schema_state(url: str, *, migrations: Path = MIGRATIONS) -> SchemaState:
    current = revision_in(database_url(url))
    is_newer = current is not None and current not in known_revisions(migrations)
    return SchemaState(current, head_revision(migrations), is_newer)


def revision_in(url: URL) -> str | None:
    """The stamp in the database; None when it has no tables yet."""
    if dialect_of(url) == "sqlite" and not Path(str(url.database)).exists():
        return None
    engine = open_engine(url, begin="BEGIN", pool=1)
    try:
        with translated(), engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return revision
    finally:
        engine.dispose()


def known_revisions(migrations: Path = MIGRATIONS) -> set[str]:
    return {script.revision for script in _scripts(migrations).walk_revisions()}


def head_revision(migrations: Path = MIGRATIONS) -> str:
    return str(_scripts(migrations).get_current_head())


def _scripts(migrations: Path) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory.from_config(config_of(migrations))


def config_of(migrations: Path) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
