"""Processes of the product, driven from outside through the driver API."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

HOME = Path(__file__).resolve().parent.parent
READY_S = 30.0


@dataclass(slots=True)
class Running:
    """A started `callsheet …`; `ready` is what its ready line named."""

    process: asyncio.subprocess.Process
    ready: str
    log: Path

    async def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(8):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise


async def start(*arguments: str, env: Mapping[str, str] | None = None, log: Path) -> Running:
    """`python -m bot …` until its ready line; RuntimeError with its log when there is none."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SLACK_", "DATABASE_", "SECRET_", "PYTHONDONT"))
    }
    with log.open("ab") as stream:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, stdout=asyncio.subprocess.PIPE, stderr=stream,
            cwd=log.parent, env={**clean, "PYTHONPATH": str(HOME), **(env or {})},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            line = (await process.stdout.readline()).decode().strip()
    except TimeoutError:
        line = ""
    if " ready " not in line:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise RuntimeError(f"no ready line from {arguments}: {line!r}\n{tail(log)}")
    return Running(process, line.split(" ready ")[1], log)


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]


@dataclass(slots=True)
class Drive:
    """The calls of the driver API, one method for all: `await drive("say", person=…, …)`."""

    base: str
    key: str
    session: aiohttp.ClientSession = field(repr=False)

    async def __call__(self, call: str, **body: Any) -> dict[str, Any]:
        status, answer = await self.raw(call, **body)
        assert status == 200, f"{call}: {status} {str(answer)[:500]}"
        return answer

    async def raw(self, call: str, **body: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.key}"}
        if call in {"state", "messages", "form", "home", "suggest", "wire"}:
            params = {name: str(value) for name, value in body.items()}
            request = self.session.get(f"{self.base}/drive/{call}", params=params, headers=headers)
        else:
            request = self.session.post(f"{self.base}/drive/{call}", json=body, headers=headers)
        async with request as response:
            if response.content_type != "application/json":
                return response.status, {"error": await response.text()}
            answer: dict[str, Any] = await response.json()
            return response.status, answer

    async def settle(self, timeout_ms: int = 10_000) -> None:
        answer = await self("settle", timeout_ms=timeout_ms)
        assert answer["settled"], answer

    async def messages(self, person: str, channel: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self("messages", person=person, channel=channel, **more))["messages"]
        return found

    async def card(self, person: str = "小周", channel: str = "live-team") -> dict[str, Any]:
        """The living checklist card as this person sees it."""
        cards = [m for m in await self.messages(person, channel) if m["is_bot"] and "/45" in m["text"]]
        return cards[-1]


@asynccontextmanager
async def driving(ready: str) -> AsyncIterator[Drive]:
    """A driver for the address of a ready line."""
    base, _, key = ready.partition("/?key=")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield Drive(base, key, session)


@asynccontextmanager
async def trial(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Drive]:
    """`callsheet run` with its local workspace, ended by id."""
    running = await start("run", "--port", "0", "--data", str(folder / "data"), *arguments, env=env, log=folder / "log")
    try:
        async with driving(running.ready) as drive:
            yield drive
    finally:
        await running.stop()
