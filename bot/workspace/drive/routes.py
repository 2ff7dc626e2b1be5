"""The driver's calls by method and name, and how a call is read and answered."""

from __future__ import annotations

from typing import Any

from aiohttp import BodyPartReader, web

from bot.workspace.drive import forms, places, posts, presses, times, trials
from bot.workspace.drive.requests import Ask, DriveError, Handler, bad, not_found
from bot.workspace.interactions import Interactions
from bot.workspace.sending import parse_body
from bot.workspace.stages import Stage
from bot.workspace.uploads import LARGEST

GETS: dict[str, Handler] = {
    "state": places.state,
    "messages": posts.messages,
    "form": forms.form,
    "home": forms.home,
    "suggest": presses.suggest,
    "wire": trials.wire,
    "faults": trials.faults,
    "commands": places.commands,
}
POSTS: dict[str, Handler] = {
    "say": posts.say,
    "edit": posts.edit,
    "delete": posts.delete,
    "press": presses.press,
    "submit": forms.submit,
    "dismiss": forms.dismiss,
    "react": posts.react,
    "shortcut": posts.shortcut,
    "upload": posts.upload,
    "channel": places.channel,
    "person": places.person,
    "read": places.read,
    "clock": times.clock,
    "settle": times.settle,
    "fault": trials.fault,
    "redeliver": trials.redeliver,
    "reset": trials.reset,
}


class Drive:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._interactions = Interactions(stage)

    async def get(self, request: web.Request) -> web.Response:
        """GET /drive/{call}"""
        return await self._answered(GETS, request, dict(request.query))

    async def post(self, request: web.Request) -> web.Response:
        """POST /drive/{call}"""
        try:
            fields = await read_fields(request)
        except DriveError as problem:
            return _refused(problem)
        return await self._answered(POSTS, request, fields)

    async def _answered(self, calls: dict[str, Handler], request: web.Request, fields: dict[str, Any]) -> web.Response:
        name = request.match_info["call"]
        try:
            handler = calls.get(name)
            if handler is None:
                known = "; there is such a call by the other method" if name in {**GETS, **POSTS} else ""
                raise not_found(f"no call {request.method} /drive/{name}{known}")
            answer = await handler(Ask(self._stage, self._interactions, fields))
        except DriveError as problem:
            return _refused(problem)
        return web.json_response(answer)


def _refused(problem: DriveError) -> web.Response:
    return web.json_response({"error": problem.error, "detail": problem.detail}, status=problem.status)


async def read_fields(request: web.Request) -> dict[str, Any]:
    """A JSON object, or for an upload the fields of a form with the bytes as `file`."""
    if request.match_info["call"] == "upload":
        return await _multipart(request)
    if not request.can_read_body:
        return {}
    if request.content_type != "application/json":
        raise bad("bad_content_type", "send application/json")
    try:
        fields = parse_body(await request.text() or "{}")
    except ValueError as problem:
        raise bad("bad_json", "the body is not JSON") from problem
    if not isinstance(fields, dict):
        raise bad("bad_json", "the body must be an object")
    return fields


async def _multipart(request: web.Request) -> dict[str, Any]:
    if request.content_type != "multipart/form-data":
        raise bad("bad_content_type", "send multipart/form-data")
    fields: dict[str, Any] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            if part.name == "file":
                fields["file"] = bytes(await part.read())
                fields["file_name"] = part.filename or "file"
            else:
                fields[part.name] = await part.text()
    except ValueError as problem:
        raise bad("bad_multipart", "the form could not be read") from problem
    if len(fields.get("file", b"")) > LARGEST:
        raise bad("too_large", f"at most {LARGEST} bytes")
    return fields
