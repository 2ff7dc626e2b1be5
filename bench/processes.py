"""Processes under measurement: started until their ready line, weighed, ended by their own id."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HOME = Path(__file__).resolve().parent.parent
READY_S = 60.0
STOP_S = 8.0
OURS = ("SLACK_", "DATABASE_", "SECRET_", "DATA_", "PACING", "SQLITE_", "LOG_")


@dataclass(frozen=True, slots=True)
class Started:
    """`ready` is what the ready line named, `took_s` from the start of the process to that line."""

    process: asyncio.subprocess.Process
    ready: str
    took_s: float

    def resident_mb(self) -> float:
        """What stands in memory now, shared libraries included."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def started(module: str, *arguments: str, folder: Path, **env: str) -> AsyncIterator[Started]:
    """`python -m MODULE …` in `folder`, its own errors in `folder/log`; RuntimeError when it does not get ready."""
    with log_in(folder) as stream:
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, stderr=stream, cwd=folder,
            env={**clean(os.environ), "PYTHONPATH": str(HOME), **env},
        )  # fmt: skip
    try:
        yield Started(process, await ready_line(process, folder), time.monotonic() - begun)
    finally:
        await end(process)


def log_in(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "log").open("ab")


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """What this machine says of Slack and databases is not for a measurement."""
    return {key: value for key, value in env.items() if not key.startswith(OURS)}


async def ready_line(process: asyncio.subprocess.Process, folder: Path) -> str:
    if process.stdout is None:
        raise RuntimeError("the process was started without a pipe")
    line = ""
    try:
        async with asyncio.timeout(READY_S):
            line = (await process.stdout.readline()).decode().strip()
    except TimeoutError:
        line = f"nothing within {READY_S:.0f} s"
    if " ready " not in line:
        raise RuntimeError(f"no ready line but {line!r}: see {folder / 'log'}\n{tail_of(folder)}")
    return line.split(" ready ", 1)[1]


def tail_of(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
