"""What is measured in this process: the turn itself, its cost among many shows, and ticks without a wire."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.bare import bare_app
from bench.figures import Line, Sample
from bench.loads import drained, flood, one_by_one
from bench.sinks import Sink
from bench.sizes import Sizes
from bench.teams import Team, Tick, command_payload, make_team, press_payload
from bench.wires import SIGNING_SECRET, CallWire
from bot.app import App
from bot.clocks import millis
from bot.platforms.slack.drawings import Drawings
from bot.platforms.slack.transport import Identity
from handlers.checklists.commands import CARD
from handlers.core.messages import INCOMING, Place, Press
from storage.repositories.events import NewInboxRow

TURN_MS = 5.0
FLAT = 1.2
FEW = 10
WARM_UP = 45
POSTED_TS = "1700000000.000100"


@dataclass(slots=True)
class Bench:
    """A team's app of which nothing runs by itself: each step of a tick is called, and timed, by hand.

    `turns` holds the turn with its commit, `cards` the card drawn afresh and rendered for Slack, `ticks` both,
    `accepts` the commit that stands before the acknowledgment, `cpu` what `ticks` cost in computing time.
    """

    team: Team
    app: App
    accepts: Sample = field(default_factory=Sample)
    turns: Sample = field(default_factory=Sample)
    cards: Sample = field(default_factory=Sample)
    ticks: Sample = field(default_factory=Sample)
    cpu: Sample = field(default_factory=Sample)
    _presses: Iterator[Tick] | None = None
    _number: int = 0

    def step(self) -> None:
        """One tick: accepted, claimed, its turn, its card."""
        self._number += 1
        press = self._press()
        row = self._row(press)
        begun = time.perf_counter()
        self.team.database.inbox.accept([row])
        self.accepts.add(time.perf_counter() - begun)
        real = millis(self.team.base.clock.real())
        self.team.database.inbox.claim(me=self.app.me, real=real, lease_ms=60_000, limit=1)
        begun, computed = time.perf_counter(), time.thread_time()
        if self.app.turns.run(press, "slack").failed:
            raise RuntimeError("the turn broke: see the log")
        turned = time.perf_counter()
        self._draw()
        ended = time.perf_counter()
        self.cpu.add(time.thread_time() - computed)
        self.turns.add(turned - begun)
        self.cards.add(ended - turned)
        self.ticks.add(ended - begun)

    def forget(self) -> None:
        """What was measured so far was the warming up."""
        for sample in (self.accepts, self.turns, self.cards, self.ticks, self.cpu):
            sample.seconds.clear()

    def _press(self) -> Press:
        self._presses = self._presses or self.team.ticks()
        tick = next(self._presses)
        return Press(
            workspace_id=self.team.id, person_id=self.team.presser, place=Place(self.team.channel_id, "", "channel"),
            key=f"bench{self._number}", said_at=self.team.base.clock.now(), action=tick.action, value=tick.value,
            ts=POSTED_TS,
        )  # fmt: skip

    def _row(self, press: Press) -> NewInboxRow:
        real = millis(self.team.base.clock.real())
        return NewInboxRow(
            workspace_id=self.team.id, platform="slack", key=press.key, seq=self._number, kind=press.kind,
            received_at=real, lane=press.place.lane, said_at=millis(press.said_at),
            payload=INCOMING.dump_python(press, mode="json"),
        )  # fmt: skip

    def _draw(self) -> None:
        with self.team.database.read(self.team.id) as store:
            scene = self.app.scenes.scene(store, self.team.channel_id)
            card = self.app.router.draw_live(scene, CARD, str(self.team.run_id))
        if card is None:
            raise RuntimeError("tonight's checklist is gone")
        Drawings(self.team.base.clock, lambda code: None).one(self.team.id, card)


def make_bench(folder: Path, shows: int, synchronous: str) -> Bench:
    """Its card stands posted in the team's channel, so that every tick queues an update."""
    team = make_team(folder, shows, synchronous)
    with team.database.write(team.id) as store:
        card = store.cards.put(CARD, str(team.run_id), team.channel_id)
        store.cards.set_address(card.id, ts=POSTED_TS, posted_at=team.base.clock.now())
    bench = Bench(team, App(team.base, Sink(team.base.clock, identity_of(team))))
    for _ in range(WARM_UP):
        bench.step()
    bench.forget()
    return bench


def identity_of(team: Team) -> Identity:
    return Identity("xoxb-bench", team.cast.bot.user_id, team.cast.bot.bot_id)


async def measure_turn(sizes: Sizes, folder: Path) -> list[Line]:
    """The turn itself, with both settings of SQLite's `synchronous`."""
    lines: list[Line] = []
    for synchronous in ("FULL", "NORMAL"):
        bench = make_bench(folder / f"turn-{synchronous}", 0, synchronous)
        for _ in range(sizes.turns):
            bench.step()
        target = TURN_MS if synchronous == "FULL" else None
        head = f"turn, {synchronous}"
        lines += [
            Line(f"{head}: tick and re-render, median", bench.ticks.p50, "ms", at_most=target),
            Line(f"{head}: the same, computing time alone", bench.cpu.p50, "ms"),
            Line(f"{head}: tick and re-render, p99", bench.ticks.p99, "ms"),
            Line(f"{head}: turn until its commit, median", bench.turns.p50, "ms"),
            Line(f"{head}: card drawn and rendered, median", bench.cards.p50, "ms"),
            Line(f"{head}: accepted and committed, median", bench.accepts.p50, "ms"),
        ]
        bench.team.database.close()
    return lines


async def measure_shows(sizes: Sizes, folder: Path) -> list[Line]:
    """A turn with few and with many shows; taken in turns, so that noise meets both alike."""
    few = make_bench(folder / "few", FEW, "FULL")
    begun = time.perf_counter()
    many = make_bench(folder / "many", sizes.shows, "FULL")
    built_s = time.perf_counter() - begun
    for _ in range(sizes.turns):
        few.step()
        many.step()
    items = sizes.shows * 45
    lines = [
        Line(f"shows: tick and re-render among {FEW}, median", few.ticks.p50, "ms"),
        Line(f"shows: the same among {sizes.shows:,} ({items:,} items)", many.ticks.p50, "ms"),
        Line("shows: the second to the first", many.ticks.p50 / few.ticks.p50, "×", at_most=FLAT),
        Line("shows: their computing time, the second to the first", many.cpu.p50 / few.cpu.p50, "×"),
        Line("shows: time to plan them, a checklist on each", built_s, "s"),
    ]
    few.team.database.close()
    many.team.database.close()
    return lines


async def measure_call(sizes: Sizes, folder: Path) -> list[Line]:
    """Bolt called directly: our listeners, inbox, turns and outbox behind it, and nothing behind it."""
    bare = CallWire(bare_app("http://127.0.0.1:1/api/", "xoxb-bench", SIGNING_SECRET))
    lines: list[Line] = []
    for synchronous in ("FULL", "NORMAL"):
        async with in_process(folder / f"call-{synchronous}", synchronous) as (team, ours):
            payloads = presses(team)
            base = await one_by_one(bare, fixed(team), sizes.presses)
            slow = await one_by_one(ours, payloads, sizes.presses // 2, rest_s=0.02)
            await drained(team.waiting)
            quick = await flood(bare, fixed(team), sizes.presses)
            fast = await flood(ours, payloads, sizes.presses)
            behind_s = await drained(team.waiting)
        head = f"in process, {synchronous}"
        lines += [
            Line(f"{head}: ack p50", slow.acks.p50, "ms", base.acks.p50),
            Line(f"{head}: ack p99", slow.acks.p99, "ms", base.acks.p99),
            Line(f"{head}: 16 at once, acknowledged", fast.per_s, "/s", quick.per_s),
            Line(f"{head}: 16 at once, turns done", sizes.presses / (fast.took_s + behind_s), "/s", quick.per_s),
        ]
    return lines


@asynccontextmanager
async def in_process(folder: Path, synchronous: str) -> AsyncIterator[tuple[Team, CallWire]]:
    """A whole app, running, with tonight's card posted."""
    team = make_team(folder, 0, synchronous)
    sink = Sink(team.base.clock, identity_of(team))
    app = App(team.base, sink)
    await app.start()
    try:
        if sink.bolt is None:
            raise RuntimeError("the platform was not started")
        wire = CallWire(sink.bolt)
        await wire.send(command_payload(team, "清单", 0))
        await drained(team.waiting)
        yield team, wire
    finally:
        await app.close()


def presses(team: Team) -> Iterator[dict[str, Any]]:
    for number, tick in enumerate(team.ticks(), start=1):
        yield press_payload(team, tick, number, POSTED_TS)


def fixed(team: Team) -> Iterator[dict[str, Any]]:
    """The same press for ever: to an app that does nothing it makes no difference."""
    tick = Tick("checklists.tick", {"item": 1, "version": 1})
    number = 0
    while True:
        number += 1
        yield press_payload(team, tick, number, POSTED_TS)
