"""The values of inputs: from what a person gives to Slack's `state.values`, and back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.workspace.blocks import block_elements, initial_value, object_text, option_list, option_text
from bot.workspace.choices import State
from bot.workspace.labels import same_label
from bot.workspace.messages import Messages
from bot.workspace.records import Json, Person
from bot.workspace.rosters import Roster
from bot.workspace.shapes import Shapes
from bot.workspace.texts import Names, rich_text

STATE_KEYS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
_INITIAL = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "value": "initial_value",
    "rich_text_value": "initial_value",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHOWN_TIME = "%H:%M"


class BadValue(Exception):
    """A value that this input cannot take; the text says which would do."""


class UnknownName(BadValue):
    """Nobody, or no channel, is called so."""


@dataclass(frozen=True, slots=True)
class Input:
    """One stateful element of a form: `label` from its block, or its placeholder where it stands in a row."""

    label: str
    block_id: str
    action_id: str
    element: Json
    required: bool

    @property
    def kind(self) -> str:
        return str(self.element.get("type", ""))


def form_inputs(blocks: Sequence[Json], names: Names, *, rows: bool = True) -> list[Input]:
    """The input blocks of a form, and with `rows` the selects and pickers in its rows too."""
    found = []
    for block in blocks:
        block_id = str(block.get("block_id", ""))
        elements = [block["element"]] if block.get("type") == "input" else block_elements(block) if rows else []
        for element in elements:
            if element.get("type") not in STATE_KEYS:
                continue
            own = object_text(block.get("label") or element.get("placeholder") or block.get("text"), names)
            required = block.get("type") == "input" and not block.get("optional")
            found.append(Input(own, block_id, str(element.get("action_id", "")), element, required))
    return found


def initial_state(element: Json) -> Json:
    """What stands in an element before anybody touches it, as in `state.values`."""
    kind = str(element.get("type", ""))
    key, initial = STATE_KEYS[kind], initial_key(kind)
    empty: Any = [] if key in ("selected_options", "files") or key.endswith("s") else None
    return {"type": kind, key: element.get(initial, empty)}


def initial_key(kind: str) -> str:
    """The field of an element that holds what stands in it at first."""
    key = STATE_KEYS[kind]
    return _INITIAL.get(key, key.replace("selected", "initial", 1))


def with_choices(blocks: Sequence[Json], kept: State) -> list[Json]:
    """Blocks as a reader sees them who has chosen `kept` in their controls."""
    return [_block_with(block, kept.get(str(block.get("block_id")), {})) for block in blocks] if kept else list(blocks)


def _block_with(block: Json, chosen: dict[str, Json]) -> Json:
    if not chosen:
        return block
    if "elements" in block:
        return {**block, "elements": [_element_with(element, chosen) for element in block["elements"]]}
    place = "accessory" if "accessory" in block else "element"
    return {**block, place: _element_with(block[place], chosen)} if place in block else block


def _element_with(element: Json, chosen: dict[str, Json]) -> Json:
    state = chosen.get(str(element.get("action_id")))
    if state is None or state["type"] != element.get("type"):
        return element
    initial = initial_key(str(state["type"]))
    bare = {key: value for key, value in element.items() if key != initial}
    return bare if is_empty(state) else {**bare, initial: state[STATE_KEYS[str(state["type"])]]}


def is_empty(state: Json) -> bool:
    return state.get(STATE_KEYS[str(state["type"])]) in (None, "", [], {})


def find_option(options: Sequence[Json], wanted: Any) -> Json:
    """By text (emoji and spaces aside), else by value."""
    for option in options:
        if same_label(option_text(option), str(wanted)):
            return option
    for option in options:
        if option.get("value") == wanted:
            return option
    shown = ", ".join(option_text(option) for option in options[:10])
    raise BadValue(f"no option {wanted!r}; there are: {shown}")


class Values:
    """Turns what a person gives into states. `options` are those of a searched select, fetched before."""

    def __init__(self, roster: Roster, messages: Messages, shapes: Shapes, person: Person) -> None:
        self._roster = roster
        self._messages = messages
        self._shapes = shapes
        self._person = person
        self._makers: dict[str, Callable[[Any], Any]] = {
            "selected_user": self._user,
            "selected_users": lambda value: [self._user(one) for one in _many(value)],
            "selected_conversation": self._conversation,
            "selected_conversations": lambda value: [self._conversation(one) for one in _many(value)],
            "selected_channel": self._conversation,
            "selected_channels": lambda value: [self._conversation(one) for one in _many(value)],
            "selected_date": _date,
            "selected_time": _time,
            "selected_date_time": self._instant,
            "value": _text,
            "rich_text_value": lambda value: _first(rich_text(_text(value) or "")),
            "files": lambda value: [self._file(one) for one in _many(value)],
        }

    def state(self, element: Json, value: Any, options: Sequence[Json] | None = None) -> Json:
        """Raises BadValue."""
        kind = str(element.get("type", ""))
        key = STATE_KEYS[kind]
        if value in (None, "", []):
            return initial_state({"type": kind})
        choices = option_list(element) if options is None else options
        if key == "selected_option":
            return {"type": kind, key: find_option(choices, value)}
        if key == "selected_options":
            return {"type": kind, key: [find_option(choices, one) for one in _many(value)]}
        return {"type": kind, key: self._makers[key](value)}

    def _user(self, value: Any) -> str:
        person = self._roster.find_person(str(value))
        if person is None:
            raise UnknownName(f"nobody is called {value!r}")
        return person.id

    def _conversation(self, value: Any) -> str:
        channel = self._roster.find_channel(str(value), self._person.id)
        if channel is None:
            raise UnknownName(f"no channel is called {value!r}")
        return channel.id

    def _instant(self, value: Any) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError as problem:
            raise BadValue(f"{value!r} is not an ISO date and time") from problem
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self._person.tz))
        return int(aware.timestamp())

    def _file(self, value: Any) -> Json:
        file = self._messages.file(str(value))
        if file is None:
            raise BadValue(f"no file {value!r}: upload it first, then give its file_id")
        return self._shapes.file(file)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _first(blocks: list[Json]) -> Json | None:
    return blocks[0] if blocks else None


def _text(value: Any) -> str | None:
    return str(value) if value is not None else None


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as problem:
        raise BadValue(f"{value!r} is not an ISO date (2026-11-20)") from problem


def _time(value: Any) -> str:
    try:
        return time.fromisoformat(str(value)).strftime(_SHOWN_TIME)
    except ValueError as problem:
        raise BadValue(f"{value!r} is not a time (19:30)") from problem


def shown_value(state: Json, names: Names) -> Any:
    """A state as DRIVE shows it: option texts, names, ISO dates; None when empty."""
    key = STATE_KEYS[str(state["type"])]
    value = state.get(key)
    if value in (None, "", []):
        return None
    if key == "selected_date_time":
        return datetime.fromtimestamp(int(value), UTC).isoformat()
    if key == "files":
        return [file.get("name") for file in value]
    return initial_value({"type": state["type"], initial_key(str(state["type"])): value}, names)


# what Slack's client says before it sends a form

REFUSALS = {
    "zh": {
        "required": "请填写这一项",
        "number": "请输入数字",
        "email": "请输入邮箱地址",
        "url": "请输入网址",
        "short": "至少 {n} 个字符",
        "long": "最多 {n} 个字符",
        "low": "不能小于 {n}",
        "high": "不能大于 {n}",
    },
    "en": {
        "required": "Please complete this required field.",
        "number": "Please enter a number.",
        "email": "Please enter a valid email address.",
        "url": "Please enter a valid URL.",
        "short": "At least {n} characters.",
        "long": "At most {n} characters.",
        "low": "Must be at least {n}.",
        "high": "Must be at most {n}.",
    },
}


def client_refusal(one: Input, state: Json, locale: str) -> str | None:
    """Why Slack's client would not send this, in the person's language; None when it would."""
    words = REFUSALS["zh" if locale.startswith("zh") else "en"]
    if is_empty(state):
        return words["required"] if one.required else None
    value = str(state.get("value") or "")
    if one.kind == "number_input":
        return _number_refusal(one.element, value, words)
    if one.kind == "email_text_input" and not _EMAIL.fullmatch(value):
        return words["email"]
    if one.kind == "url_text_input" and not re.match(r"https?://\S+\.?\S+", value):
        return words["url"]
    if one.kind == "plain_text_input":
        return _length_refusal(one.element, value, words)
    return None


def _length_refusal(element: Json, value: str, words: dict[str, str]) -> str | None:
    least, most = int(element.get("min_length") or 0), int(element.get("max_length") or 3000)
    if len(value) < least:
        return words["short"].format(n=least)
    return words["long"].format(n=most) if len(value) > most else None


def _number_refusal(element: Json, value: str, words: dict[str, str]) -> str | None:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return words["number"]
    if not math.isfinite(number):
        return words["number"]
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return words["low"].format(n=low)
    return words["high"].format(n=high) if high is not None and number > float(high) else None
