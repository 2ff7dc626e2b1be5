"""When a show may stand on the calendar. No clock, no database: values in, a decision out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from handlers.core.clock import instant_of
from handlers.core.datafiles import read_data
from handlers.core.tonight import FARTHEST
from handlers.core.vocabulary import visible
from handlers.core.voices import N_, Voice

LONGEST_THEME = 80
NOON = time(12)
USUAL_START, USUAL_END = time(20), time(23)


class SellingPlatform(BaseModel):
    """Where a show goes on air; `key` is what rows say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    zh: str
    en: str


class PlatformFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    platforms: tuple[SellingPlatform, ...]


PLATFORMS: Mapping[str, SellingPlatform] = {
    platform.key: platform for platform in read_data("handlers.shows", "platforms.json", PlatformFile).platforms
}


def platform_name(voice: Voice, key: str) -> str:
    platform = PLATFORMS.get(key)
    return voice.pick(platform.zh, platform.en) if platform else key


@dataclass(frozen=True, slots=True)
class Plan:
    """A show that may be added; wall times are of the team's zone, `start` and `end` without one."""

    theme: str
    platform: str
    start: datetime
    end: datetime
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in."""

    theme: str
    on: str
    start: str
    end: str
    platform: str


def tidy_theme(theme: str) -> str:
    """One line, without what cannot be seen."""
    return " ".join(visible(theme).split())


def parse_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def parse_time(value: str) -> time | None:
    try:
        return time.fromisoformat(value.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def end_wall(start: datetime, end: time) -> datetime | None:
    """The end on the show's own clock; None when it lies before the start.

    An end in the night or the morning belongs to the next day: shows run past midnight, up to 24 hours.
    """
    same_day = datetime.combine(start.date(), end)
    if same_day > start:
        return same_day
    return same_day + timedelta(days=1) if end < NOON else None


def faults(asked: Asked, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """What is wrong with what was asked, at its inputs: `{input key: msgid}`; {} when nothing is."""
    found: dict[str, str] = {}
    theme = tidy_theme(asked.theme)
    if not theme:
        found["theme"] = N_("Give the show a theme.")
    elif len(theme) > LONGEST_THEME:
        found["theme"] = N_("That is too long: 80 characters at most.")
    if asked.platform not in PLATFORMS:
        found["platform"] = N_("Choose a platform from the list.")
    on, start, end = parse_date(asked.on), parse_time(asked.start), parse_time(asked.end)
    if on is None:
        found["date"] = N_("Give a date, like 2026-11-28.")
    if start is None:
        found["start"] = N_("Give a time, like 20:00.")
    if end is None:
        found["end"] = N_("Give a time, like 23:00.")
    if on and start and end:
        found.update(time_faults(datetime.combine(on, start), end, now, zone))
    return found


def time_faults(start: datetime, end: time, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    start_at, ends = instant_of(start, zone), end_wall(start, end)
    if start_at is None:
        return {"start": N_("That time does not exist on that day: the clocks change.")}
    if start_at <= now:
        today = start.date() >= now.astimezone(zone).date()
        return {"start" if today else "date": N_("That is in the past.")}
    if start_at > now + FARTHEST:
        return {"date": N_("That is more than a year ahead: check the year.")}
    if ends is None:
        return {"end": N_("The end is before the start.")}
    if instant_of(ends, zone) is None:
        return {"end": N_("That time does not exist on that day: the clocks change.")}
    return {}


def settled(asked: Asked, zone: ZoneInfo) -> Plan:
    """The plan of a form without faults; ValueError where there are some."""
    on, begins, ends = parse_date(asked.on), parse_time(asked.start), parse_time(asked.end)
    if on is None or begins is None or ends is None:
        raise ValueError("the form has faults")
    start = datetime.combine(on, begins)
    end = end_wall(start, ends)
    start_at, end_at = instant_of(start, zone), end and instant_of(end, zone)
    if end is None or start_at is None or end_at is None:
        raise ValueError("the form has faults")
    return Plan(tidy_theme(asked.theme), asked.platform, start, end, start_at, end_at)


def suggested_day(now: datetime, taken: Collection[date] = ()) -> date:
    """The first day without a show: today while there is time to get ready, else tomorrow; `now` is local."""
    day = now.date() if now.time() < time(USUAL_START.hour - 1) else now.date() + timedelta(days=1)
    while day in taken:
        day += timedelta(days=1)
    return day
