"""Block Kit read aloud: the words of a message, a form or a Home, and the controls drawn in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.workspace.records import Json
from bot.workspace.texts import Names, markdown_text, mrkdwn_text

Kind = Literal["button", "select", "checkbox", "picker", "overflow"]
KINDS: dict[str, Kind] = {
    "button": "button",
    "workflow_button": "button",
    "icon_button": "button",
    "feedback_buttons": "button",
    "overflow": "overflow",
    "checkboxes": "checkbox",
    "radio_buttons": "select",
    "datepicker": "picker",
    "timepicker": "picker",
    "datetimepicker": "picker",
    "plain_text_input": "picker",
    "number_input": "picker",
}


@dataclass(frozen=True, slots=True)
class Control:
    """One control as drawn. `near` is the text of its row; `option` only for a checkbox or a feedback button."""

    kind: Kind
    label: str
    action_id: str
    block_id: str
    near: str
    element: Json = field(repr=False)
    options: tuple[str, ...] | None = None
    value: Any = None
    option: Json | None = field(default=None, repr=False)


def object_text(thing: Any, names: Names) -> str:
    """A text object or a bare string, as read."""
    if isinstance(thing, str):
        return thing
    if not isinstance(thing, dict):
        return ""
    text = str(thing.get("text", ""))
    return mrkdwn_text(text, names) if thing.get("type") == "mrkdwn" else text


# the words


def _inline(node: Json, names: Names) -> str:
    return "".join(_leaf(element, names) for element in node.get("elements") or [])


_LEAVES: dict[str, Callable[[Json, Names], str]] = {
    "text": lambda e, names: str(e.get("text", "")),
    "user": lambda e, names: "@" + names.person_name(str(e.get("user_id", ""))),
    "channel": lambda e, names: "#" + names.channel_name(str(e.get("channel_id", ""))),
    "usergroup": lambda e, names: "@" + str(e.get("usergroup_id", "")),
    "broadcast": lambda e, names: "@" + str(e.get("range", "")),
    "link": lambda e, names: str(e.get("text") or e.get("url", "")),
    "date": lambda e, names: str(e.get("fallback") or e.get("timestamp", "")),
    "color": lambda e, names: str(e.get("value", "")),
}


def _leaf(element: Json, names: Names) -> str:
    kind = element.get("type", "")
    if kind == "emoji":
        codes = str(element.get("unicode") or "")
        return "".join(chr(int(code, 16)) for code in codes.split("-")) if codes else f":{element.get('name')}:"
    read = _LEAVES.get(kind)
    return read(element, names) if read else ""


def _rich_list(node: Json, names: Names) -> str:
    indent = "  " * int(node.get("indent") or 0)
    ordered = node.get("style") == "ordered"
    start = int(node.get("offset") or 0) + 1
    items = node.get("elements") or []
    marks = [f"{start + i}. " if ordered else "• " for i in range(len(items))]
    return "\n".join(indent + mark + _inline(item, names) for mark, item in zip(marks, items, strict=True))


def _rich_text(block: Json, names: Names) -> str:
    parts = []
    for node in block.get("elements") or []:
        read = _rich_list if node.get("type") == "rich_text_list" else _inline
        parts.append(read(node, names).strip("\n"))
    return "\n".join(part for part in parts if part)


def _section(block: Json, names: Names) -> str:
    parts = [object_text(block.get("text"), names)]
    parts += [object_text(one, names) for one in block.get("fields") or []]
    return "\n".join(part for part in parts if part)


def _context(block: Json, names: Names) -> str:
    parts = [
        str(e.get("alt_text", "")) if e.get("type") == "image" else object_text(e, names)
        for e in block.get("elements") or []
    ]
    return " ".join(part for part in parts if part)


def _cell(cell: Json, names: Names) -> str:
    if cell.get("type") == "rich_text":
        return _rich_text(cell, names)
    return str(cell.get("text", cell.get("value", "")))


def _table(block: Json, names: Names) -> str:
    lines = [" | ".join(_cell(cell, names) for cell in row) for row in block.get("rows") or []]
    return "\n".join([*([block["caption"]] if block.get("caption") else []), *lines])


def _chart(block: Json, names: Names) -> str:
    chart = block.get("chart") or {}
    lines = [str(block.get("title", ""))]
    for series in chart.get("series") or []:
        points = ", ".join(f"{point.get('label')} {point.get('value')}" for point in series.get("data") or [])
        lines.append(f"{series.get('name')}: {points}")
    lines += [f"{one.get('label')}: {one.get('value')}" for one in chart.get("segments") or []]
    return "\n".join(line for line in lines if line)


def _image(block: Json, names: Names) -> str:
    return object_text(block.get("title"), names) or str(block.get("alt_text", ""))


def _plan(block: Json, names: Names) -> str:
    lines = [object_text(block.get("title"), names)]
    lines += [object_text(task.get("title"), names) for task in block.get("tasks") or []]
    return "\n".join(line for line in lines if line)


def _titled(block: Json, names: Names) -> str:
    return object_text(block.get("title") or block.get("text"), names)


_READERS: dict[str, Callable[[Json, Names], str]] = {
    "section": _section,
    "header": _titled,
    "context": _context,
    "rich_text": _rich_text,
    "markdown": lambda block, names: markdown_text(str(block.get("text", ""))),
    "table": _table,
    "data_table": _table,
    "data_visualization": _chart,
    "image": _image,
    "video": _titled,
    "alert": _titled,
    "task_card": _titled,
    "plan": _plan,
    "input": lambda block, names: object_text(block.get("label"), names),
}


def block_text(block: Json, names: Names) -> str:
    """The words of one block; buttons and dividers have none."""
    read = _READERS.get(str(block.get("type", "")))
    return read(block, names) if read else ""


def plain_text(blocks: Sequence[Json], names: Names) -> str:
    """The words of all blocks, one block after the other, items one a line."""
    parts = [block_text(block, names) for block in blocks]
    return "\n".join(part for part in parts if part)


# the controls


def option_list(element: Json) -> list[Json]:
    """The options of a select, groups flattened."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group.get("options") or []
    return options


def option_text(option: Json | None) -> str:
    return str(((option or {}).get("text") or {}).get("text", ""))


def initial_value(element: Json, names: Names) -> Any:
    """What stands in an element at first, as DRIVE shows it: texts, names, ISO dates; None when empty."""
    if "initial_option" in element:
        return option_text(element["initial_option"])
    if "initial_options" in element:
        return [option_text(option) for option in element["initial_options"]]
    for key in ("initial_user", "initial_conversation", "initial_channel"):
        if key in element:
            return _shown_id(str(element[key]), names)
    for key in ("initial_users", "initial_conversations", "initial_channels"):
        if key in element:
            return [_shown_id(str(one), names) for one in element[key]]
    for key in ("initial_value", "initial_date", "initial_time", "initial_date_time"):
        if key in element:
            return element[key]
    return None


def _shown_id(found: str, names: Names) -> str:
    return names.person_name(found) if found[:1] in "UW" else names.channel_name(found)


def _checkboxes(element: Json, block_id: str, near: str) -> Iterator[Control]:
    checked = [option.get("value") for option in element.get("initial_options") or []]
    for option in option_list(element):
        is_on = option.get("value") in checked
        action = str(element.get("action_id", ""))
        yield Control("checkbox", option_text(option), action, block_id, near, element, None, is_on, option)


def _feedback(element: Json, block_id: str, near: str) -> Iterator[Control]:
    for key in ("positive_button", "negative_button"):
        option = element.get(key) or {}
        action = str(element.get("action_id", ""))
        yield Control("button", option_text(option), action, block_id, near, element, None, None, option)


def _drawn(element: Json, block_id: str, near: str, title: str, names: Names) -> Iterator[Control]:
    """`title` is the label that a form gives to the element; it goes before the element's own words."""
    kind: Kind | None = KINDS.get(str(element.get("type", "")))
    if kind is None:
        kind = "select" if str(element.get("type", "")).endswith("_select") else None
    if element.get("type") == "feedback_buttons":
        yield from _feedback(element, block_id, near)
    elif kind == "checkbox":
        yield from _checkboxes(element, block_id, near)
    elif kind is not None:
        own = object_text(element.get("text") or element.get("placeholder"), names)
        label = own if own and not title else title or near.partition("\n")[0]
        listed = option_list(element)
        options = tuple(option_text(option) for option in listed) if listed or kind == "overflow" else None
        value = element.get("value") if kind == "button" else initial_value(element, names)
        yield Control(kind, label, str(element.get("action_id", "")), block_id, near, element, options, value)


def block_elements(block: Json) -> list[Json]:
    """The interactive elements of one block; of a form's inputs, those that act at once."""
    if block.get("type") in ("actions", "context_actions"):
        return list(block.get("elements") or [])
    if block.get("type") == "input" and block.get("dispatch_action"):
        return [block["element"]]
    accessory = block.get("accessory")
    if block.get("type") == "section" and isinstance(accessory, dict):
        return [accessory]
    return []


def controls(blocks: Sequence[Json], names: Names) -> list[Control]:
    """Every control of the blocks, in the order drawn. A row of buttons is near the words just above it."""
    found: list[Control] = []
    above = ""
    for block in blocks:
        words = block_text(block, names)
        near = words or above
        title = words if block.get("type") == "input" else ""
        for element in block_elements(block):
            found += _drawn(element, str(block.get("block_id", "")), near, title, names)
        above = words or ("" if block.get("type") == "divider" else above)
    return found
