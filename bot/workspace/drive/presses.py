"""press and suggest: the controls of messages, Home and forms."""

from __future__ import annotations

from typing import Any

from bot.workspace.blocks import Control, controls
from bot.workspace.choices import State
from bot.workspace.drive.posts import acknowledged
from bot.workspace.drive.requests import Ask, bad, not_found
from bot.workspace.drive.surfaces import Surface, refused_value, searched, standing, surface_of
from bot.workspace.inputs import BadValue, Values, form_inputs, initial_state
from bot.workspace.labels import holds, same_label
from bot.workspace.records import Json, Person


def control_of(ask: Ask, surface: Surface) -> Control:
    """The one control that label or action_id (and block_id, near) name."""
    found = controls(surface.blocks, ask.stage.names)
    if "action_id" in ask:
        matching = [c for c in found if c.action_id == ask.text("action_id")]
        if "label" in ask:
            matching = [c for c in matching if same_label(c.label, ask.text("label"))]
    else:
        label = ask.required("label")
        matching = [c for c in found if same_label(c.label, label)] or _offering(ask, found, label)
    if "block_id" in ask:
        matching = [c for c in matching if c.block_id == ask.text("block_id")]
    if "near" in ask:
        matching = [c for c in matching if holds(c.near, ask.text("near"))]
    named = ask.text("label") or ask.text("action_id")
    if not matching:
        shown = ", ".join(c.label for c in found[:20]) or "none"
        raise not_found(f"no control {named!r}; there are: {shown}")
    return _only(ask, matching, named)


def _offering(ask: Ask, found: list[Control], label: str) -> list[Control]:
    """Overflows and radio buttons may be pressed by the option wanted."""
    if "value" in ask:
        return []
    return [c for c in found if c.kind != "button" and any(same_label(one, label) for one in c.options or ())]


def _only(ask: Ask, matching: list[Control], named: str) -> Control:
    """One element may draw several controls (checkboxes): `value` tells them apart."""
    if len(matching) == 1:
        return matching[0]
    value = ask.fields.get("value")
    if isinstance(value, str) and len({(c.block_id, c.action_id) for c in matching}) == 1:
        chosen = [c for c in matching if same_label(c.label, value)]
        if len(chosen) == 1:
            return chosen[0]
    places = " / ".join(c.near.replace("\n", " ")[:40] for c in matching[:10])
    raise bad("ambiguous", f"{len(matching)} controls are called {named!r}; say near which: {places}")


async def press(ask: Ask) -> Json:
    person, agrees = ask.person(), ask.flag("confirm", default=True)
    surface = surface_of(ask, person)
    control = control_of(ask, surface)
    if not agrees and _asks_first(control):
        return {"ack_ms": None, "cancelled": True}
    values = await standing(ask, person, surface)
    try:
        action = await _action(ask, person, surface, control, values)
    except BadValue as problem:
        raise refused_value(problem) from problem
    if surface.view:
        ask.stage.world.views.keep_values(surface.view, values)
        return acknowledged(await ask.interactions.act_on_view(person, surface.view, action, values))
    if surface.channel is None or surface.message is None:
        raise not_found("nothing stands there")
    ask.stage.world.choices.keep(surface.message, person.id, values)
    answer = await ask.interactions.act_on_message(person, surface.channel, surface.message, action, values)
    return acknowledged(answer)


def _asks_first(control: Control) -> bool:
    return "confirm" in control.element or "confirm" in (control.option or {})


async def _action(ask: Ask, person: Person, surface: Surface, control: Control, values: State) -> Json:
    """The entry of `actions`; `values` takes up the new state."""
    element = control.element
    kind = str(element.get("type"))
    action: Json = {"type": kind, "action_id": control.action_id, "block_id": control.block_id}
    if control.kind == "button":
        source = control.option or element
        action["text"] = source.get("text") or {"type": "plain_text", "text": control.label, "emoji": True}
        return {**action, "value": source["value"]} if "value" in source else action
    if control.kind == "checkbox":
        state = _toggled(ask, control, values)
    else:
        state = await _chosen(ask, person, surface, control, _given(ask, control))
    if kind != "overflow":
        values.setdefault(control.block_id, {})[control.action_id] = state
    return {**action, **{key: value for key, value in state.items() if key != "type"}}


def _given(ask: Ask, control: Control) -> Any:
    """`value`, or the label where it names an option."""
    if "value" in ask:
        return ask.fields["value"]
    label = ask.text("label")
    if any(same_label(one, label) for one in control.options or ()):
        return label
    choices = f"; there are: {', '.join(control.options)}" if control.options else ""
    raise BadValue(f"{control.label!r} needs a value{choices}")


def _toggled(ask: Ask, control: Control, values: State) -> Json:
    state = values.get(control.block_id, {}).get(control.action_id) or initial_state(control.element)
    selected: list[Json] = list(state.get("selected_options") or [])
    value = (control.option or {}).get("value")
    others = [option for option in selected if option.get("value") != value]
    was_on = len(others) < len(selected)
    wanted = not was_on if _is_named(ask, control) else ask.flag("value", default=not was_on)
    chosen = [*others, control.option or {}] if wanted else others
    return {"type": "checkboxes", "selected_options": chosen}


def _is_named(ask: Ask, control: Control) -> bool:
    """Whether `value` only says which of several checkboxes is pressed."""
    value = ask.fields.get("value")
    return value is None or (isinstance(value, str) and "action_id" in ask and same_label(control.label, value))


async def _chosen(ask: Ask, person: Person, surface: Surface, control: Control, value: Any) -> Json:
    world = ask.stage.world
    maker = Values(world.roster, world.messages, ask.stage.shapes, person)
    options = None
    if str(control.element.get("type")).endswith("external_select"):
        options = await searched(ask, person, surface, control.element, control.block_id, value)
    return maker.state(control.element, value, options)


async def suggest(ask: Ask) -> Json:
    person = ask.person()
    surface = _searched_surface(ask, person)
    label, query = ask.required("label"), ask.text("query")
    elements = {c.action_id: (c.block_id, c.element, c.label) for c in controls(surface.blocks, ask.stage.names)}
    for one in form_inputs(surface.blocks, ask.stage.names):
        elements[one.action_id] = (one.block_id, one.element, one.label)
    for block_id, element, own in elements.values():
        if same_label(own, label) and str(element.get("type")).endswith("external_select"):
            options = await ask.interactions.suggest(person, element, block_id, query, surface.where(ask))
            if options is None:
                return {"options": [], "error": "operation_timeout"}
            return {"options": [str((option.get("text") or {}).get("text", "")) for option in options]}
    raise not_found(f"no searched select {label!r}")


def _searched_surface(ask: Ask, person: Person) -> Surface:
    if "ts" not in ask and "on" not in ask and ask.stage.world.views.form(person.id) is None:
        home = ask.stage.world.views.home(person.id)
        if home:
            return Surface(home.blocks, view=home)
    return surface_of(ask, person)
