"""An export that people and other programs can read: a zip of JSON lines, one file per table."""

import base64
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from storage.engines import Engines
from storage.errors import StorageError
from storage.files import replacing
from storage.schemas import schema_state
from storage.tables import Blob, Workspace
from storage.types import metadata
from storage.units import table_of

_SECRET = table_of(Workspace).c.token
_BYTES = table_of(Blob).c.content


@dataclass(frozen=True, slots=True)
class ExportResult:
    """`counts`: how many rows of each table."""

    path: Path
    counts: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def tables(self) -> int:
        return len(self.counts)


def export(url: str, target: Path, *, blobs: bool = False) -> ExportResult:
    """Writes `<table>.jsonl` for every table from one snapshot; instants in ISO 8601, UTC.

    Sealed tokens are left out; the bytes of blobs too unless `blobs` (then in base64).
    """
    state = schema_state(url)
    if not state.is_current:
        raise StorageError(f"The database has schema {state.current}; migrate it to {state.head} before an export.")
    counts: dict[str, int] = {}
    engines = Engines(url, pool=1, busy_timeout_ms=1000, synchronous="FULL")
    try:
        with (
            replacing(target) as partial,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
            engines.read() as connection,
        ):
            for table in metadata.sorted_tables:
                counts[table.name] = _write_table(archive, connection, table, blobs)
    finally:
        engines.close()
    return ExportResult(target, counts)


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table, blobs: bool) -> int:
    left_out = {_SECRET} if blobs else {_SECRET, _BYTES}
    columns = [column for column in table.c if column not in left_out]
    statement = select(*columns).order_by(*table.primary_key)
    count = 0
    with archive.open(f"{table.name}.jsonl", "w") as lines:
        result = connection.execution_options(yield_per=500).execute(statement)
        for row in result.mappings():
            lines.write(_line(row))
            count += 1
    return count


def _line(row: Mapping[Any, Any]) -> bytes:
    return (json.dumps(dict(row), ensure_ascii=False, default=_plain) + "\n").encode("utf-8")


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"cannot export a {type(value).__name__}")
