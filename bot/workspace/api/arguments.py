"""The arguments of a Web API call: query, form and JSON merged, read by name and kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.workspace.records import Json
from bot.workspace.sending import parse_body
from bot.workspace.stages import Stage

NESTED = frozenset({"blocks", "view", "attachments", "metadata", "chunks", "files", "prompts"})


class ApiError(Exception):
    """An `ok: false` answer; `extra` goes into it."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


def invalid_arguments(*lines: str) -> ApiError:
    return ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {line}" for line in lines]})


class Arguments:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = {key: self._decoded(key, value) for key, value in raw.items()}

    def _decoded(self, key: str, value: Any) -> Any:
        if key in NESTED and isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError as problem:
                raise invalid_arguments(f"{key} is not JSON") from problem
        return value

    def __contains__(self, name: str) -> bool:
        return self._raw.get(name) is not None

    def get(self, name: str) -> Any:
        return self._raw.get(name)

    def text(self, name: str, default: str = "") -> str:
        value = self._raw.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._raw.get(name)
        if value is None:
            return default
        return value is True or str(value).lower() in ("1", "true", "yes")

    def number(self, name: str, default: int) -> int:
        value = self._raw.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError as problem:
            raise invalid_arguments(f"{name} must be a number") from problem

    def texts(self, name: str) -> list[str]:
        """A list, or words joined by commas."""
        value = self._raw.get(name)
        words = value if isinstance(value, list) else str(value or "").split(",")
        return [str(word).strip() for word in words if str(word).strip()]

    def shown(self) -> Json:
        """For the wire log."""
        return {key: value for key, value in self._raw.items() if key != "token"}


async def read_arguments(request: web.Request) -> dict[str, Any]:
    """Query, then form or JSON, later ones winning."""
    merged: dict[str, Any] = dict(request.query)
    if request.method == "GET" or not request.can_read_body:
        return merged
    if request.content_type == "application/json":
        try:
            body = parse_body(await request.text())
        except ValueError as problem:
            raise ApiError("invalid_json") from problem
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        return merged | body
    return merged | dict(await request.post())


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: any one of them is enough. `tier` as in Slack's table; 0 has a limit of its own or none."""

    run: Callable[[Stage, Arguments], Json]
    scopes: tuple[str, ...] = ()
    tier: int = 0
    app_level: bool = False
