"""How much is measured: enough to see something, enough to publish, enough to be sure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """`turns` per kind of database, `presses` per load, `seconds` of each steady rate, `starts` per kind of start,
    `shows` in the large database."""

    turns: int = 1000
    presses: int = 1000
    seconds: float = 20.0
    starts: int = 5
    shows: int = 10_000
    idle_s: float = 3.0


QUICK = Sizes(turns=200, presses=200, seconds=3.0, starts=2, shows=500, idle_s=1.0)
USUAL = Sizes()
LONG = Sizes(turns=5000, presses=5000, seconds=60.0, starts=10, idle_s=10.0)
