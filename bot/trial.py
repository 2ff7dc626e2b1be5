"""The local workspace over one data directory: its seed, its clock, its rest, its reset."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from bot import VERSION
from bot.app import App, Foundation
from bot.clocks import SystemClock, instant, millis
from bot.health import Health
from bot.places import DataDir
from bot.platforms.slack.manifest import build_manifest
from bot.settings import Refused
from bot.workspace.page import NEXT_SHOW_AT
from bot.workspace.people import load_cast
from bot.workspace.seeds import sow
from bot.workspace.server import LocalWorkspace, WorkspaceOptions
from handlers.registry import FEATURES
from storage.databases import Database
from storage.tables import WorkRow

RESET_S = 10.0
RESET_JOB = "trial.reset"


class DatabaseBackstage:
    """Implements the workspace's Backstage over the bot's database."""

    def __init__(
        self, database: Database, clock: SystemClock, workspace_id: str, *, bot_is_up: Callable[[], bool],
        start_over: Callable[[str | None], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._workspace_id = workspace_id
        self._bot_is_up = bot_is_up
        self._start_over = start_over
        self.wake: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self._clock.now()

    def move_clock(self, to: datetime) -> None:
        self._clock.move_to(to)
        self.wake()

    def next_due_at(self) -> datetime | None:
        now, real = millis(self._clock.now()), millis(self._clock.real())
        due = self._database.queue.next_due(now=now, real=real).product_at
        return instant(due) if due is not None else None

    def waiting(self) -> list[str]:
        now, real = millis(self._clock.now()), millis(self._clock.real())
        events = [f"inbox {event.kind} {event.state}" for event in self._database.inbox.waiting(real)]
        rows = [
            f"{row.kind} {row.key} {row.state}"
            + (f" until {instant(row.held_until):%H:%M:%S}" if row.held_until else "")
            for row in self._database.queue.waiting(now, real)
        ]
        return events + rows

    def fired(self) -> int:
        return self._database.queue.done_count()

    def seed_name(self) -> str:
        workspace = self._database.workspaces.find(self._workspace_id)
        return (workspace.seed if workspace else None) or "none"

    def reset(self, seed: str | None) -> None:
        """With a bot connected the reset is a row that the bot carries out; else it is done here and now."""
        workspace = self._database.workspaces.find(self._workspace_id)
        if workspace is None or workspace.seed is None:
            raise PermissionError("this database does not bear the seed's mark, so it is not reset")
        if not self._bot_is_up():
            self._start_over(seed)
            self._clock.refresh()
            return
        key = f"reset:{uuid.uuid4().hex}"
        with self._database.write(self._workspace_id) as store:
            store.work.add(
                kind="job",
                key=key,
                due_at=millis(self._clock.now()),
                payload={"job": RESET_JOB, "seed": seed},
            )
        self.wake()
        self._wait_for(key)
        self._clock.refresh()

    def _wait_for(self, key: str) -> None:
        """The reset removes its own row too: gone is done."""
        deadline = time.monotonic() + RESET_S
        while time.monotonic() < deadline:
            with self._database.read(self._workspace_id) as store:
                if store.work.find(key) is None and store.workspace.find() is not None:
                    return
            time.sleep(0.02)
        raise TimeoutError("the bot did not carry the reset out in time")


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """What the local workspace is started with; None where the command line said nothing."""

    port: int
    key: str
    seed: str | None
    now: datetime | None


def trial_start(now: datetime | None, today: datetime) -> datetime:
    """When a fresh trial begins: as told, else 18:00 in Shanghai on today's date there."""
    if now is not None:
        return now.astimezone(UTC)
    local = today.astimezone(ZoneInfo("Asia/Shanghai"))
    return local.replace(hour=18, minute=0, second=0, microsecond=0).astimezone(UTC)


class Sower:
    """Fills the trial's database, and empties it again: one per process that may carry out a reset."""

    def __init__(self, base: Foundation, now: datetime | None = None) -> None:
        self.base = base
        self.now = now
        self.cast = load_cast()
        self.app: App | None = None

    @property
    def workspace_id(self) -> str:
        return self.cast.team.id

    def prepare(self, folder: DataDir, options: TrialOptions) -> None:
        """Seeds an empty database; another seed, or a clock that would go back, is refused in one sentence."""
        known = {row.workspace_id: row for row in self.base.database.workspaces.list_all()}
        mine, clock = known.get(self.workspace_id), self.base.clock
        if mine is None and known:
            raise Refused(f"{folder.path} holds a real workspace; give the trial a --data directory of its own.")
        if mine is None:
            self.start_over(options.seed or "team")
        elif options.seed is not None and options.seed != mine.seed:
            raise Refused(f"{folder.path} was seeded with {mine.seed!r}: use another --data for {options.seed!r}.")
        elif options.now is not None:
            if options.now < clock.now():
                raise Refused(f"--now lies before the workspace's clock, which stands at {clock.now().isoformat()}.")
            clock.move_to(options.now)

    def start_over(self, seed: str | None) -> None:
        """Everything of the trial's team is removed and sown again, the clock too."""
        mine = self.base.database.workspaces.find(self.workspace_id)
        seed = seed or (mine.seed if mine else None) or "team"
        if mine is not None:
            self.base.database.workspaces.remove(mine.workspace_id)
        real = self.base.clock.real()
        start = trial_start(self.now, real) if seed == "team" else (self.now or real)
        if mine is not None and mine.seed == seed == "team":
            start = mine.created_at
        self.base.clock.move_to(start)
        sow(self.base.database, self.cast, seed, start)

    async def reset(self, row: WorkRow) -> None:
        """The bot's part of a reset: nothing runs, then everything is sown again."""
        app = self.app
        if app is None:
            return
        try:
            await app.inbox.pause()
            await app.clockwork.pause(but=row.id)
            await asyncio.to_thread(self.start_over, row.payload.get("seed"))
            app.directory.forget(self.workspace_id)
        finally:
            app.inbox.paused = app.clockwork.paused = False
            app.inbox.wake()
            app.clockwork.wake()


class Trial:
    """A local workspace over one data directory."""

    def __init__(self, base: Foundation, folder: DataDir, options: TrialOptions) -> None:
        self.sower = Sower(base, options.now)
        self.sower.prepare(folder, options)
        self.backstage = DatabaseBackstage(
            base.database, base.clock, self.sower.workspace_id, bot_is_up=self.bot_is_up,
            start_over=self.sower.start_over,
        )  # fmt: skip
        self.health = Health()
        self.server = LocalWorkspace(
            WorkspaceOptions(
                data_dir=folder.path, port=options.port, key=options.key, seed=self.backstage.seed_name(),
                manifest=build_manifest(FEATURES), version=VERSION, strict_rates=base.settings.pacing == "on"
                and "pacing" in base.settings.model_fields_set,
            ),
            self.backstage,
            self.add_routes,
        )  # fmt: skip

    def add_routes(self, server: web.Application) -> None:
        self.health.add_routes(server)
        server[NEXT_SHOW_AT] = self.next_show_at

    def next_show_at(self) -> datetime | None:
        """When the next show begins, for the page's "30 minutes before"."""
        with self.sower.base.database.read(self.sower.workspace_id) as store:
            shows = store.shows.next_after(self.sower.base.clock.now())
        return shows[0].start_at if shows else None

    def bot_is_up(self) -> bool:
        return self.server.stage.sockets.connections > 0
