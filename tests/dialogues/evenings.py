"""An evening of the seeded team, played in memory: said -> seen, through the real shell and a real SQLite file."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bot.app import BUSY_MS, App, Foundation
from bot.clocks import SystemClock
from bot.jobs import OwnJob
from bot.outbox import Waits
from bot.platforms.base import Opener, Submitted
from bot.settings import Settings, load_settings
from bot.trial import DatabaseBackstage
from bot.workspace.people import Cast, load_cast
from bot.workspace.seeds import sow
from handlers.core.cards import Actions, Card, Control, Items
from handlers.core.messages import Command, FormRef, Incoming, Message, Opened, Place, Press, Submission
from storage.databases import Database
from storage.migrate import migrate
from storage.secrets import SecretBox
from tests.dialogues.fakes import FakePlatform, Seen

TEAM = "C0LIVETEAM"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
KEYS = itertools.count(1)
SHORT = Waits(backoff_ms=40, cap_ms=400, look_after_ms=50)


@dataclass(slots=True)
class Evening:
    """The team, its platform and its bot. People are named as they are called."""

    app: App
    platform: FakePlatform
    cast: Cast
    clock: SystemClock
    backstage: DatabaseBackstage
    tick_count: int = field(default=0)

    @property
    def team_id(self) -> str:
        return self.cast.team.id

    def id_of(self, name: str) -> str:
        return next(person.id for person in self.cast.people if person.name == name)

    def base(self, person: str, channel: str = TEAM, thread: str = "", key: str = "") -> dict[str, Any]:
        kind: Literal["dm", "channel"] = "dm" if channel.startswith("D") else "channel"
        return {
            "workspace_id": self.team_id,
            "person_id": self.id_of(person),
            "place": Place(channel, thread, kind),
            "key": key or f"k{next(KEYS)}",
            "said_at": self.clock.now(),
        }

    async def send(self, incoming: Incoming, *, opener: bool = True, settle: bool = True) -> bool:
        assert self.platform.intake is not None
        token = Opener("trigger", self.clock.real() + timedelta(seconds=2)) if opener else None
        accepted = await self.platform.intake.accept(incoming, token)
        if settle:
            await self.settle()
        return accepted

    async def say(self, person: str, words: str, channel: str = TEAM, **more: Any) -> list[Seen]:
        """`/live …` by slash command; returns what is new for this person."""
        before = len(self.platform.messages)
        base = {**self.base(person, channel), "answer_to": "https://answer.example/1"}
        until = self.clock.real() + timedelta(minutes=25)
        await self.send(Command(**base, answer_until=until, words=words.removeprefix("/live").strip()), **more)
        return [seen for seen in self.platform.messages[before:] if seen.only_for in {"", self.id_of(person)}]

    async def mention(self, person: str, words: str, channel: str = TEAM, thread: str = "") -> list[Seen]:
        """`@Callsheet …` in a channel, or a plain message in the DM."""
        before = len(self.platform.messages)
        message = Message(**self.base(person, channel, thread), ts="1700000000.1", words=words, to_bot=True)
        await self.send(message, opener=False)
        return self.platform.messages[before:]

    async def press(self, person: str, seen: Seen, label: str, near: str = "", **more: Any) -> list[Seen]:
        """A button of a message, by its label (and the text of its row)."""
        before = len(self.platform.messages)
        control = find_control(seen.card, label, near)
        await self.press_control(person, control, seen=seen, **more)
        return [new for new in self.platform.messages[before:] if new.only_for in {"", self.id_of(person)}]

    async def press_control(self, person: str, control: Control, *, seen: Seen, **more: Any) -> None:
        base = self.base(person, seen.channel_id, seen.thread, more.pop("key", ""))
        await self.send(Press(**base, action=control.action, value=control.value, ts=seen.ts), **more)

    async def press_in_form(self, person: str, label: str, near: str = "") -> None:
        opened = self.form_of(person)
        control = find_control(Card("", opened.drawn.form.body), label, near)
        base = {**self.base(person), "place": Place(kind="none")}
        form = FormRef(opened.view_id, opened.drawn.form.name, args=opened.drawn.form.args)
        await self.send(Press(**base, action=control.action, value=control.value, surface="form", form=form))

    async def submit(self, person: str, values: Mapping[str, str | list[str]], key: str = "") -> Submitted:
        assert self.platform.intake is not None
        opened = self.form_of(person)
        base = {**self.base(person, key=key), "place": Place(kind="none")}
        form = FormRef(opened.view_id, opened.drawn.form.name, args=opened.drawn.form.args)
        submitted = await self.platform.intake.submit(Submission(**base, form=form, values=values))
        await self.settle()
        return submitted

    async def open_home(self, person: str) -> Card:
        base = {**self.base(person), "place": Place(kind="home")}
        await self.send(Opened(**base), opener=False)
        return self.platform.homes[self.id_of(person)]

    def form_of(self, person: str) -> Any:
        return [opened for opened in self.platform.forms if opened.person_id == self.id_of(person)][-1]

    def card(self, channel: str = TEAM) -> Seen:
        """The living checklist card of a channel."""
        return [seen for seen in self.platform.messages if seen.channel_id == channel and seen.key.startswith("card:")][
            -1
        ]

    async def settle(self, timeout_s: float = 8.0) -> None:
        """Two quiet looks in a row: nothing in the inbox, no work due."""
        quiet = 0
        async with asyncio.timeout(timeout_s):
            while quiet < 2:
                waiting = await asyncio.to_thread(self.backstage.waiting)
                quiet = 0 if waiting else quiet + 1
                await asyncio.sleep(0.005)


def find_control(card: Card, label: str, near: str = "") -> Control:
    found = [control for row, control in controls_of(card) if control.label == label and near in row]
    assert len(found) == 1, f"{len(found)} controls {label!r} near {near!r} among {controls_of(card)}"
    return found[0]


def controls_of(card: Card) -> list[tuple[str, Control]]:
    """Every control with the text of the row in which it stands."""
    found: list[tuple[str, Control]] = []
    for block in card.blocks:
        if isinstance(block, Actions):
            found += [("", control) for control in block.controls]
        if isinstance(block, Items):
            found += [(f"{row.text.plain} {row.detail.plain}", row.control) for row in block.rows if row.control]
    return found


def settings_for(folder: Path, **more: Any) -> Settings:
    env = {"SLACK_BASE_URL": "http://127.0.0.1:1/api/", "SQLITE_SYNCHRONOUS": "NORMAL", "PACING": "off"}
    return load_settings(env, folder / "no.env", data_dir=folder, **more)


@cache
def seeded(seed: str) -> Path:
    """A database file with that seed, made once per process; every evening begins with a copy."""
    folder = Path(tempfile.mkdtemp(prefix="callsheet-evening-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = settings_for(folder)
    migrate(settings.database)
    database = Database(settings.database, synchronous="OFF")
    SystemClock(database.clock).move_to(START)
    sow(database, load_cast(), seed, START)
    database.close()
    return folder / "callsheet.db"


@asynccontextmanager
async def evening(
    folder: Path,
    platform: FakePlatform | None = None,
    *,
    seed: str = "team",
    waits: Waits = SHORT,
    own_jobs: dict[str, OwnJob] | None = None,
    **more: Any,
) -> AsyncIterator[Evening]:
    """The shell up and running over a seeded database in `folder`; a used folder goes on where it was."""
    settings = settings_for(folder, **more)
    fresh = not (folder / "callsheet.db").exists()
    if fresh:
        shutil.copy(seeded(seed), folder / "callsheet.db")
    database = Database(settings.database, busy_timeout_ms=BUSY_MS, synchronous="NORMAL")
    clock, cast = SystemClock(database.clock), load_cast()
    if fresh:
        clock.move_to(START)
    base = Foundation(settings, database, clock, SecretBox(SecretBox.new_key()))
    platform = platform or FakePlatform()
    app = App(base, platform, waits=waits, own_jobs=own_jobs)
    backstage = DatabaseBackstage(database, clock, cast.team.id, bot_is_up=lambda: True, start_over=lambda seed: None)
    backstage.wake = app.clockwork.wake
    await app.start()
    try:
        yield Evening(app, platform, cast, clock, backstage)
    finally:
        await app.close()
