"""Where controls and inputs stand, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.workspace.choices import State
from bot.workspace.drive.requests import Ask, DriveError, bad, not_found
from bot.workspace.inputs import BadValue, Input, UnknownName, Values, form_inputs, initial_state
from bot.workspace.labels import same_label
from bot.workspace.records import Channel, Json, Message, Person, View


class Key(NamedTuple):
    block_id: str
    action_id: str


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a control stands: a message in a channel, or a view."""

    blocks: list[Json]
    channel: Channel | None = None
    message: Message | None = None
    view: View | None = None

    def where(self, ask: Ask) -> Json:
        """As a block_suggestion names it."""
        if self.view:
            return {
                "container": {"type": "view", "view_id": self.view.id},
                "view": ask.stage.shapes.view(self.view),
            }
        if self.message is None or self.channel is None:
            raise bad("bad_field", "nothing stands there")
        container = {"type": "message", "message_ts": self.message.ts, "channel_id": self.channel.id}
        return {
            "container": {**container, "is_ephemeral": self.message.ephemeral_for is not None},
            "channel": {"id": self.channel.id, "name": ask.stage.shapes.channel_name(self.channel)},
            "message": ask.stage.shapes.message(self.message),
        }


def surface_of(ask: Ask, person: Person) -> Surface:
    """What `on`, or channel and ts, name."""
    on = ask.text("on")
    views = ask.stage.world.views
    if on not in ("", "home", "form"):
        raise bad("bad_field", 'on is "home" or "form"')
    if on or "ts" not in ask:
        view = views.home(person.id) if on == "home" else views.form(person.id)
        if view is None:
            raise not_found(f"{person.name} has no {on or 'form'} open")
        return Surface(view.blocks, view=view)
    channel = ask.channel(person)
    message = ask.message(person, channel)
    return Surface(message.blocks or [], channel, message)


async def keyed_values(ask: Ask, person: Person, surface: Surface, given: Mapping[str, Any]) -> dict[Key, Json]:
    """The states of the inputs named by label, block_id or action_id."""
    inputs = form_inputs(surface.blocks, ask.stage.names)
    world = ask.stage.world
    maker = Values(world.roster, world.messages, ask.stage.shapes, person)
    states: dict[Key, Json] = {}
    for name, value in given.items():
        one = _input_named(inputs, name)
        options = None
        if one.kind.endswith("external_select") and value not in (None, "", []):
            options = await searched(ask, person, surface, one.element, one.block_id, value)
        try:
            states[Key(one.block_id, one.action_id)] = maker.state(one.element, value, options)
        except BadValue as problem:
            raise refused_value(problem, f"{name}: ") from problem
    return states


def refused_value(problem: BadValue, at: str = "") -> DriveError:
    """404 for a person or channel that does not exist, 400 for anything else that an input cannot take."""
    return not_found(f"{at}{problem}") if isinstance(problem, UnknownName) else bad("bad_value", f"{at}{problem}")


def _input_named(inputs: list[Input], name: str) -> Input:
    matching = [one for one in inputs if same_label(one.label, name)]
    matching = matching or [one for one in inputs if name in (one.block_id, one.action_id)]
    if not matching:
        shown = ", ".join(one.label for one in inputs) or "none"
        raise not_found(f"no input {name!r}; there are: {shown}")
    if len(matching) > 1:
        raise bad("ambiguous", f"{len(matching)} inputs are called {name!r}; name one by its block_id")
    return matching[0]


def kept_values(ask: Ask, person: Person, surface: Surface) -> State:
    if surface.view is not None:
        return surface.view.values
    return ask.stage.world.choices.of(surface.message, person.id) if surface.message is not None else {}


async def standing(ask: Ask, person: Person, surface: Surface) -> State:
    """What stands in all inputs of a surface: first values, what was kept, what the call brings along."""
    kept = kept_values(ask, person, surface)
    values: State = {}
    for one in form_inputs(surface.blocks, ask.stage.names):
        state = kept.get(one.block_id, {}).get(one.action_id)
        same = state if state and state["type"] == one.kind else None
        values.setdefault(one.block_id, {})[one.action_id] = same or initial_state(one.element)
    if surface.view is not None and "values" in ask:
        for key, state in (await keyed_values(ask, person, surface, ask.mapping("values"))).items():
            values[key.block_id][key.action_id] = state
    return values


async def searched(ask: Ask, person: Person, surface: Surface, element: Json, block_id: str, value: Any) -> list[Json]:
    """The options of a searched select for each of the texts wanted."""
    found: list[Json] = []
    for query in value if isinstance(value, list) else [value]:
        where = surface.where(ask)
        found += await ask.interactions.suggest(person, element, block_id, str(query), where) or []
    return found
