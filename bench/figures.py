"""What was measured: samples, lines with their targets, the machine it ran on; as a table and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from slack_bolt.version import __version__ as bolt_version


@dataclass(slots=True)
class Sample:
    """Durations in seconds; read in milliseconds."""

    seconds: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def ms(self, share: float) -> float:
        """The nearest-rank quantile in ms: `ms(0.5)`, `ms(0.99)`. ValueError without a single duration."""
        if not self.seconds:
            raise ValueError("nothing was measured")
        ranked = sorted(self.seconds)
        return ranked[max(0, ceil(share * len(ranked)) - 1)] * 1000

    @property
    def p50(self) -> float:
        return self.ms(0.5)

    @property
    def p99(self) -> float:
        return self.ms(0.99)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, beside the bare framework's where there is one, and beside its target.

    `at_most` and `at_least` are the target; figures without one are there to explain the others.
    """

    what: str
    ours: float
    unit: str
    bare: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.bare if self.bare else None

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {short(self.at_most)}"
        return f"≥ {short(self.at_least)}" if self.at_least is not None else ""

    @property
    def is_met(self) -> bool | None:
        """None for a figure without a target."""
        if self.at_most is not None:
            return self.ours <= self.at_most
        return self.ours >= self.at_least if self.at_least is not None else None

    def cells(self) -> tuple[str, ...]:
        bare = "" if self.bare is None else short(self.bare)
        ratio = "" if self.ratio is None else f"{short(self.ratio)} ×"
        verdict = {None: "", True: "met", False: "missed"}[self.is_met]
        return self.what, short(self.ours), self.unit, bare, ratio, self.target, verdict


HEAD = ("measure", "Callsheet", "unit", "bare Bolt", "ratio", "target", "")


def short(number: float) -> str:
    """Three digits that matter."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def table(lines: Sequence[Line]) -> str:
    """Aligned columns, numbers to the right."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(width(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(" | ".join(padded(cell, widths[n], left=n == 0) for n, cell in enumerate(row)) for row in rows)


def padded(cell: str, to: int, *, left: bool) -> str:
    room = " " * (to - width(cell))
    return cell + room if left else room + cell


def load() -> list[float]:
    """The machine's load averages over 1, 5 and 15 minutes."""
    return [round(one, 2) for one in os.getloadavg()]


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "slack_bolt": bolt_version,
        "load": load(),
    }


def cpu_name() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def as_json(lines: Sequence[Line], facts: dict[str, Any]) -> dict[str, Any]:
    return {**facts, "lines": [{**asdict(line), "ratio": line.ratio, "is_met": line.is_met} for line in lines]}
