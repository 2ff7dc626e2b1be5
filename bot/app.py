"""The composition root: Settings -> App. The one place that knows everybody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.clocks import SystemClock
from bot.clockwork import Clockwork
from bot.desks import Ways
from bot.directory import Directory
from bot.edges import TurnEdge
from bot.health import Health
from bot.inbox import InboxDesk
from bot.jobs import Jobs, OwnJob
from bot.outbox import Outbox, Waits
from bot.outgoing import Outgoing
from bot.platforms.base import Platform
from bot.scenes import Scenes
from bot.settings import Settings
from bot.turn import Turns
from handlers.core.router import Router
from handlers.registry import FEATURES
from storage.databases import Database
from storage.errors import StorageError
from storage.secrets import SecretBox
from storage.tables import Workspace

log = logging.getLogger("callsheet.app")
LOCAL_SWEEP_S, SQLITE_SWEEP_S, POSTGRES_SWEEP_S = 0.2, 30.0, 2.0
WAITS = Waits()
LOCAL_WAITS = Waits(backoff_ms=200, cap_ms=5_000, look_after_ms=500)
"""Against a local workspace there is nobody to be considerate of, and people watch."""
BUSY_MS = 250
"""How long SQLite waits for another process before the unit of work is tried again: short, so that the write gate
moves on and an event is accepted, or refused, while its acknowledgment is awaited."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every command that touches the data stands on."""

    settings: Settings
    database: Database
    clock: SystemClock
    box: SecretBox


def lay_foundation(settings: Settings, box: SecretBox) -> Foundation:
    database = Database(
        settings.database,
        pool=settings.turn_workers + 14,
        busy_timeout_ms=BUSY_MS,
        synchronous=settings.sqlite_synchronous,
    )
    clock = SystemClock(database.clock, movable=settings.slack_is_local or not settings.has_slack)
    return Foundation(settings, database, clock, box)


class App:
    """A bot on one platform: everything between an event on the wire and a row in the database, and back."""

    def __init__(
        self,
        base: Foundation,
        platform: Platform,
        *,
        own_jobs: dict[str, OwnJob] | None = None,
        waits: Waits | None = None,
    ) -> None:
        settings, self.base, self.platform = base.settings, base, platform
        self.me = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        if waits is None:
            waits = LOCAL_WAITS if settings.slack_is_local else WAITS
        self.router = Router(FEATURES)
        self.scenes = Scenes(base.clock)
        self.ways = Ways(base.box, self.router.draw_live)
        self.outgoing = Outgoing(self.ways)
        self.turns = Turns(base.database, self.router, self.scenes, self.outgoing, me=self.me)
        lease_ms = int(settings.lease_s * 1000)
        self.inbox = InboxDesk(
            base.database, self.turns, base.clock, base.box, me=self.me, platform=platform.name,
            workers=settings.turn_workers, lease_ms=lease_ms,
        )  # fmt: skip
        self.outbox = Outbox(
            base.database,
            platform,
            self.router,
            self.scenes,
            self.ways,
            owner=self.me,
            lease_ms=lease_ms,
            waits=waits,
        )
        self.jobs = Jobs(
            base.database, self.router, self.scenes, self.outgoing, owner=self.me, platform=platform.name,
            own=own_jobs or {}, waits=waits,
        )  # fmt: skip
        self.clockwork = Clockwork(
            base.database, base.clock, {"deliver": self.outbox.deliver, "job": self.jobs.run}, owner=self.me,
            lease_ms=lease_ms, slots=settings.deliveries, sweep_s=sweep_of(settings, base.database),
        )  # fmt: skip
        self.directory = Directory(base.database, platform, base.clock)
        self.health = Health()
        self._wire()

    def _wire(self) -> None:
        self.turns.wake = self.clockwork.wake
        self.ways.gate_of = self.platform.gate_of
        self.ways.unsaved = self.inbox.counts.unsaved
        self.outbox.posted = self.inbox.counts.add
        self.outbox.expelled = self._expelled
        self.outbox.pacing = self.base.settings.pacing == "on"
        self.inbox.edge = TurnEdge(self.platform, self.directory, self.turns)
        self.show_health(self.health)

    def show_health(self, health: Health) -> None:
        """Let this page of health speak of us."""
        health.checks = {
            "database": self._database_fault,
            "inbox": self.inbox.fault,
            "dispatcher": self._pass_fault,
            self.platform.name: self.platform.fault,
        }
        health.measure = self.clockwork.measure

    async def start(self) -> None:
        """SQLite has one process, so whatever an earlier one held comes back at once."""
        await asyncio.to_thread(self._recover)
        await self.inbox.start()
        await self.clockwork.start()
        await self.platform.start(self.inbox)

    def _recover(self) -> None:
        database = self.base.database
        if database.dialect == "sqlite":
            database.queue.release_all()
            database.inbox.release_all()
        for workspace in database.workspaces.list_all():
            with database.write(workspace.workspace_id) as store:
                store.cards.forget_counts()

    async def close(self) -> None:
        """Take in nothing more, let what runs end, then let go of everything."""
        await self.platform.stop()
        await self.inbox.close()
        await self.clockwork.close()
        await self.platform.close()
        await asyncio.to_thread(self._let_go)
        self.outbox.close()
        self.jobs.close()
        self.directory.close()
        self.base.database.close()

    def _let_go(self) -> None:
        with contextlib.suppress(StorageError):
            self.base.database.queue.release_mine(self.me)
            self.base.database.inbox.release_mine(self.me)

    def _expelled(self, workspace_id: str, channel_id: str) -> None:
        """A sending told us that we are no longer in this channel."""
        with self.base.database.write(workspace_id) as store:
            store.channels.set_member(channel_id, False)

    def _database_fault(self) -> str:
        try:
            self.base.database.ping()
        except StorageError as error:
            return str(error)
        return ""

    def _pass_fault(self) -> str:
        return "" if self.clockwork.healthy() else "no good pass for a while"


def sweep_of(settings: Settings, database: Database) -> float:
    """How often to look for work that nobody announced (seconds)."""
    if settings.slack_is_local:
        return LOCAL_SWEEP_S
    return SQLITE_SWEEP_S if database.dialect == "sqlite" else POSTGRES_SWEEP_S


def ensure_workspace(database: Database, workspace_id: str, platform: str, name: str, bot_user_id: str) -> None:
    """The row of a workspace that the app serves; installed again, it is active again."""
    found = database.workspaces.find(workspace_id)
    if found is None:
        row = Workspace(
            workspace_id=workspace_id, platform=platform, name=name, bot_user_id=bot_user_id,
            created_at=datetime.now(UTC),
        )  # fmt: skip
        database.workspaces.add(row)
        return
    if found.state != "active" or found.bot_user_id != bot_user_id:
        found.state, found.bot_user_id = "active", bot_user_id
        with database.write(workspace_id) as store:
            store.workspace.save(found)
