"""What a driver call asks for: its fields by name and kind, and whom and what they name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.workspace.interactions import Interactions
from bot.workspace.records import Channel, Message, Person
from bot.workspace.stages import Stage


class DriveError(Exception):
    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.error = error
        self.detail = detail


def bad(error: str, detail: str) -> DriveError:
    return DriveError(400, error, detail)


def not_found(detail: str) -> DriveError:
    return DriveError(404, "not_found", detail)


class Ask:
    """One call: its fields, and the stage on which it is carried out."""

    def __init__(self, stage: Stage, interactions: Interactions, fields: Mapping[str, Any]) -> None:
        self.stage = stage
        self.interactions = interactions
        self.fields = fields

    def __contains__(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name, default)
        if value is None:
            return default
        if not isinstance(value, str):
            raise bad("bad_field", f"{name} must be a string")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value.strip():
            raise bad("missing_field", f"{name} is required")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise bad("bad_field", f"{name} must be true or false")
        return value

    def number(self, name: str, default: float, *, least: float = 0) -> float:
        """A number; a query string may carry it as text."""
        value = self.fields.get(name, default)
        if isinstance(value, bool) or value is None:
            raise bad("bad_field", f"{name} must be a number")
        try:
            number = float(value)
        except (TypeError, ValueError) as problem:
            raise bad("bad_field", f"{name} must be a number") from problem
        if not least <= number < 1e12:
            raise bad("bad_field", f"{name} must be at least {least:g}")
        return number

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.fields.get(name) or {}
        if not isinstance(value, dict):
            raise bad("bad_field", f"{name} must be an object")
        return value

    # whom and what

    def person(self, name: str = "person") -> Person:
        wanted = self.required(name)
        person = self.stage.world.roster.find_person(wanted)
        if person is None or (person.is_bot and name == "person"):
            raise not_found(f"nobody is called {wanted!r}")
        return person

    def channel(self, person: Person) -> Channel:
        """A channel that this person may know of."""
        wanted = self.required("channel")
        channel = self.stage.world.roster.find_channel(wanted, person.id)
        if channel is None or not self.stage.world.roster.may_see(person.id, channel):
            raise not_found(f"no channel is called {wanted!r}")
        return channel

    def joined(self, person: Person) -> Channel:
        """A living channel that this person is in."""
        channel = self.channel(person)
        if not channel.has(person.id):
            raise bad("not_in_channel", f"{person.name} is not in #{channel.name}")
        if channel.archived:
            raise bad("is_archived", f"#{channel.name} is archived")
        return channel

    def message(self, person: Person, channel: Channel, name: str = "ts") -> Message:
        ts = self.required(name)
        message = self.stage.world.messages.get(channel.id, ts, person.id)
        if message is None or message.subtype == "tombstone":
            raise not_found(f"no message {ts} in {channel.name}")
        return message

    def thread(self, person: Person, channel: Channel) -> str | None:
        """The root of the thread named, or None."""
        if "thread" not in self:
            return None
        root = self.message(person, channel, "thread")
        if root.ephemeral_for:
            raise bad("bad_message", "a private message has no thread")
        return root.thread_ts or root.ts


Handler = Callable[[Ask], Awaitable[Any]]
