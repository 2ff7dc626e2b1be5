"""The clock port. Two readings: what the team lives by, and what machines wait by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """Product time, aware UTC: due times, days, all that a person sees. A trial may move it."""

    def real(self) -> datetime:
        """Real time, aware UTC: leases, gates, back-off, openers, HTTP deadlines. Nothing moves it."""


class FakeClock:
    """A clock for tests; moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._real = start.astimezone(UTC)
        self.offset = timedelta()

    def now(self) -> datetime:
        return self._real + self.offset

    def real(self) -> datetime:
        return self._real

    def advance(self, by: timedelta) -> None:
        """Both readings go on, as time does."""
        self._real += by

    def jump(self, by: timedelta) -> None:
        """Product time alone leaps, as a moved trial clock does."""
        self.offset += by


def business_day(at: datetime, cut_minutes: int) -> tuple[datetime, datetime]:
    """Start and end of the team's day around `at` (local, aware); a day ends at the cut-off, not at midnight.

    `cut_minutes` are minutes past midnight (360 = 06:00). Days are wall days of `at`'s zone.
    """
    shifted = at.replace(tzinfo=None) - timedelta(minutes=cut_minutes)
    start = datetime.combine(shifted.date(), datetime.min.time()) + timedelta(minutes=cut_minutes)
    return start.replace(tzinfo=at.tzinfo), (start + timedelta(days=1)).replace(tzinfo=at.tzinfo)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a naive wall time; None when a clock change leaves it out. Said twice, it means the first."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == wall else None
