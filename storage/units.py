"""One unit of work: a transaction's connection, bound to one workspace."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Insert, Select, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from storage.errors import NotFound
from storage.types import metadata

Row = TypeVar("Row", bound=SQLModel)


@cache
def table_of(model: type[SQLModel]) -> Table:
    return metadata.tables[str(model.__tablename__)]


def here(model: type[Row], **equal: str) -> Select[Row]:
    """SELECT the model's rows of the unit's workspace; `equal` names columns and their parameters."""
    columns = table_of(model).c
    return select(model).where(
        columns.workspace_id == bindparam("in_workspace"),
        *(columns[column] == bindparam(parameter) for column, parameter in equal.items()),
    )


@cache
def _inserting(model: type[SQLModel]) -> Insert:
    table = table_of(model)
    statement = insert(table)
    return statement.returning(table.c.id) if "id" in table.c else statement


@cache
def _upserting(model: type[SQLModel], key: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    table = table_of(model)
    # PostgreSQL's form of INSERT … ON CONFLICT compiles for SQLite as well.
    statement = postgresql.insert(table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.c
        if column.name not in (*key, *keep, "id", "workspace_id")
    }
    statement = statement.on_conflict_do_update(index_elements=("workspace_id", *key), set_=changed)
    return statement.returning(table.c.id) if "id" in table.c else statement


def values_of(row: SQLModel) -> dict[str, Any]:
    """Every column but an `id` that the database has still to give."""
    values = {column.name: getattr(row, column.name) for column in table_of(type(row)).c}
    if values.get("id", 0) is None:
        del values["id"]
    return values


def detached(connection: Connection, statement: Executable, parameters: dict[str, Any]) -> list[Any]:
    """The models that a statement selects or returns, tied to no session."""
    session = Session(connection, autoflush=False, expire_on_commit=False)
    rows = list(session.scalars(statement, parameters, execution_options={"synchronize_session": False}))
    session.expunge_all()
    return rows


class Unit:
    """Rows go in and come out as detached copies: what a caller does to them stays with the caller."""

    def __init__(self, connection: Connection, workspace_id: str) -> None:
        self.connection = connection
        self.workspace_id = workspace_id
        self._session = Session(connection, autoflush=False, expire_on_commit=False)

    def list_all(self, statement: Select[Row], **parameters: Any) -> list[Row]:
        parameters["in_workspace"] = self.workspace_id
        rows = list(self._session.scalars(statement, parameters))
        # Kept in the session, a second SELECT would hand out the first one's stale row.
        self._session.expunge_all()
        return rows

    def find(self, statement: Select[Row], **parameters: Any) -> Row | None:
        rows = self.list_all(statement, **parameters)
        return rows[0] if rows else None

    def get(self, what: str, key: object, statement: Select[Row], /, **parameters: Any) -> Row:
        row = self.find(statement, **parameters)
        if row is None:
            raise NotFound(what, key)
        return row

    def scalar(self, statement: Executable, **parameters: Any) -> Any:
        parameters["in_workspace"] = self.workspace_id
        return self.connection.execute(statement, parameters).scalar()

    def run(self, statement: Executable, **parameters: Any) -> int:
        """How many rows it touched."""
        parameters["in_workspace"] = self.workspace_id
        return self.connection.execute(statement, parameters).rowcount

    def insert(self, row: Row) -> Row:
        """The same row, with its workspace and id filled in."""
        return self._put(_inserting(type(row)), row)

    def insert_all(self, rows: Sequence[Row]) -> list[Row]:
        return [self.insert(row) for row in rows]

    def upsert(self, row: Row, key: tuple[str, ...], keep: tuple[str, ...] = ()) -> Row:
        """Inserts, or overwrites all but `key` and `keep` of the row that has this key."""
        return self._put(_upserting(type(row), key, keep), row)

    def _put(self, statement: Insert, row: Row) -> Row:
        values = values_of(row)
        values["workspace_id"] = self.workspace_id
        result = self.connection.execute(statement, values)
        setattr(row, "workspace_id", self.workspace_id)  # noqa: B010
        if result.returns_rows:
            setattr(row, "id", result.scalar_one())  # noqa: B010
        return row
