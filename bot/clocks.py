"""The product's clock: real time plus the offset that rests in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.clock import ClockRow


def millis(at: datetime) -> int:
    """An instant as whole milliseconds UTC, as the queue counts."""
    return int(at.timestamp() * 1000)


def instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


class SystemClock:
    """Both readings of the clock port. `refresh` re-reads the offset, which another process may have moved.

    Outside a trial (`movable` False) the offset is 0 and cannot be set.
    """

    def __init__(self, row: ClockRow, *, movable: bool = True) -> None:
        self._row = row
        self._movable = movable
        self._offset = timedelta()
        self.refresh()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def real(self) -> datetime:
        return datetime.now(UTC)

    def refresh(self) -> bool:
        """Whether the offset had changed since last read."""
        before = self._offset
        if self._movable:
            self._offset = timedelta(milliseconds=self._row.offset_ms())
        return before != self._offset

    def move_to(self, at: datetime) -> None:
        """Product time is `at` from now on. Only a trial's workspace calls this."""
        if not self._movable:
            raise ValueError("only a trial's clock can be moved")
        offset = at - self.real()
        self._row.set_offset_ms(round(offset / timedelta(milliseconds=1)))
        self._offset = offset
