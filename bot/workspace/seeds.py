"""The trial's team in the bot's database: who holds which role, and three shows around the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.workspace.people import Cast
from handlers.checklists.service import hang, tick
from handlers.core.clock import business_day
from handlers.core.voices import known_locale
from handlers.shows.rules import Plan
from handlers.shows.service import plan_show
from storage.databases import Database, Store
from storage.repositories.checklists import ItemLine
from storage.tables import Channel, Person, Show, Workspace

ZONE = ZoneInfo("Asia/Shanghai")
PLATFORM = "slack"
DAY_CUT_MIN = 360


@dataclass(frozen=True, slots=True)
class Slot:
    """A seeded show: days from tonight, wall times, theme."""

    day: int
    begins: time
    ends: time
    theme: str


SLOTS = (
    Slot(-1, time(20), time(23), "初冬暖饮专场"),
    Slot(0, time(20), time(23), "冬季保温好物专场"),
    Slot(1, time(19, 30), time(22, 30), "年货零食预热场"),
)


def sow(database: Database, cast: Cast, seed: str, now: datetime) -> None:
    """Fills an empty database; `seed` is `team`, or `none` for a team that has yet to set itself up."""
    workspace = Workspace(
        workspace_id=cast.team.id, platform=PLATFORM, name=cast.team.name, seed=seed, bot_user_id=cast.bot.user_id,
        day_cut_min=DAY_CUT_MIN, created_at=now,
    )  # fmt: skip
    database.workspaces.add(workspace)
    with database.write(cast.team.id) as store:
        add_channels(store, cast, now)
        add_people(store, cast, now, with_roles=seed == "team")
        if seed == "team":
            own = store.workspace.get()
            own.team_channel_id = cast.channels[0].id
            store.workspace.save(own)
            add_shows(store, cast, now)


def add_people(store: Store, cast: Cast, now: datetime, *, with_roles: bool) -> None:
    for person in cast.people:
        store.people.upsert(
            Person(
                person_id=person.id, name=person.name, locale=known_locale(person.locale), tz=person.tz,
                is_guest=person.is_guest, is_bot=person.is_bot, fetched_at=now,
            )
        )  # fmt: skip
        store.memberships.put(person.id, is_admin=person.is_admin, joined_at=now)
        for role in person.roles if with_roles else ():
            store.roles.put(person.id, role)


def add_channels(store: Store, cast: Cast, now: datetime) -> None:
    for channel in cast.channels:
        store.channels.upsert(
            Channel(channel_id=channel.id, name=channel.name, is_member=channel.has(cast.bot.user_id), fetched_at=now)
        )


def add_shows(store: Store, cast: Cast, now: datetime) -> None:
    """One that ended yesterday, one tonight, one tomorrow; what was due before `now` is ticked by its owners."""
    owners = {role: person.id for person in reversed(cast.people) for role in person.roles}
    for slot in SLOTS:
        show = plan_show(
            store, plan_of(slot, now), tz=str(ZONE), by=owners["pm"], at=now, channel_id=cast.channels[0].id
        )
        if slot.day < 0:
            show = end_as_planned(store, show)
        run = hang(store, show, now)
        past = [item for item in store.checklists.lines_of(run.id) if item.due_at <= now]
        forgotten = last_of_each([item for item in past if item.due_at < now]) if slot.day == 0 else []
        for item in past:
            if item not in forgotten:
                owner = owners[item.role]
                tick(store, item, owner, item.due_at - timedelta(minutes=10), owner_id=owner)


def last_of_each(past: Sequence[ItemLine]) -> list[ItemLine]:
    """Tonight's two late items: the last due critical one and the last due other one."""
    ordered = sorted(past, key=lambda item: item.due_at)
    return [item for critical in (True, False) for item in [one for one in ordered if one.critical is critical][-1:]]


def plan_of(slot: Slot, now: datetime) -> Plan:
    """Tonight is the team's business day of `now`, so a trial begun at 01:00 still has yesterday's date."""
    tonight = business_day(now.astimezone(ZONE), DAY_CUT_MIN)[0].date()
    day = tonight + timedelta(days=slot.day)
    begins, ends = datetime.combine(day, slot.begins), datetime.combine(day, slot.ends)
    return Plan(
        theme=slot.theme, platform="douyin", start=begins, end=ends,
        start_at=begins.replace(tzinfo=ZONE).astimezone(UTC), end_at=ends.replace(tzinfo=ZONE).astimezone(UTC),
    )  # fmt: skip


def end_as_planned(store: Store, show: Show) -> Show:
    show.state, show.actual_start_at, show.actual_end_at = "ended", show.start_at, show.end_at
    return store.shows.save(show, show.version)
