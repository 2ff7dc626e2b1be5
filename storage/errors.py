"""What storage refuses, in words that the edge can act on."""


class StorageError(Exception):
    """Anything that storage could not do."""


class NotFound(StorageError):
    """No row of that kind under that key in this workspace."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key!r}")
        self.what = what
        self.key = key


class LostRace(StorageError):
    """Somebody else was faster; run the unit of work again on fresh data."""


class Conflict(LostRace):
    """The version that the caller had seen is stale."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"{what} {key!r} has changed since it was read")
        self.what = what
        self.key = key


class Busy(LostRace):
    """Locked, deadlock, serialization failure, or a unique key taken meanwhile."""


class LeaseLost(StorageError):
    """The row is no longer ours: its lease ended and another worker holds it. Not to be run again."""


class Full(StorageError):
    """The disk is full, read-only, or the database cannot be reached; nothing was changed."""


class ReadOnly(StorageError):
    """A unit of work opened for reading tried to write."""


class SecretError(StorageError):
    """A secret cannot be sealed or opened."""


class NewerSchema(StorageError):
    """The database was written by a newer Callsheet."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has schema {revision}, which this version does not know. "
            "Install the newer Callsheet that wrote it, or restore an older backup."
        )
        self.revision = revision
