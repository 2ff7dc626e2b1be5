"""Buttons and selects: to elements of Block Kit, and their ids back to action and value.

An action id is `feature.verb`, then `#n` where the same action stands twice in a block, then for selects
(which carry no value of their own) the value as JSON.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from bot.platforms.slack import limits
from bot.platforms.slack.blocks import BlockDict, compact, confirm, option, plain
from bot.platforms.slack.mrkdwn import PERSON_ID, clean, clip
from handlers.core.cards import Button, Control, Select, Value

LINK = "link"
"""The action id of buttons that open a page: their presses mean nothing to us."""

ACTION_ID = re.compile(r"(?P<action>[^#{]+)(?:#\d+)?(?P<value>\{.*\})?", re.DOTALL)


def read_action_id(action_id: str) -> tuple[str, Value]:
    """(action, value) of an action id that we made."""
    match = ACTION_ID.fullmatch(action_id)
    if match is None:
        return action_id, {}
    return match["action"], read_value(match["value"] or "")


def read_value(value: str) -> Value:
    """A button's JSON value; anything else reads as no value: nobody is obliged to send what we drew."""
    try:
        found = json.loads(value) if value else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: entry for key, entry in found.items() if isinstance(entry, str | int)}


def button(control: Button, suffix: str = "") -> BlockDict:
    element: BlockDict = {
        "type": "button",
        "action_id": (LINK if control.url else control.action) + suffix,
        "text": plain(control.label, limits.BUTTON_TEXT),
    }
    if control.url:
        element["url"] = control.url
    elif control.value:
        element["value"] = compact(control.value)
    if control.style != "default":
        element["style"] = control.style
    if control.confirm is not None:
        element["confirm"] = confirm(control.confirm)
    if spoken := clean(control.spoken).strip():
        element["accessibility_label"] = clip(spoken, limits.BUTTON_SPOKEN)
    return element


def select(control: Select, suffix: str = "") -> BlockDict | None:
    """None for a choice among nothing, which Slack does not take."""
    value = compact(control.value) if control.value else ""
    element: BlockDict = {
        "action_id": f"{control.action}{suffix}{value}",
        "placeholder": plain(control.label, limits.PLACEHOLDER),
    }
    match control.of:
        case "option":
            if not control.options:
                return None
            options = [option(choice) for choice in control.options[: limits.SELECT_OPTIONS]]
            element |= {"type": "static_select", "options": options, **initial_option(options, control)}
        case "search":
            options = [option(choice) for choice in control.options]
            element |= {"type": "external_select", "min_query_length": 0, **initial_option(options, control)}
        case "person":
            element["type"] = "users_select"
            if PERSON_ID.fullmatch(control.chosen):
                element["initial_user"] = control.chosen
        case "date" | "time":
            element["type"] = f"{control.of}picker"
            if control.chosen:
                element[f"initial_{control.of}"] = control.chosen
    return element


def initial_option(options: Sequence[BlockDict], control: Select) -> BlockDict:
    chosen = next((entry for entry in options if entry["value"] == control.chosen), None)
    return {"initial_option": chosen} if control.chosen and chosen else {}


def element(control: Control, suffix: str = "") -> BlockDict | None:
    return button(control, suffix) if isinstance(control, Button) else select(control, suffix)


def elements(controls: Sequence[Control]) -> list[BlockDict]:
    """The elements of one actions block: no two of them share an action id."""
    seen: Counter[str] = Counter()
    drawn = []
    for control in controls:
        name = LINK if isinstance(control, Button) and control.url else control.action
        entry = element(control, f"#{seen[name]}" if seen[name] else "")
        seen[name] += 1
        if entry is not None:
            drawn.append(entry)
    return drawn
