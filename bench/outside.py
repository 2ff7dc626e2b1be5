"""What is measured on processes of their own: ticks over Socket Mode and signed HTTP, memory, start."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import aiohttp

from bench.figures import Line
from bench.inside import fixed, presses
from bench.loads import Payloads, Taken, drained, flood, one_by_one, steady
from bench.processes import started
from bench.sizes import Sizes
from bench.teams import Team, command_payload, make_team, message_payload
from bench.wires import SIGNING_SECRET, HttpWire, SocketWire, Wire, workspace
from bot.workspace.server import LocalWorkspace

Way = Literal["Socket Mode", "signed HTTP"]
TICKS_PER_S, EVENTS_PER_S = 100.0, 50.0
ACK_MS = 300.0
IDLE_MB = 150.0
START_S = 3.0
WARM_UP = 90
BARE_WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Under:
    """An app under measurement. `idle_mb` before any load, `weigh` gives what it holds now."""

    wire: Wire
    idle_mb: float
    weigh: Any


@asynccontextmanager
async def product(way: Way, team: Team, server: LocalWorkspace, sizes: Sizes) -> AsyncIterator[Under]:
    """`callsheet run` against the local workspace, paced as against Slack, with tonight's card posted."""
    folder = team.base.settings.data_dir
    env = {
        "SLACK_BASE_URL": server.api_url, "SLACK_BOT_TOKEN": server.bot_token, "PACING": "on",
        **({"SLACK_APP_TOKEN": server.app_token} if way == "Socket Mode" else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}),
    }  # fmt: skip
    async with started("bot", "run", "--port", "0", "--data", str(folder), folder=folder, **env) as bot:
        await asyncio.sleep(sizes.idle_s)
        idle_mb = bot.resident_mb()
        async with wired(way, server, bot.ready) as wire:
            await wire.send(command_payload(team, "清单", 0))
            await drained(team.waiting)
            yield Under(wire, idle_mb, bot.resident_mb)


@asynccontextmanager
async def bare(way: Way, folder: Path, server: LocalWorkspace, sizes: Sizes) -> AsyncIterator[Under]:
    """Bolt with one empty listener, over the same transport."""
    app_token = server.app_token if way == "Socket Mode" else ""
    words = (server.api_url, server.bot_token, app_token, SIGNING_SECRET)
    async with started("bench.bare", *words, folder=folder) as app:
        await asyncio.sleep(sizes.idle_s)
        idle_mb = app.resident_mb()
        async with wired(way, server, app.ready) as wire:
            yield Under(wire, idle_mb, app.resident_mb)


@asynccontextmanager
async def wired(way: Way, server: LocalWorkspace, address: str) -> AsyncIterator[Wire]:
    if way == "Socket Mode":
        yield SocketWire(server)
        return
    async with aiohttp.ClientSession() as session:
        yield HttpWire(address, session)


@dataclass(frozen=True, slots=True)
class Loads:
    """One app's answers to the same loads; `behind_s`: until the last turn of the flood was done."""

    slow: Taken
    flood: Taken
    behind_s: float
    beat: Taken


async def loads(app: Under, payloads: Payloads, team: Team, sizes: Sizes, warm_up: int) -> Loads:
    await flood(app.wire, payloads, warm_up)
    await drained(team.waiting)
    slow = await one_by_one(app.wire, payloads, sizes.presses // 4, rest_s=0.02)
    await drained(team.waiting)
    fast = await flood(app.wire, payloads, sizes.presses)
    behind_s = await drained(team.waiting)
    beat = await steady(app.wire, payloads, TICKS_PER_S, sizes.seconds)
    return Loads(slow, fast, behind_s, beat)


async def measure_way(way: Way, sizes: Sizes, folder: Path) -> list[Line]:
    team = make_team(folder / way.replace(" ", "-"))
    async with workspace(team, team.base.settings.data_dir) as server:
        async with bare(way, folder / "bare", server, sizes) as app:
            base = await loads(app, fixed(team), team, sizes, BARE_WARM_UP)
        async with product(way, team, server, sizes) as app:
            ticks = presses(team)
            ours = await loads(app, ticks, team, sizes, WARM_UP)
            behind_s = await drained(team.waiting)
            mixed = await steady(app.wire, mixture(team, ticks), EVENTS_PER_S, sizes.seconds)
            loaded_mb = app.weigh()
    team.database.close()
    turns_per_s = sizes.presses / (ours.flood.took_s + ours.behind_s)
    beat = f"{way}: 100 ticks/s for {sizes.seconds:g} s"
    return [
        Line(f"{way}: ack p50", ours.slow.acks.p50, "ms", base.slow.acks.p50),
        Line(f"{way}: ack p99", ours.slow.acks.p99, "ms", base.slow.acks.p99),
        Line(f"{way}: 16 at once, acknowledged", ours.flood.per_s, "/s", base.flood.per_s),
        Line(f"{way}: 16 at once, turns done", turns_per_s, "/s", base.flood.per_s),
        Line(f"{beat}, ack p50", ours.beat.acks.p50, "ms", base.beat.acks.p50),
        Line(f"{beat}, ack p99", ours.beat.acks.p99, "ms", base.beat.acks.p99, ACK_MS),
        Line(f"{beat}, the last turn done after", behind_s, "s"),
        Line(f"{way}: 50 mixed events/s for {sizes.seconds:g} s, ack p99", mixed.acks.p99, "ms", at_most=ACK_MS),
        Line(f"{way}: memory of the bot after all this", loaded_mb, "MB"),
    ]


def mixture(team: Team, ticks: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of ten events five ticks, four messages that are nobody's business, one command."""
    base = int(team.base.clock.now().timestamp())
    for number in itertools.count(1_000_000):
        match number % 10:
            case 1 | 3 | 5 | 7 | 9:
                yield next(ticks)
            case 0:
                yield command_payload(team, "help", number)
            case _:
                yield message_payload(team, "样品到了，放在二号货架", number, f"{base}.{number % 1_000_000:06d}")


async def measure_socket(sizes: Sizes, folder: Path) -> list[Line]:
    return await measure_way("Socket Mode", sizes, folder)


async def measure_http(sizes: Sizes, folder: Path) -> list[Line]:
    return await measure_way("signed HTTP", sizes, folder)


async def measure_memory(sizes: Sizes, folder: Path) -> list[Line]:
    """Idle, some seconds after the start: all in one process as a newcomer has it, the bot alone, bare Bolt."""
    everything = folder / "all"
    async with started("bot", "run", "--port", "0", "--data", str(everything), folder=folder / "all") as run:
        await asyncio.sleep(sizes.idle_s)
        whole_mb = run.resident_mb()
    team = make_team(folder / "alone")
    async with workspace(team, team.base.settings.data_dir) as server:
        async with bare("Socket Mode", folder / "bare", server, sizes) as app:
            bare_mb = app.idle_mb
        async with product("Socket Mode", team, server, sizes) as app:
            bot_mb = app.idle_mb
    team.database.close()
    return [
        Line("memory: ./run idle (bot and local workspace)", whole_mb, "MB", bare_mb, at_most=IDLE_MB),
        Line("memory: the bot alone, idle", bot_mb, "MB", bare_mb, at_most=IDLE_MB),
    ]


async def measure_start(sizes: Sizes, folder: Path) -> list[Line]:
    """A new process until its ready line: on an empty data directory, and on one that was used before."""
    first: dict[str, list[float]] = {"team": [], "none": []}
    again: list[float] = []
    bolt: list[float] = []
    for number in range(sizes.starts):
        for seed, found in first.items():
            found.append(await start_time("bot", "run", "--seed", seed, folder=folder / f"{seed}{number}"))
        again.append(await start_time("bot", "run", folder=folder / f"team{number}"))
        bolt.append(await bare_start_time(folder / "bare"))
    bare_s = median(bolt)
    return [
        Line("start: used data directory, until ready", median(again), "s", bare_s, at_most=START_S),
        Line("start: first, with the seeded team", median(first["team"]), "s", bare_s, at_most=START_S),
        Line("start: first, --seed none", median(first["none"]), "s", bare_s, at_most=START_S),
    ]


async def start_time(module: str, *arguments: str, folder: Path) -> float:
    async with started(module, *arguments, "--port", "0", "--data", str(folder), folder=folder) as process:
        return process.took_s


async def bare_start_time(folder: Path) -> float:
    async with started("bench.bare", "http://127.0.0.1:1/api/", "xoxb-bench", "", SIGNING_SECRET, folder=folder) as app:
        return app.took_s
