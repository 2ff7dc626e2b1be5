"""What a handler answers with. Durable effects become rows of the turn's transaction; others ride back with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.core.cards import Card, Form, Option, Value
from handlers.core.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the person who acted: private where the platform can (see DESIGN of private answers); `public`
    answers into the place itself, for everyone there."""

    card: Card
    public: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A message to a channel, a thread, or a person (`person_id`, as a DM). `key` makes it once."""

    card: Card
    channel_id: str = ""
    thread: str = ""
    person_id: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """Make the living card of (`kind`, `entity_id`) right, in every place where it stands.

    With `channel_id` also show it there: posted if it is not there yet. `asked` means a person asked to see it now:
    near enough they get a private link to it, else it is posted anew and the old one becomes one line with a link.
    """

    kind: str
    entity_id: str
    channel_id: str = ""
    thread: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class React:
    """`emoji` is a neutral name: white_check_mark, eyes, pushpin, memo."""

    channel_id: str
    ts: str
    emoji: str
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    blob_id: int
    channel_id: str = ""
    thread: str = ""
    person_id: str = ""
    comment: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Later:
    """Slow work: the feature's job `job` runs with `payload` after this turn is committed, at `due_at` or at once."""

    job: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open the feature's form `name` with `args`; where no opener is at hand the person gets a private card that says
    what is missing (`missing`) with a button that opens the same form. Answering a press inside a form, it redraws
    that form; `push` lays one on top."""

    name: str
    args: Value = field(default_factory=dict)
    push: bool = False
    missing: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Toast:
    """One private line, gone if it cannot be shown."""

    says: Text


@dataclass(frozen=True, slots=True)
class Choices:
    """The answer to Options."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that other features react to in the same turn ("show.planned"): the router calls each feature that
    has registered for `name` and puts its answer here. Never leaves the router."""

    name: str
    entity_id: str


Durable = Reply | Post | Live | React | Upload | Later
AtOnce = OpenForm | Toast | Choices
Effect = Durable | AtOnce | Happened
Answer = Effect | Iterable[Effect] | None


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """An OpenForm whose form has been drawn, ready for the platform."""

    form: Form
    push: bool
    missing: Text


Resolved = Durable | DrawnForm | Toast | Choices
"""What leaves the router."""


def effects(answer: Answer) -> tuple[Effect, ...]:
    """A handler's answer as a tuple, whatever shape it came in."""
    if answer is None:
        return ()
    if isinstance(answer, Effect):
        return (answer,)
    return tuple(answer)
