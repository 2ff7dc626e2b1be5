"""The workspace as one server on loopback: assembled, started, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.workspace import page
from bot.workspace.api.calls import Calls
from bot.workspace.backstage import Backstage
from bot.workspace.clocks import WorkspaceClock
from bot.workspace.drive.routes import Drive
from bot.workspace.people import load_cast
from bot.workspace.security import Guard, add_headers
from bot.workspace.stages import Stage, WorkspaceOptions
from bot.workspace.uploads import LARGEST

HOST = "127.0.0.1"
SHUTDOWN_S = 2.0

__all__ = ["LocalWorkspace", "WorkspaceOptions"]


class LocalWorkspace:
    """`base_url`, `api_url`, `page_url` and the tokens are there once `start` has returned."""

    def __init__(
        self,
        options: WorkspaceOptions,
        backstage: Backstage,
        extra_routes: Callable[[web.Application], None] | None = None,
    ) -> None:
        self._options = options
        self._backstage = backstage
        self._extra_routes = extra_routes
        self._stage: Stage | None = None
        self._runner: web.AppRunner | None = None
        cast = load_cast()
        self.team_id = cast.team.id
        self.bot_user_id = cast.bot.user_id
        self.bot_id = cast.bot.bot_id
        self.base_url = ""

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            raise RuntimeError("the workspace has not been started")
        return self._stage

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    @property
    def page_url(self) -> str:
        return f"{self.base_url}/?key={self._options.key}"

    @property
    def bot_token(self) -> str:
        return self.stage.tokens.bot

    @property
    def app_token(self) -> str:
        return self.stage.tokens.app

    async def start(self) -> None:
        """Listen on 127.0.0.1 only; OSError when the port is taken."""
        clock = WorkspaceClock(self._backstage)
        await clock.refresh()
        seed = await asyncio.to_thread(self._backstage.seed_name) or self._options.seed
        self._options.data_dir.mkdir(parents=True, exist_ok=True)
        stage = self._stage = Stage(self._options, self._backstage, clock, seed)
        guard = Guard(stage)
        self._runner = web.AppRunner(self._application(stage, guard), access_log=None, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._options.port).start()
        except OSError:
            await self.close()
            raise
        guard.port = int(self._runner.addresses[0][1])
        self.base_url = f"http://{HOST}:{guard.port}"
        stage.listening_at(self.base_url)
        stage.sockets.start()

    def _application(self, stage: Stage, guard: Guard) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 1024 * 1024, middlewares=[guard.middleware()])
        calls, drive = Calls(stage), Drive(stage)
        app.router.add_route("GET", "/api/{method}", calls.serve)
        app.router.add_route("POST", "/api/{method}", calls.serve)
        app.router.add_get("/socket", stage.sockets.serve)
        app.router.add_post("/respond/{token}", stage.responses.serve)
        app.router.add_post("/upload/{file_id}", stage.uploads.receive)
        app.router.add_get("/files/{file_id}", stage.uploads.serve)
        app.router.add_get("/drive/{call}", drive.get, allow_head=False)
        app.router.add_post("/drive/{call}", drive.post)
        page.add_routes(app, stage.world, self._options.manifest)
        if self._extra_routes:
            self._extra_routes(app)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._end_streams)
        return app

    async def _end_streams(self, app: web.Application) -> None:
        self.stage.feed.close()
        await self.stage.sockets.close()

    async def close(self) -> None:
        """Ends the streams, closes the sockets, then the server and the history."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        if self._stage:
            self._stage.history.close()
