"""One Web API call: token, faults, scope, rate, method, answer, wire log."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiohttp import web

from bot.workspace.api.arguments import ApiError, Arguments, Method, read_arguments
from bot.workspace.api.methods import METHODS
from bot.workspace.faults import Fault
from bot.workspace.records import Json
from bot.workspace.stages import Stage

LARGEST_CALL = 1024 * 1024


class _Broken(Exception):
    """The connection is to be cut instead of answered."""


class Calls:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET and POST /api/{method}"""
        started = time.monotonic()
        name = request.match_info["method"]
        args = Arguments({})
        status, headers = 200, self._headers()
        try:
            raw = await read_arguments(request)
            args = Arguments(raw)
            answer = await self._answered(name, args, self._token(request, raw))
        except ApiError as problem:
            answer = {"ok": False, "error": problem.error, **problem.extra}
            status = int(answer.pop("http_status", 200))
            headers |= answer.pop("headers", {})
        except _Broken:
            self._log(name, args, started, {"ok": False, "error": "connection cut on order"})
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        self._log(name, args, started, answer)
        return web.json_response(answer, status=status, headers=headers)

    def _headers(self) -> dict[str, str]:
        scopes = ",".join(sorted(self._stage.manifest.scopes))
        return {"x-oauth-scopes": scopes, "x-slack-req-id": "local"}

    def _log(self, name: str, args: Arguments, started: float, answer: Json) -> None:
        ms = (time.monotonic() - started) * 1000
        shown = args.shown()
        what = " ".join(str(shown[key]) for key in ("channel", "user", "user_id", "ts", "view_id") if key in shown)
        summary = what if answer["ok"] else f"{answer['error']} {what}"
        body = {"arguments": shown, "answer": answer}
        self._stage.wire.add("in", name, summary.strip(), ms=ms, ok=bool(answer["ok"]), body=body)

    def _token(self, request: web.Request, raw: dict[str, Any]) -> str:
        header = request.headers.get("Authorization", "")
        return header.removeprefix("Bearer ").strip() or str(raw.get("token") or "")

    async def _answered(self, name: str, args: Arguments, token: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        self._check_token(method, name, token)
        fault = self._stage.faults.take(name)
        if fault:
            await self._suffer(fault)
        self._check_scope(method)
        wait_s = self._stage.rates.wait_s(name, method.tier, args.text("channel"))
        if wait_s:
            raise _limited(wait_s)
        answer = {"ok": True, **method.run(self._stage, args)}
        if fault and fault.drop_after:
            raise _Broken
        return answer

    async def _suffer(self, fault: Fault) -> None:
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.disconnect:
            raise _Broken
        if fault.drop_after:
            return
        if fault.http_status == 429 or (fault.http_status is None and fault.retry_after_s is not None):
            raise _limited(fault.retry_after_s or 1, fault.error or "ratelimited")
        if fault.error or fault.http_status:
            raise ApiError(fault.error or "internal_error", http_status=fault.http_status or 200)

    def _check_token(self, method: Method, name: str, token: str) -> None:
        if name == "api.test":
            return
        if not token:
            raise ApiError("not_authed")
        tokens = self._stage.tokens
        if token not in (tokens.bot, tokens.app):
            raise ApiError("invalid_auth")
        if method.app_level != (token == tokens.app):
            raise ApiError("not_allowed_token_type")

    def _check_scope(self, method: Method) -> None:
        granted = self._stage.manifest.scopes
        if method.scopes and not any(scope in granted for scope in method.scopes):
            raise ApiError("missing_scope", needed=",".join(method.scopes), provided=",".join(sorted(granted)))


def _limited(wait_s: float, error: str = "ratelimited") -> ApiError:
    shown = str(int(wait_s) if wait_s == int(wait_s) else wait_s)
    return ApiError(error, http_status=429, headers={"Retry-After": shown})
