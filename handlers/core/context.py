"""What a handler is given: who acted, where, when, the open unit of work, and two voices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from handlers.core.clock import business_day
from handlers.core.messages import Command, Incoming, Message, Options, Press, Reaction, Shortcut, Submission
from handlers.core.voices import Voice, known_locale, known_zone
from storage.databases import Store
from storage.tables import Channel, Person, Workspace


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as the team knows them."""

    person: Person
    roles: frozenset[str]
    is_admin: bool

    @property
    def id(self) -> str:
        return self.person.person_id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def is_guest(self) -> bool:
        return self.person.is_guest


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything but a message: enough to draw a living card or run a job."""

    store: Store
    workspace: Workspace
    now: datetime
    public: Voice
    """Speaks to the place where the card stands: the channel's language, the team's zone."""
    reader: Person | None
    """The one reader of a DM; None in a channel, where everybody reads."""


@dataclass(frozen=True, slots=True)
class Context(Scene):
    """A Scene with somebody in it."""

    actor: Actor
    channel: Channel | None
    incoming: Incoming
    private: Voice
    """Speaks to the person who acted: their language, their zone."""


def team_zone(workspace: Workspace) -> ZoneInfo:
    return known_zone(workspace.tz)


def team_day(workspace: Workspace, now: datetime) -> date:
    """The date of the team's day: before the cut-off it is still yesterday's."""
    begun, _ = business_day(now.astimezone(team_zone(workspace)), workspace.day_cut_min)
    return begun.date()


def private_voice(workspace: Workspace, person: Person) -> Voice:
    """The person's language and zone; the team's zone where theirs is none that we know."""
    return Voice(known_locale(person.locale), known_zone(person.tz, workspace.tz))


def reader_of(store: Store, channel: Channel | None) -> Person | None:
    """Whose DM the channel is; None for a channel that several read."""
    return store.people.find(channel.person_id) if channel and channel.kind == "dm" and channel.person_id else None


def public_voice(workspace: Workspace, channel: Channel | None, reader: Person | None) -> Voice:
    """The channel's language and the team's zone; where there is one `reader`, that person's own voice."""
    if reader is not None:
        return private_voice(workspace, reader)
    locale = channel.locale if channel and channel.locale else workspace.locale
    return Voice(known_locale(locale), team_zone(workspace))


Kind = TypeVar("Kind", Command, Message, Press, Submission, Options, Shortcut, Reaction)


def incoming_of(context: Context, kind: type[Kind]) -> Kind:
    """The incoming as the kind that its handler was chosen for."""
    if not isinstance(context.incoming, kind):
        raise TypeError(f"{type(context.incoming).__name__} is not a {kind.__name__}")
    return context.incoming
