"""What a failed call to Slack means for the work that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.platforms.base import Fate, SendError

# Codes of `ok: false`; all others are permanent.
FATES: Mapping[str, Fate] = {
    "ratelimited": Fate.LIMITED,
    "rate_limited": Fate.LIMITED,
    "message_limit_exceeded": Fate.LIMITED,
    "service_unavailable": Fate.RETRY,
    "request_timeout": Fate.RETRY,
    "accesslimited": Fate.RETRY,
    "team_added_to_org": Fate.RETRY,
    # Slack says of these two that part of the operation may have succeeded.
    "fatal_error": Fate.UNKNOWN,
    "internal_error": Fate.UNKNOWN,
    "message_not_found": Fate.GONE,
    "cant_update_message": Fate.GONE,
    "edit_window_closed": Fate.GONE,
}
REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
NOT_THERE = frozenset({
    "not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived", "no_permission",
    "thread_not_found",
})  # fmt: skip
LIMITED_S = 30.0
"""How long to wait when Slack does not say."""


def code_of(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def of_answer(error: SlackApiError, method: str) -> SendError:
    """The fate of a call that Slack answered with anything but ok."""
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    code = code_of(error)
    if status == 429 or FATES.get(code) is Fate.LIMITED:
        return limited(method, getattr(response, "headers", {}), code)
    if code:
        return SendError(FATES.get(code, Fate.DEAD), code)
    # No code: not Slack's application that answered, or its answer was cut off.
    return SendError(Fate.DEAD if 400 <= status < 500 else Fate.UNKNOWN, f"http_{status}")


def limited(method: str, headers: Mapping[str, str], code: str = "") -> SendError:
    """Posts are limited per channel, the rest per method; `message_limit_exceeded` is the workspace's."""
    try:
        wait_s = float(headers.get("Retry-After") or LIMITED_S)
    except ValueError:
        wait_s = LIMITED_S
    if code == "message_limit_exceeded":
        return SendError(Fate.LIMITED, code, retry_after_s=wait_s, scope="workspace")
    if method == "chat.postMessage":
        return SendError(Fate.LIMITED, "ratelimited", retry_after_s=wait_s, scope="lane")
    return SendError(Fate.LIMITED, "ratelimited", retry_after_s=wait_s, scope="method")


def of_wire(error: Exception) -> SendError:
    """The fate of a call without an answer: not sent if no connection came about, otherwise nobody knows."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return SendError(Fate.RETRY, "connect_failed")
    why = "timeout" if isinstance(error, TimeoutError) else "connection_lost"
    return SendError(Fate.UNKNOWN, why)
