"""What the workspace asks of the bot's side: the product clock, what is due, and whether it is at rest."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Backstage(Protocol):
    """Synchronous; the workspace calls every method from a worker thread."""

    def now(self) -> datetime:
        """The product clock: real time plus the stored offset (aware, UTC)."""
        ...

    def move_clock(self, to: datetime) -> None:
        """Write the offset so that `now() == to`; the bot notices by itself."""
        ...

    def next_due_at(self) -> datetime | None:
        """The earliest product instant after `now()` at which something is due."""
        ...

    def waiting(self) -> list[str]:
        """Why the bot is not at rest, one readable reason each; empty at rest."""
        ...

    def fired(self) -> int:
        """Rows of work run so far; never falls."""
        ...

    def seed_name(self) -> str: ...

    def reset(self, seed: str | None) -> None:
        """Back to the seed, the clock too. PermissionError when the database bears no seed mark."""
        ...
