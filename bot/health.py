"""/healthz (alive), /readyz (can work now), /metrics (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str]
"""Says what is wrong; empty when all is well."""


class Health:
    """`checks` run in a thread at each /readyz; `measure` brings the gauges up to date. Until a bot has put its
    checks in, there is nothing that could be ready."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {"bot": lambda: "not started"}
        self.measure: Callable[[], None] = lambda: None

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(self, _: web.Request) -> web.Response:
        faults = {name: says for name, check in self.checks.items() if (says := await asyncio.to_thread(check))}
        return web.json_response({"ready": not faults, "faults": faults}, status=503 if faults else 200)

    async def metrics(self, _: web.Request) -> web.Response:
        await asyncio.to_thread(self.measure)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
