"""form, submit, dismiss, home."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.workspace.blocks import controls, option_list, option_text, plain_text
from bot.workspace.choices import State
from bot.workspace.drive.posts import buttons_json
from bot.workspace.drive.requests import Ask, bad, not_found
from bot.workspace.drive.surfaces import Surface, standing
from bot.workspace.happenings import Happening
from bot.workspace.inputs import Input, client_refusal, form_inputs, shown_value
from bot.workspace.records import Json, Person, View

HOME_WAIT_S = 3.0
LOOK_S = 0.005


def _title(thing: Any) -> str:
    return str((thing or {}).get("text", ""))


async def form(ask: Ask) -> Json:
    person = ask.person()
    view = ask.stage.world.views.form(person.id)
    if view is None:
        return {}
    values = await standing(ask, person, Surface(view.blocks, view=view))
    names = ask.stage.names
    inputs = form_inputs(view.blocks, names, rows=False)
    words = [block for block in view.blocks if block.get("type") != "input"]
    return {
        "title": _title(view.body.get("title")),
        "text": plain_text(words, names),
        "inputs": [_input_json(ask, one, values[one.block_id][one.action_id]) for one in inputs],
        "buttons": buttons_json(controls(view.blocks, names)),
        "submit": _title(view.body.get("submit")) or None,
        "close": _title(view.body.get("close")) or None,
        "view_id": view.id,
        "depth": len(ask.stage.world.views.forms(person.id)),
    }


def _input_json(ask: Ask, one: Input, state: Json) -> Json:
    options = option_list(one.element)
    row: Json = {
        "label": one.label,
        "type": one.kind,
        "value": shown_value(state, ask.stage.names),
        "required": one.required,
        "block_id": one.block_id,
        "action_id": one.action_id,
    }
    return {**row, "options": [option_text(option) for option in options]} if options else row


async def submit(ask: Ask) -> Json:
    person = ask.person()
    view = ask.stage.world.views.form(person.id)
    if view is None:
        raise not_found(f"{person.name} has no form open")
    if not view.body.get("submit") and any(block.get("type") == "input" for block in view.blocks):
        raise bad("no_submit", "this form has no submit button")
    values = await standing(ask, person, Surface(view.blocks, view=view))
    ask.stage.world.views.keep_values(view, values)
    refused = _client_refusals(ask, person, view, values)
    if refused:
        return {"errors": refused}
    answer = await ask.interactions.submit(person, view, values)
    if answer is None:
        return {"errors": {"": "operation_timeout"}, "error": "operation_timeout"}
    result = ask.interactions.follow(person, view, answer.payload)
    if "errors" in result:
        return {"errors": _by_label(ask, view, result["errors"])}
    return result


def _client_refusals(ask: Ask, person: Person, view: View, values: State) -> dict[str, str]:
    refused = {}
    for one in form_inputs(view.blocks, ask.stage.names, rows=False):
        why = client_refusal(one, values[one.block_id][one.action_id], person.locale)
        if why:
            refused[one.label] = why
    return refused


def _by_label(ask: Ask, view: View, errors: dict[str, str]) -> dict[str, str]:
    labels = {one.block_id: one.label for one in form_inputs(view.blocks, ask.stage.names, rows=False)}
    unknown = [block_id for block_id in errors if block_id and block_id not in labels]
    if unknown:
        ask.stage.wire.add("in", "ack", f"errors name unknown blocks: {', '.join(unknown)}", ok=False, body=errors)
    return {labels.get(block_id, block_id): text for block_id, text in errors.items()}


async def dismiss(ask: Ask) -> Json:
    person = ask.person()
    stack = ask.stage.world.views.forms(person.id)
    if not stack:
        raise not_found(f"{person.name} has no form open")
    everything = ask.flag("all")
    for view in reversed(stack if everything else stack[-1:]):
        await ask.interactions.close(person, view, is_cleared=everything)
    return {}


async def home(ask: Ask) -> Json:
    """Opens the Home tab, waits until the app has published (at most three seconds), returns what stands."""
    person, tab = ask.person(), ask.text("tab", "home")
    world = ask.stage.world
    before = world.views.home(person.id)
    dm = world.roster.dm(person.id, world.bot.user_id)
    with world.transaction():
        world.ledger.happened(Happening("home_opened", person.id, dm.id, tab=tab))
    if tab == "home" and ask.stage.manifest.delivers("app_home_opened"):
        await _published(ask, person, before.hash if before else "")
    view = world.views.home(person.id)
    blocks = view.blocks if view else []
    names = ask.stage.names
    return {
        "text": plain_text(blocks, names),
        "blocks": blocks,
        "buttons": buttons_json(controls(blocks, names)),
    }


async def _published(ask: Ask, person: Person, seen: str) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + HOME_WAIT_S
    while loop.time() < until:
        view = ask.stage.world.views.home(person.id)
        if view and view.hash != seen:
            return
        await asyncio.sleep(LOOK_S)
