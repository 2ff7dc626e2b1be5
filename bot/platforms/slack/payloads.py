"""Slack's interactive payloads and slash commands to Incoming. What cannot be read is logged and is None."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypedDict, TypeVar

from bot.platforms.slack import limits
from bot.platforms.slack.controls import LINK, read_action_id, read_value
from bot.platforms.slack.forms import chosen_of, form_id_of, form_ref, read_values
from bot.platforms.slack.words import read_words
from handlers.core.messages import (
    Command,
    Dismissed,
    Options,
    Place,
    Press,
    Shortcut,
    Submission,
)

log = logging.getLogger(__name__)

Body = Mapping[str, Any]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Seen:
    """How a payload was received: by which bot (its user and bot id), at what product and real time."""

    bot_user_id: str
    bot_id: str
    now: datetime
    real: datetime


class Common(TypedDict):
    workspace_id: str
    person_id: str
    key: str
    said_at: datetime


def reader(read: Callable[[Body, Seen], Read | None]) -> Callable[[Body, Seen], Read | None]:
    """Nothing that arrives may raise: a payload of an unknown shape leaves a log line."""

    @wraps(read)
    def safely(body: Body, seen: Seen) -> Read | None:
        try:
            return read(body, seen)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
            kind = body.get("type")
            log.warning("unreadable payload: type=%s fault=%s %s", kind, type(fault).__name__, fault)
            return None

    return safely


def workspace_of(body: Body) -> str:
    """The workspace that installed the app, not the one that a guest from outside comes from."""
    granted = body.get("authorizations") or [{}]
    team = body.get("team") or {}
    found = (
        granted[0].get("team_id")
        or body.get("team_id")
        or team.get("id")
        or (body.get("user") or {}).get("team_id")
        or body.get("enterprise_id")
    )
    if not found:
        raise KeyError("team")
    return str(found)


def instant(ts: str | float) -> datetime:
    """Slack's "seconds.micros" as an instant."""
    return datetime.fromtimestamp(float(ts), UTC)


def kind_of(channel_id: str) -> Any:
    return "dm" if channel_id.startswith("D") else "channel"


def place_of(channel_id: str, message: Body | None = None) -> Place:
    """Where a message stands: a reply has a thread_ts that is not its own."""
    message = message or {}
    thread = str(message.get("thread_ts") or "")
    own = str(message.get("ts") or message.get("message_ts") or "")
    return Place(channel_id, "" if thread == own else thread, kind_of(channel_id))


def answer_address(body: Body, seen: Seen) -> dict[str, Any]:
    address = str(body.get("response_url") or "")
    if not address:
        return {}
    return {"answer_to": address, "answer_until": seen.real + timedelta(seconds=limits.ANSWER_ADDRESS_S)}


def interaction(body: Body, seen: Seen, key: str) -> Common:
    team = workspace_of(body)
    return {
        "workspace_id": team,
        "person_id": str(body["user"]["id"]),
        "key": f"{team}:{key}",
        "said_at": seen.now,
    }


@reader
def read_command(body: Body, seen: Seen) -> Command | None:
    team = workspace_of(body)
    return Command(
        workspace_id=team,
        person_id=str(body["user_id"]),
        place=place_of(str(body["channel_id"])),
        key=f"{team}:{body['trigger_id']}",
        said_at=seen.now,
        words=read_words(str(body.get("text") or "")),
        **answer_address(body, seen),
    )


@reader
def read_press(body: Body, seen: Seen) -> Press | None:
    """None as well for buttons that only open a page."""
    act = body["actions"][0]
    action, value = read_action_id(str(act["action_id"]))
    if action == LINK:
        return None
    is_button = act.get("type") == "button"
    common = interaction(body, seen, str(body["trigger_id"]))
    if act.get("action_ts"):
        common["said_at"] = instant(act["action_ts"])
    return Press(
        **common,
        **press_place(body),
        **answer_address(body, seen),
        action=action,
        value=read_value(str(act.get("value") or "")) if is_button else value,
        chosen="" if is_button else chosen_of(act),
    )


def press_place(body: Body) -> dict[str, Any]:
    """Place, surface and address of what the button stood on."""
    view = body.get("view")
    if view and view.get("type") == "home":
        return {"place": Place(kind="home"), "surface": "home"}
    if view:
        return {"place": Place(kind="none"), "surface": "form", "form": form_ref(view)}
    container = body.get("container") or {}
    channel_id = str(container.get("channel_id") or body["channel"]["id"])
    message = {**container, **(body.get("message") or {})}
    # An ephemeral message has no address: it can only be answered, never updated.
    ts = "" if container.get("is_ephemeral") else str(container.get("message_ts") or message["ts"])
    return {"place": place_of(channel_id, message), "surface": "message", "ts": ts}


@reader
def read_submission(body: Body, seen: Seen) -> Submission | None:
    view = body["view"]
    form_id = form_id_of(view)
    if not form_id:
        raise ValueError("a view that is not ours was submitted")
    return Submission(
        **interaction(body, seen, form_id),
        place=Place(kind="none"),
        form=form_ref(view),
        values=read_values(view),
    )


@reader
def read_dismissed(body: Body, seen: Seen) -> Dismissed | None:
    view = body["view"]
    return Dismissed(
        **interaction(body, seen, f"{view['id']}:{view.get('hash', '')}"),
        place=Place(kind="none"),
        form=form_ref(view),
    )


@reader
def read_options(body: Body, seen: Seen) -> Options | None:
    """`input_key` is the form's input, or the action of a select that stands on its own."""
    view = body.get("view")
    action, _ = read_action_id(str(body["action_id"]))
    block_id = str(body.get("block_id") or "")
    in_form = view is not None and any(
        block.get("block_id") == block_id and block.get("type") == "input" for block in view.get("blocks", ())
    )
    return Options(
        **interaction(body, seen, f"options:{block_id}"),
        place=Place(kind="none") if view else place_of(str(body["channel"]["id"]), body.get("container")),
        form=form_ref(view) if view and view.get("type") == "modal" else None,
        input_key=block_id if in_form else action,
        query=str(body.get("value") or ""),
    )


@reader
def read_shortcut(body: Body, seen: Seen) -> Shortcut | None:
    common = interaction(body, seen, str(body["trigger_id"]))
    name = str(body["callback_id"])
    if body.get("type") != "message_action":
        return Shortcut(**common, place=Place(kind="none"), name=name)
    message = body["message"]
    return Shortcut(
        **common,
        **answer_address(body, seen),
        place=place_of(str(body["channel"]["id"]), message),
        name=name,
        ts=str(message["ts"]),
        words=read_words(str(message.get("text") or ""), seen.bot_user_id),
        author_id=str(message.get("user") or ""),
    )
