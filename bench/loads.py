"""How events come: one after the other, many at once, or so many a second whatever becomes of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.figures import Sample
from bench.wires import Wire

AT_ONCE = 16
DRAIN_S = 60.0
Payloads = Iterator[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Taken:
    """Acknowledgments of a load, and how long (seconds) it took to have them all."""

    acks: Sample
    took_s: float

    @property
    def per_s(self) -> float:
        return len(self.acks.seconds) / self.took_s


async def timed(wire: Wire, payload: dict[str, Any], acks: Sample) -> None:
    begun = time.perf_counter()
    await wire.send(payload)
    acks.add(time.perf_counter() - begun)


async def one_by_one(wire: Wire, payloads: Payloads, count: int, *, rest_s: float = 0.0) -> Taken:
    """The next one when the last is acknowledged, after `rest_s`."""
    acks, begun = Sample(), time.perf_counter()
    for _ in range(count):
        await timed(wire, next(payloads), acks)
        if rest_s:
            await asyncio.sleep(rest_s)
    return Taken(acks, time.perf_counter() - begun)


async def flood(wire: Wire, payloads: Payloads, count: int) -> Taken:
    """Always 16 of them on their way."""
    acks, begun = Sample(), time.perf_counter()
    left = iter(range(count))

    async def sender() -> None:
        for _ in left:
            await timed(wire, next(payloads), acks)

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return Taken(acks, time.perf_counter() - begun)


async def steady(wire: Wire, payloads: Payloads, per_s: float, seconds: float) -> Taken:
    """So many a second, on the beat: a slow answer holds nobody back, and counts from its beat on."""
    acks, begun = Sample(), time.perf_counter()
    under_way: list[asyncio.Task[None]] = []
    for number in range(int(per_s * seconds)):
        beat = begun + number / per_s
        await asyncio.sleep(max(0.0, beat - time.perf_counter()))
        under_way.append(asyncio.create_task(since(beat, wire, next(payloads), acks)))
    await asyncio.gather(*under_way)
    return Taken(acks, time.perf_counter() - begun)


async def since(beat: float, wire: Wire, payload: dict[str, Any], acks: Sample) -> None:
    await wire.send(payload)
    acks.add(time.perf_counter() - beat)


async def drained(waiting: Callable[[], int]) -> float:
    """Seconds until no accepted event waits for its turn; TimeoutError after a minute."""
    begun = time.perf_counter()
    await asyncio.to_thread(wait_until_none, waiting)
    return time.perf_counter() - begun


def wait_until_none(waiting: Callable[[], int]) -> None:
    until = time.monotonic() + DRAIN_S
    while left := waiting():
        if time.monotonic() > until:
            raise TimeoutError(f"{left} events still wait for their turn after {DRAIN_S:.0f} s")
        time.sleep(0.02)
