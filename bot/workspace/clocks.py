"""The workspace's reading of the product clock, and the rising `ts` of its messages."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bot.workspace.backstage import Backstage

MICROS = 1_000_000


class WorkspaceClock:
    """Keeps the offset between real and product time, so that a reading costs no query.

    Only the workspace moves the product clock, so the offset is read again after each of its own moves.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._offset = timedelta(0)
        self._last = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    async def refresh(self) -> datetime:
        product = await asyncio.to_thread(self._backstage.now)
        self._offset = product - datetime.now(UTC)
        return product

    def real_s(self) -> float:
        """Seconds that nothing moves, for deadlines."""
        return time.monotonic()

    def rise_from(self, ts: str | None) -> None:
        """Make every later `ts` greater than this one; None starts afresh."""
        self._last = int(ts.replace(".", "")) if ts else 0

    def next_ts(self) -> str:
        micros = int(self.now().timestamp() * MICROS)
        self._last = max(micros, self._last + 1)
        return f"{self._last // MICROS}.{self._last % MICROS:06d}"
