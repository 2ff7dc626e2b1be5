"""A seeded team with as many shows as are wanted, and the presses that tick tonight's 45 items."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.app import Foundation
from bot.clocks import SystemClock, millis
from bot.places import DataDir
from bot.settings import Settings, load_settings
from bot.workspace.people import Cast, load_cast
from bot.workspace.seeds import ZONE, sow
from handlers.shows.rules import Plan
from handlers.shows.service import plan_show
from storage.databases import Database, Store
from storage.migrate import migrate
from storage.tables import ChecklistItem, ChecklistRun

SEEDED = 3
BATCH = 50
EVENING = time(18)


@dataclass(frozen=True, slots=True)
class Tick:
    """One press on the card: what its button carries."""

    action: str
    value: dict[str, str | int]


@dataclass(slots=True)
class Team:
    """The seed of the local workspace at 18:00 of today; `run_id` is tonight's checklist."""

    base: Foundation
    cast: Cast
    run_id: int
    channel_id: str

    @property
    def id(self) -> str:
        return self.cast.team.id

    @property
    def database(self) -> Database:
        return self.base.database

    @property
    def presser(self) -> str:
        """Who presses: the PM, who may untick too."""
        return next(person.id for person in self.cast.people if "pm" in person.roles)

    def ticks(self) -> Iterator[Tick]:
        """Each of the 45 items in turn, to its other state, without end. One iterator at a time."""
        with self.database.read(self.id) as store:
            items = store.checklists.items_of(self.run_id)
        standing = {item.id: (item.state == "done", item.version) for item in items}
        for item_id in itertools.cycle(standing):
            is_done, version = standing[item_id]
            standing[item_id] = not is_done, version + 1
            yield Tick("checklists.untick" if is_done else "checklists.tick", {"item": item_id, "version": version})

    def waiting(self) -> int:
        """Accepted events whose turn is not over (at most 1,000 are counted)."""
        return len(self.database.inbox.waiting(millis(self.base.clock.real())))


def settings_for(folder: Path, **env: str) -> Settings:
    """As an operator would have them, but for what is given; nothing of this machine's environment."""
    return load_settings({"SLACK_BASE_URL": "http://127.0.0.1:1/api/", **env}, folder / "no.env", data_dir=folder)


def make_team(folder: Path, shows: int = SEEDED, synchronous: str = "FULL") -> Team:
    """A new database in `folder`, migrated and seeded, with `shows` shows and a checklist on each."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings_for(folder, SQLITE_SYNCHRONOUS=synchronous)
    migrate(settings.database)
    if shows > SEEDED:
        # Filled without waiting for the disk: nothing here has to outlive the run.
        filler = Database(settings.database, synchronous="OFF")
        team = seeded(settings, filler)
        add_past_shows(team, shows - SEEDED)
        filler.close()
        return Team(foundation(settings, synchronous), team.cast, team.run_id, team.channel_id)
    return seeded(settings, Database(settings.database, pool=settings.turn_workers + 14, synchronous=synchronous))


def foundation(settings: Settings, synchronous: str) -> Foundation:
    database = Database(settings.database, pool=settings.turn_workers + 14, synchronous=synchronous)
    return Foundation(settings, database, SystemClock(database.clock), DataDir(settings.data_dir).secret_box(settings))


def seeded(settings: Settings, database: Database) -> Team:
    cast, clock = load_cast(), SystemClock(database.clock)
    start = datetime.combine(clock.real().astimezone(ZONE).date(), EVENING, ZONE).astimezone(UTC)
    clock.move_to(start)
    sow(database, cast, "team", start)
    with database.read(cast.team.id) as store:
        tonight = store.shows.list_between(start, start + timedelta(hours=6))[0]
        run = store.checklists.run_of(tonight.id)
    if run is None:
        raise RuntimeError("the seed hung no checklist on tonight's show")
    base = Foundation(settings, database, clock, DataDir(settings.data_dir).secret_box(settings))
    return Team(base, cast, run.id, cast.channels[0].id)


def add_past_shows(team: Team, shows: int) -> None:
    """One a day, backwards from the day before yesterday; some milliseconds each, so in batches."""
    tonight = team.base.clock.now().astimezone(ZONE).date()
    with team.database.read(team.id) as store:
        run = store.checklists.get_run(team.run_id)
        items = store.checklists.items_of(team.run_id)
    for begun in range(0, shows, BATCH):
        with team.database.write(team.id) as store:
            for day in range(begun, min(begun + BATCH, shows)):
                begins = datetime.combine(tonight - timedelta(days=day + 2), time(20))
                add_show(store, team, begins, run, items)


def add_show(store: Store, team: Team, begins: datetime, like: ChecklistRun, items: Sequence[ChecklistItem]) -> None:
    """An ended show with a checklist like that one; `items` are written again under new ids."""
    ends = begins + timedelta(hours=3)
    start_at, end_at = (at.replace(tzinfo=ZONE).astimezone(UTC) for at in (begins, ends))
    plan = Plan(theme="日播", platform="douyin", start=begins, end=ends, start_at=start_at, end_at=end_at)
    show = plan_show(store, plan, tz=str(ZONE), by=team.presser, at=start_at, channel_id=team.channel_id)
    show.state, show.actual_start_at, show.actual_end_at = "ended", show.start_at, show.end_at
    store.shows.save(show, show.version)
    run = ChecklistRun(
        show_id=show.id, template_key=like.template_key, template_version=like.template_version, created_at=start_at
    )
    for item in items:
        vars(item)["id"] = None
        item.due_at = start_at + timedelta(minutes=item.offset_min)
    store.checklists.add_run(run, items)


def press_payload(team: Team, tick: Tick, number: int, ts: str) -> dict[str, Any]:
    """Slack's block_actions for that press, as the card's button sends it."""
    user = {"id": team.presser, "username": "pm", "team_id": team.id}
    return {
        "type": "block_actions",
        "team": {"id": team.id, "domain": team.cast.team.domain},
        "user": user,
        "api_app_id": team.cast.bot.app_id,
        "trigger_id": f"{number}.bench",
        "container": {"type": "message", "message_ts": ts, "channel_id": team.channel_id, "is_ephemeral": False},
        "channel": {"id": team.channel_id, "name": "live-team"},
        "message": {"type": "message", "ts": ts, "text": "", "user": team.cast.bot.user_id},
        "actions": [button_of(tick, number)],
    }


def button_of(tick: Tick, number: int) -> dict[str, Any]:
    value = json.dumps(tick.value)
    return {"type": "button", "action_id": tick.action, "block_id": f"b{number}", "value": value}


def command_payload(team: Team, words: str, number: int) -> dict[str, Any]:
    """Slack's fields of `/live …`, typed by the presser in the team's channel."""
    return {
        "command": "/live",
        "text": words,
        "team_id": team.id,
        "team_domain": team.cast.team.domain,
        "channel_id": team.channel_id,
        "channel_name": "live-team",
        "user_id": team.presser,
        "user_name": "pm",
        "api_app_id": team.cast.bot.app_id,
        "is_enterprise_install": "false",
        "trigger_id": f"{number}.bench",
    }


def message_payload(team: Team, words: str, number: int, ts: str) -> dict[str, Any]:
    """An event: somebody speaks in the team's channel."""
    event = {"type": "message", "channel": team.channel_id, "channel_type": "channel", "user": team.presser,
             "text": words, "ts": ts, "event_ts": ts}  # fmt: skip
    return {
        "type": "event_callback",
        "team_id": team.id,
        "api_app_id": team.cast.bot.app_id,
        "event_id": f"Ev{number}",
        "event_time": int(float(ts)),
        "authorizations": [{"team_id": team.id, "user_id": team.cast.bot.user_id, "is_bot": True}],
        "event": event,
    }
