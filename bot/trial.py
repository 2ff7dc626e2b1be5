"""The bot's side of the local workspace: its clock, its rest, its reset. Works over rows, so from any process."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.clocks import SystemClock, instant, millis
from storage.databases import Database

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


def trial_start(now: datetime | None, today: datetime) -> datetime:
    """When a fresh trial begins: as told, else 18:00 in Shanghai on today's date there."""
    if now is not None:
        return now.astimezone(UTC)
    local = today.astimezone(ZoneInfo("Asia/Shanghai"))
    return local.replace(hour=18, minute=0, second=0, microsecond=0).astimezone(UTC)
