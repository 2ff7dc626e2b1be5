"""The data directory: what persists, the lock of the one process that may run, the key for secrets at rest."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from bot.settings import Refused, Settings
from storage.secrets import SecretBox


class InUse(Exception):
    """Another Callsheet works on this data directory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another Callsheet is running on {folder}: stop it, or choose another --data directory.")


class DataDir:
    """`callsheet.db`, `workspace.db`, `backups/`, `lock`, `secret.key` and `workspace.env` live here."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(f"{path} cannot be the data directory: {error.strerror}. Choose another --data.") from error
        self.backups = self.path / "backups"
        self.environment = self.path / "workspace.env"
        self.workspace_lock = self.path / "workspace.lock"

    def lock_for(self, settings: Settings) -> Path:
        """The bot's lock: it guards the SQLite file, wherever that lies."""
        file = settings.sqlite_file
        if file is None or file.parent == self.path:
            return self.path / "lock"
        return file.with_name(f"{file.name}.lock")

    def is_locked(self, settings: Settings) -> bool:
        """Whether a bot runs on this data now."""
        try:
            os.close(take_lock(self.lock_for(settings)))
        except InUse:
            return True
        return False

    def secret_box(self, settings: Settings) -> SecretBox:
        """The key of the settings, else of `secret.key`, which is made at the first start (0600)."""
        given = settings.secret_key.get_secret_value()
        return SecretBox(given or self._kept_key())

    def _kept_key(self) -> str:
        path = self.path / "secret.key"
        if not path.exists():
            self._make_key(path)
        return path.read_text(encoding="ascii").strip()

    def _make_key(self, path: Path) -> None:
        """Two first starts at once agree on one key: the link fails for the second."""
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        write_private(draft, SecretBox.new_key())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()


def take_lock(path: Path) -> int:
    """Held until the process ends or the returned descriptor is closed; InUse when another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise InUse(path.parent) from error
    return descriptor


def write_private(path: Path, text: str) -> None:
    """A file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    path.chmod(0o600)
