"""`python -m bench.turns`: what a tick on the 45-item card costs, beside bare Bolt doing nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from bench.figures import Line, as_json, load, machine, table
from bench.inside import measure_call, measure_shows, measure_turn
from bench.outside import measure_http, measure_memory, measure_socket, measure_start
from bench.sizes import LONG, QUICK, USUAL, Sizes

Measure = Callable[[Sizes, Path], Awaitable[list[Line]]]
MEASURES: Mapping[str, Measure] = {
    "turn": measure_turn,
    "shows": measure_shows,
    "call": measure_call,
    "socket": measure_socket,
    "http": measure_http,
    "memory": measure_memory,
    "start": measure_start,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when every target that was measured is met, else 1."""
    options = build_parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    facts, begun = machine(), time.monotonic()
    lines = asyncio.run(measure(options.only or tuple(MEASURES), sizes_of(options), options.folder))
    facts |= {"load_after": load(), "took_s": round(time.monotonic() - begun, 1)}
    if options.json:
        print(json.dumps(as_json(lines, facts), ensure_ascii=False, indent=1))
    else:
        print(header(facts), table(lines), sep="\n\n")
    return int(any(line.is_met is False for line in lines))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench/turns",
        description="Measure ticks on the 45-item checklist: in process, over Socket Mode and over signed HTTP, each "
        "beside bare Bolt with one empty listener in the same run; memory; start; cost among many shows.",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", const=QUICK, dest="size", help="a minute, to see something")
    size.add_argument("--long", action="store_const", const=LONG, dest="size", help="larger numbers, steadier figures")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"of: {', '.join(MEASURES)}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--folder", type=Path, help="where the databases are made (default: a temporary one)")
    for field in fields(Sizes):
        kind = float if field.type == "float" else int
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help="overrides the size's own")
    parser.set_defaults(size=USUAL)
    return parser


def sizes_of(options: argparse.Namespace) -> Sizes:
    given = {field.name: getattr(options, field.name) for field in fields(Sizes)}
    sizes: Sizes = options.size
    return replace(sizes, **{name: number for name, number in given.items() if number is not None})


async def measure(names: Sequence[str], sizes: Sizes, folder: Path | None) -> list[Line]:
    """One after the other, each in a folder of its own that is gone afterwards."""
    lines: list[Line] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=folder) as where:
            print(f"… {name}", file=sys.stderr, flush=True)
            lines += await MEASURES[name](sizes, Path(where))
    return lines


def header(facts: Mapping[str, Any]) -> str:
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}, Python {facts['python']}, "
        f"SQLite {facts['sqlite']}, Bolt {facts['slack_bolt']}\n"
        f"load average {facts['load']} before, {facts['load_after']} after {facts['took_s']} s"
    )


if __name__ == "__main__":
    sys.exit(main())
