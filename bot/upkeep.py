"""`callsheet migrate | backup | restore | export`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.places import DataDir, InUse, take_lock
from bot.settings import Refused, Settings, load_settings
from storage.errors import StorageError


def prepared(data: Path | None) -> tuple[Settings, DataDir]:
    settings = load_settings(data_dir=data)
    return settings, DataDir(settings.data_dir)


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def migrate_database(data: Path | None) -> int:
    """Schema to this version, after a backup of what there was."""
    from storage.migrate import migrate  # noqa: PLC0415

    settings, folder = prepared(data)
    try:
        result = migrate(settings.database, backup_to=folder.backups)
    except StorageError as error:
        raise Refused(str(error)) from error
    changed = "already at" if result.before == result.after else f"from {result.before or 'nothing'} to"
    print(f"The database is {changed} schema {result.after}.")
    return 0


def backup_database(data: Path | None, target: Path | None) -> int:
    from storage.backups import backup  # noqa: PLC0415

    settings, folder = prepared(data)
    suffix = "dump" if settings.on_postgres else "db"
    target = target or folder.backups / f"callsheet-{stamp()}.{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        result = backup(settings.database, target)
    except (StorageError, OSError) as error:
        raise Refused(str(error)) from error
    checked = "" if settings.on_postgres else ", checked"
    print(f"{result.path} ({result.size:,} bytes){checked}")
    return 0


def restore_database(data: Path | None, source: Path) -> int:
    """What waited to be sent is held back: it may have been sent after the backup was made."""
    from storage.backups import restore  # noqa: PLC0415

    settings, folder = prepared(data)
    try:
        take_lock(folder.lock_for(settings))
    except InUse as error:
        raise Refused(str(error)) from error
    try:
        result = restore(settings.database, source)
    except (StorageError, OSError) as error:
        raise Refused(str(error)) from error
    print(f"Restored from {source}. {result.held} deliveries that waited are held; `callsheet doctor` names them.")
    return 0


def export_database(data: Path | None, target: Path) -> int:
    from storage.backups import export  # noqa: PLC0415
    from storage.schemas import schema_state  # noqa: PLC0415

    settings, _ = prepared(data)
    try:
        if schema_state(settings.database).current is None:
            raise Refused("There is no database yet: `callsheet run` makes it. Nothing was exported.")
        result = export(settings.database, target)
    except (StorageError, OSError) as error:
        raise Refused(str(error)) from error
    print(f"{target}: {result.rows:,} rows of {result.tables} tables", file=sys.stdout)
    return 0
