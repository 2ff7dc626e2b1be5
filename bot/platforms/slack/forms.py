"""Forms to modal views, and what was typed into them back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.platforms.slack import blocks, limits
from bot.platforms.slack.blocks import BlockDict
from bot.platforms.slack.mrkdwn import PERSON_ID, clean, clip
from bot.platforms.slack.pieces import Look, Piece, draw
from bot.platforms.slack.renderer import view_blocks
from handlers.core.cards import (
    Block,
    ChoiceInput,
    DateInput,
    FileInput,
    Form,
    Input,
    NumberInput,
    Option,
    PersonInput,
    SearchInput,
    TextInput,
    TimeInput,
)
from handlers.core.messages import FormRef

INPUT_ACTION = "in"
SUBMIT = "OK"


def mint_id() -> str:
    """A new form id: the same one twice is the same submission."""
    return secrets.token_hex(12)


def modal(form: Form, form_id: str, look: Look | None = None) -> BlockDict:
    """The view of views.open, push and update."""
    look = look or Look(surface="modal")
    pieces = list(draw_body(form.body, look))
    if len(clean(form.title)) > limits.VIEW_TITLE:
        pieces.insert(0, Piece(blocks.header(form.title)))
    view: BlockDict = {
        "type": "modal",
        "callback_id": form.name,
        "title": blocks.plain(form.title, limits.VIEW_TITLE),
        "blocks": view_blocks(pieces),
        "private_metadata": blocks.compact({"form": form.name, "args": dict(form.args), "id": form_id}),
    }
    if form.tell_when_closed:
        view["notify_on_close"] = True
    if form.submit or form.inputs:
        view["submit"] = blocks.plain(form.submit or SUBMIT, limits.VIEW_BUTTON)
    return view


def draw_body(body: Sequence[Block | Input], look: Look) -> Iterator[Piece]:
    """Blocks and inputs in their order; blocks between two inputs are drawn together."""
    waiting: list[Block] = []
    for part in body:
        if not isinstance(part, Input):
            waiting.append(part)
            continue
        yield from draw(waiting, look)
        waiting = []
        element = input_element(part)
        if element is not None:
            yield Piece(input_block(part, element))
    yield from draw(waiting, look)


def input_block(part: Input, element: BlockDict) -> BlockDict:
    block: BlockDict = {
        "type": "input",
        "block_id": part.key,
        "label": blocks.plain(part.label, limits.INPUT_LABEL),
        "element": {**element, "action_id": INPUT_ACTION},
        "optional": part.optional,
    }
    if part.hint:
        block["hint"] = blocks.plain(part.hint, limits.INPUT_HINT)
    return block


def input_element(part: Input) -> BlockDict | None:
    """None for a choice among nothing, which Slack does not take."""
    match part:
        case TextInput():
            return text_element(part)
        case NumberInput():
            number = {"type": "number_input", "is_decimal_allowed": part.decimals}
            return {**number, "initial_value": part.value} if part.value else number
        case ChoiceInput():
            return choice_element(part) if part.options else None
        case SearchInput():
            return search_element(part)
        case PersonInput():
            return person_element(part)
        case DateInput() | TimeInput():
            picker: BlockDict = {"type": f"{part.kind}picker"}
            return {**picker, f"initial_{part.kind}": part.value} if part.value else picker
        case FileInput():
            return {"type": "file_input", "max_files": limits.FILES_AT_ONCE}


def text_element(part: TextInput) -> BlockDict:
    element: BlockDict = {"type": "plain_text_input", "multiline": part.lines == "many"}
    most = min(part.max_length or limits.TEXT_INPUT, limits.TEXT_INPUT)
    if part.max_length:
        element["max_length"] = most
    value = clip(clean(part.value), most)
    if value:
        element["initial_value"] = value
    if part.placeholder:
        element["placeholder"] = blocks.plain(part.placeholder, limits.PLACEHOLDER)
    return element


def choice_element(part: ChoiceInput) -> BlockDict:
    options = [blocks.option(choice) for choice in part.options[: limits.SELECT_OPTIONS]]
    initial = [entry for entry in options if entry["value"] in part.value]
    if not part.many:
        element: BlockDict = {"type": "static_select", "options": options}
        return {**element, "initial_option": initial[0]} if initial else element
    kind = "checkboxes" if len(options) <= limits.CHECK_OPTIONS else "multi_static_select"
    element = {"type": kind, "options": options}
    return {**element, "initial_options": initial} if initial else element


def search_element(part: SearchInput) -> BlockDict:
    initial = [blocks.option(choice) for choice in part.value]
    element: BlockDict = {"min_query_length": 0}
    if part.many:
        element["type"] = "multi_external_select"
        return {**element, "initial_options": initial} if initial else element
    element["type"] = "external_select"
    return {**element, "initial_option": initial[0]} if initial else element


def person_element(part: PersonInput) -> BlockDict:
    people = [person for person in part.value if PERSON_ID.fullmatch(person)]
    if part.many:
        element: BlockDict = {"type": "multi_users_select"}
        return {**element, "initial_users": people} if people else element
    element = {"type": "users_select"}
    return {**element, "initial_user": people[0]} if people else element


def options_of(options: Sequence[Option]) -> list[BlockDict]:
    """The answer to block_suggestion."""
    return [blocks.option(choice) for choice in options[: limits.SELECT_OPTIONS]]


def metadata_of(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """The private metadata that `modal` wrote; empty where it is not ours."""
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def form_id_of(view: Mapping[str, Any]) -> str:
    return str(metadata_of(view).get("id", ""))


def form_ref(view: Mapping[str, Any]) -> FormRef:
    metadata = metadata_of(view)
    args = metadata.get("args")
    return FormRef(
        view_id=str(view["id"]),
        name=str(metadata.get("form") or view.get("callback_id", "")),
        version=str(view.get("hash", "")),
        args={key: value for key, value in args.items() if isinstance(value, str | int)}
        if isinstance(args, dict)
        else {},
    )


def input_keys(view: Mapping[str, Any]) -> list[str]:
    """The keys of the view's inputs, from the top."""
    return [str(block["block_id"]) for block in view.get("blocks", ()) if block.get("type") == "input"]


def read_values(view: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """{input key: what stands there}: str for one value ("" for none), list of str for many."""
    typed = view.get("state", {}).get("values", {})
    return {key: read_element(element) for key in input_keys(view) for element in list(typed.get(key, {}).values())[:1]}


def read_element(element: Mapping[str, Any]) -> str | list[str]:
    match element.get("type"):
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            return [str(option["value"]) for option in element.get("selected_options") or ()]
        case "multi_users_select":
            return [str(person) for person in element.get("selected_users") or ()]
        case "file_input":
            return [str(file["id"]) for file in element.get("files") or ()]
        case _:
            return chosen_of(element)


def chosen_of(element: Mapping[str, Any]) -> str:
    """The one value of a select, picker or text input; "" where nothing is chosen."""
    option = element.get("selected_option")
    if isinstance(option, Mapping):
        return str(option["value"])
    for name in CHOSEN:
        if element.get(name) is not None:
            return str(element[name])
    return ""


CHOSEN = (
    "selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time",
    "selected_date_time", "value",
)  # fmt: skip
