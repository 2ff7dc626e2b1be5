"""clock and settle."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

from bot.workspace.drive.requests import Ask, bad
from bot.workspace.records import Json
from bot.workspace.stages import Stage

STOP_S = 2.0
SETTLE_MS = 10_000
LOOK_S = 0.01
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def parse_duration(text: str) -> timedelta:
    """ISO 8601 without months and years (PT15M, P1DT2H); ValueError otherwise."""
    found = _DURATION.fullmatch(text)
    parts = {name: float(value) for name, value in found.groupdict().items() if value} if found else {}
    if not parts:
        raise ValueError(text)
    return timedelta(**parts)


async def reasons(stage: Stage) -> list[str]:
    """Why the workspace or the bot is not at rest."""
    return stage.sockets.waiting() + await asyncio.to_thread(stage.backstage.waiting)


async def settled(stage: Stage, timeout_s: float) -> list[str]:
    """Wait for two quiet looks in a row; what still waits at the timeout, else nothing."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    quiet = 0
    while True:
        waiting = await reasons(stage)
        quiet = 0 if waiting else quiet + 1
        if quiet == 2:
            return []
        if loop.time() >= until:
            return waiting
        await asyncio.sleep(LOOK_S)


async def settle(ask: Ask) -> Json:
    timeout_s = ask.number("timeout_ms", SETTLE_MS) / 1000
    waiting = await settled(ask.stage, timeout_s)
    return {"settled": False, "waiting": waiting} if waiting else {"settled": True}


def _target(ask: Ask, now: datetime) -> datetime:
    if ("advance" in ask) == ("to" in ask):
        raise bad("bad_field", 'give either "advance" or "to"')
    if "advance" in ask:
        try:
            return now + parse_duration(ask.required("advance"))
        except (ValueError, OverflowError) as problem:
            raise bad("bad_field", "advance is an ISO 8601 duration such as PT15M") from problem
    try:
        target = datetime.fromisoformat(ask.required("to"))
    except ValueError as problem:
        raise bad("bad_field", "to is an ISO 8601 time with its offset") from problem
    if target.tzinfo is None:
        raise bad("bad_field", "to needs an offset, such as +08:00")
    if target < now:
        raise bad("backwards", f"the clock stands at {now.isoformat()} and only goes forward")
    return target


async def clock(ask: Ask) -> Json:
    stage = ask.stage
    async with stage.walking:
        target = _target(ask, await stage.clock.refresh())
        sleeps = ask.flag("sleep")
        before = await asyncio.to_thread(stage.backstage.fired)
        if not sleeps:
            await _walk(stage, target)
        await _move(stage, target)
        waiting = await settled(stage, STOP_S)
        fired = await asyncio.to_thread(stage.backstage.fired) - before
        now = await stage.clock.refresh()
    return {"now": now.isoformat(), "fired": fired, "waiting": waiting}


async def _walk(stage: Stage, target: datetime) -> None:
    """Stand at each due instant before the target in turn."""
    while True:
        due = await asyncio.to_thread(stage.backstage.next_due_at)
        if due is None or due > target:
            return
        await _move(stage, due)
        await settled(stage, STOP_S)


async def _move(stage: Stage, to: datetime) -> None:
    now = await asyncio.to_thread(stage.backstage.now)
    if to > now:
        await asyncio.to_thread(stage.backstage.move_clock, to)
    shown = await stage.clock.refresh()
    stage.feed.publish("clock", data={"now": shown.isoformat()})
