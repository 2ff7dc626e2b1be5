"""How fast each kind of call may go, as gates of the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from bot.platforms.base import (
    Pace,
    SendDirect,
    SendFile,
    SendHome,
    Sending,
    SendPost,
    SendPrivate,
    SendReaction,
    SendUpdate,
)
from bot.platforms.slack import limits

BURST_CALLS = 10
"""A tier is counted over a minute, so that some calls at once are fine."""


METHOD_OF_KIND = {
    "update": "chat.update",
    "reaction": "reactions.add",
    "reaction_removal": "reactions.remove",
    "home": "views.publish",
    "file": "files.getUploadURLExternal",
}


def gate_of(workspace_id: str, kind: str) -> str | None:
    """The gate of the method that all sendings of this kind share."""
    method = METHOD_OF_KIND.get(kind)
    return f"{workspace_id}:{method}" if method else None


def of_sending(workspace_id: str, sending: Sending) -> Sequence[Pace]:
    match sending:
        case SendPost():
            return [channel(workspace_id, sending.channel_id)]
        case SendDirect():
            return [channel(workspace_id, sending.person_id)]
        case SendUpdate():
            return [Pace("", limits.UPDATE_PACE_MS), tier(workspace_id, "chat.update")]
        case SendReaction():
            return [tier(workspace_id, "reactions.remove" if sending.remove else "reactions.add")]
        case SendFile():
            place = sending.channel_id or sending.person_id
            return [channel(workspace_id, place), tier(workspace_id, "files.getUploadURLExternal")]
        case SendHome():
            return [tier(workspace_id, "views.publish")]
        case SendPrivate():
            return []


def channel(workspace_id: str, channel_id: str) -> Pace:
    return Pace(f"slack:{workspace_id}:{channel_id}", limits.POST_PACE_MS, limits.POST_BURST_MS)


def tier(workspace_id: str, method: str) -> Pace:
    pace_ms = limits.tier_pace_ms(method)
    return Pace(f"{workspace_id}:{method}", pace_ms, pace_ms * (BURST_CALLS - 1))
