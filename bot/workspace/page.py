"""The routes of the page: the screen itself, its stream of changes and its static files."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.workspace.events import Streams
from bot.workspace.guide import Guide
from bot.workspace.pens import Pen
from bot.workspace.render.environments import LANGUAGES, environment, language_of
from bot.workspace.screens import Place, Screens
from bot.workspace.world import World

CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
NEXT_SHOW_AT: web.AppKey[Callable[[], datetime | None]] = web.AppKey("next_show_at")


class Page:
    """One screen per request; whatever changes later comes through the stream."""

    def __init__(self, world: World, manifest: Mapping[str, Any]) -> None:
        self._world = world
        guide = Guide(world.history, world.feed)
        self._screens = Screens(world, manifest, guide)
        self._streams = Streams(world, guide)

    def pen(self, request: web.Request) -> Pen:
        """For the person of `?as=`, else the first one; in the language of `?lang=`, else theirs."""
        named = request.query.get("as", "")
        person = self._world.roster.find_person(named) if named else self._world.roster.people()[0]
        if person is None or person.is_bot:
            raise web.HTTPNotFound(text=f"nobody here is called {named}")
        wanted = request.query.get("lang", "")
        return Pen(self._world, person, wanted if wanted in LANGUAGES else language_of(person.locale))

    def _place(self, request: web.Request, pen: Pen) -> Place:
        named = request.match_info.get("channel") or request.query.get("channel") or self._first_channel(pen)
        channel = self._world.roster.find_channel(named, pen.person.id)
        if channel is None or not self._world.roster.may_see(pen.person.id, channel):
            channel = self._world.roster.find_channel(self._first_channel(pen), pen.person.id)
        if channel is None:
            raise web.HTTPNotFound(text=f"there is no channel {named}")
        return Place(channel, request.query.get("tab", "messages"), request.query.get("thread") or None)

    def _first_channel(self, pen: Pen) -> str:
        mine = [c for c in self._world.roster.channels_of(pen.person.id) if not c.is_dm]
        return mine[0].id if mine else "dm"

    async def show(self, request: web.Request) -> web.Response:
        pen = self.pen(request)
        place = self._place(request, pen)
        show_at = await self._next_show_at(request)
        if place.tab != "home":
            self._world.messages.mark_read(pen.person.id, place.channel.id)
        theme = request.cookies.get("theme", "")
        screen = self._screens.draw(
            pen,
            place,
            seq=self._streams.position(),
            theme=theme if theme in ("light", "dark") else "",
            show_at=show_at,
        )
        html = environment(pen.reader.language).get_template("page.html").render(page=screen)
        headers = {
            "Content-Security-Policy": CSP,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def permalink(self, request: web.Request) -> web.Response:
        """A message's own address leads to where it stands."""
        digits = request.match_info["digits"]
        query = {**request.query, "at": f"{digits[:-6]}.{digits[-6:]}"}
        if thread := query.pop("thread_ts", None):
            query["thread"] = thread
        query.pop("cid", None)
        raise web.HTTPFound(f"/c/{quote(request.match_info['channel'])}?{urlencode(query)}")

    async def _next_show_at(self, request: web.Request) -> datetime | None:
        ask = request.app.get(NEXT_SHOW_AT)
        return await asyncio.to_thread(ask) if ask else None

    async def events(self, request: web.Request) -> web.StreamResponse:
        pen = self.pen(request)
        return await self._streams.run(request, pen, self._place(request, pen))


def add_routes(app: web.Application, world: World, manifest: Mapping[str, Any]) -> Page:
    """Adds `/`, `/c/{channel}`, `/archives/…`, `/events` and `/static/` to the workspace's application."""
    page = Page(world, manifest)
    app.router.add_get("/", page.show)
    app.router.add_get("/c/{channel}", page.show)
    app.router.add_get(r"/archives/{channel}/p{digits:\d{7,20}}", page.permalink)
    app.router.add_get("/events", page.events)
    app.router.add_static("/static/", Path(str(files("bot.workspace").joinpath("static"))))
    return page
