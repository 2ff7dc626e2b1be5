"""fault, redeliver, wire, reset."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import Any

from bot.workspace.api.methods import METHODS
from bot.workspace.drive.requests import Ask, bad, not_found
from bot.workspace.faults import ACK, SOCKET, Fault
from bot.workspace.records import Json

SEEDS = ("team", "none")
REPEATS = 50
FAULT_FIELDS = frozenset(field.name for field in fields(Fault))


async def fault(ask: Ask) -> Json:
    unknown = ", ".join(sorted(set(ask.fields) - FAULT_FIELDS))
    if unknown:
        raise bad("bad_field", f"a fault has no {unknown}; it has {', '.join(sorted(FAULT_FIELDS))}")
    method = ask.required("method")
    if method not in METHODS and method not in (SOCKET, ACK, "*"):
        raise not_found(f"{method!r} is not a method of this Web API")
    times = int(ask.number("times", 1, least=1))
    if method == SOCKET:
        for _ in range(times):
            await ask.stage.sockets.disconnect(abort=ask.flag("disconnect"))
        return {}
    status = ask.number("http_status", 0)
    if status and not 400 <= status < 600:
        raise bad("bad_field", "http_status is between 400 and 599")
    retry = ask.number("retry_after_s", 0) if "retry_after_s" in ask else None
    ask.stage.faults.order(
        Fault(
            method,
            times,
            int(status) or None,
            ask.text("error") or None,
            retry,
            ask.number("delay_ms", 0),
            ask.flag("drop_after"),
            ask.flag("disconnect"),
        )
    )
    ask.stage.feed.publish("faults")
    return {}


async def faults(ask: Ask) -> Json:
    return {"faults": ask.stage.faults.standing()}


async def redeliver(ask: Ask) -> Json:
    event, times = ask.text("event", "last") or "last", int(ask.number("times", 1, least=1))
    found = ask.stage.history.event(event)
    if found is None:
        raise not_found(f"no event {event!r} has been delivered")
    if times > REPEATS:
        raise bad("bad_field", f"times is at most {REPEATS}")
    event_id, payload = found
    ask.stage.sockets.redeliver(event_id, payload, times)
    return {"event": event_id}


async def wire(ask: Ask) -> list[Any]:
    since = int(ask.number("since", 0))
    return [entry.as_json() for entry in ask.stage.wire.since(since)]


async def reset(ask: Ask) -> Json:
    seed = ask.text("seed") or None
    if seed is not None and seed not in SEEDS:
        raise bad("bad_field", f"seed is one of {', '.join(SEEDS)}")
    stage = ask.stage
    async with stage.walking:
        stage.sockets.forget()
        stage.faults.clear()
        try:
            await asyncio.to_thread(stage.backstage.reset, seed)
        except PermissionError as problem:
            raise bad("no_seed_mark", str(problem) or "this database does not bear the seed's mark") from problem
        stage.sockets.forget()
        await stage.clock.refresh()
        stage.world.reset(await asyncio.to_thread(stage.backstage.seed_name))
    return {}
