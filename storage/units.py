"""One unit of work: a transaction's connection, bound to one workspace."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Insert, Select, Table, Update, bindparam, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.instrumentation import ClassManager, manager_of_class
from sqlalchemy.sql.dml import ReturningInsert
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
def _inserting_many(model: type[SQLModel]) -> ReturningInsert[tuple[int]]:
    table = table_of(model)
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


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


@lru_cache(256)
def _manager_of(statement: Executable) -> ClassManager[Any]:
    """What makes the statement's models; asking SQLAlchemy each time would cost as much as a small SELECT."""
    match statement:
        case Select():
            return manager_of_class(statement.column_descriptions[0]["entity"])
        case Update():
            return manager_of_class(statement.entity_description["entity"])
    raise TypeError(f"{type(statement).__name__} gives no models")


def detached(connection: Connection, statement: Executable, parameters: dict[str, Any]) -> list[Any]:
    """The models that a statement selects or returns, tied to no session.

    A session would give the same rows, but takes longer than the statement itself.
    """
    manager = _manager_of(statement)
    result = connection.execute(statement, parameters)
    names = tuple(result.keys())
    models = []
    for row in result.all():
        model = manager.new_instance()
        vars(model).update(zip(names, row, strict=True))
        models.append(model)
    return models


class Unit:
    """Rows go in and come out as detached copies: what a caller does to them stays with the caller."""

    def __init__(self, connection: Connection, workspace_id: str) -> None:
        self.connection = connection
        self.workspace_id = workspace_id

    def list_all(self, statement: Select[Row], **parameters: Any) -> list[Row]:
        parameters["in_workspace"] = self.workspace_id
        return detached(self.connection, statement, parameters)

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
        """New rows of one table, in as few statements as the database takes them."""
        if not rows:
            return []
        values = [{**values_of(row), "workspace_id": self.workspace_id} for row in rows]
        ids = self.connection.execute(_inserting_many(type(rows[0])), values).scalars()
        for row, row_id in zip(rows, ids, strict=True):
            setattr(row, "workspace_id", self.workspace_id)  # noqa: B010
            setattr(row, "id", row_id)  # noqa: B010
        return list(rows)

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
