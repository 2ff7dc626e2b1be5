"""A feature's one registration: the words it answers to, its buttons, forms and living cards.

The router, help, the Slack manifest, the permission table and the docs are all derived from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.core.cards import Block, Button, Card, Form, Value
from handlers.core.context import Context, Scene
from handlers.core.replies import Answer, Choices
from handlers.core.text import Text

Handle = Callable[[Context], Answer]
Relations = Callable[[Context], frozenset[str]]
"""The relations (`self`, `owner`, `line_manager`, `controller`) that the actor has to what the incoming names."""
Hook = Callable[[Scene, str], Answer]
"""Called with the id of the thing to which something happened."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a person may ask for. `name` is unique in its noun ("" is the noun alone); the permission key is
    `noun.name` (`noun` alone for ""). `run` gets a Context whose incoming is a Command; `words` come by `context`."""

    name: str
    run: Callable[[Context, str], Answer]
    help: str
    """One line for the help card (a msgid)."""
    usage: str = ""
    """What may follow, in words (a msgid): "[show]"."""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noun:
    """A word after `/live`, with its Chinese and other aliases."""

    name: str
    aliases: tuple[str, ...]
    help: str
    verbs: tuple[Verb, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button or select. `id` is `feature.verb`; `needs` is the permission key (the id when empty)."""

    id: str
    run: Handle
    needs: str = ""


@dataclass(frozen=True, slots=True)
class FormKind:
    """A form: how it is drawn from its args, and what submitting it does. `submit` is None for a reader's own view."""

    name: str
    draw: Callable[[Context, Value], Form]
    submit: Handle | None = None
    search: Callable[[Context], Choices] | None = None
    needs: str = ""
    """Permission key for opening and submitting (the name when empty)."""


@dataclass(frozen=True, slots=True)
class LiveKind:
    """How the living card of one kind of thing is drawn now; None when the thing is gone. `changes_at`: when time
    alone will change it next (something falls due), None when it will not."""

    name: str
    draw: Callable[[Scene, str], Card | None]
    changes_at: Callable[[Scene, str], datetime | None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class HomePart:
    """What a feature shows on the person's Home; lower `order` stands higher."""

    order: int
    draw: Callable[[Context], tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class MenuPart:
    """What a feature adds to the menu of `/live` alone: a line (empty: none) and buttons, lower `order` first."""

    order: int
    line: Callable[[Context], Text]
    buttons: Callable[[Context], tuple[Button, ...]]


@dataclass(frozen=True, slots=True)
class JobKind:
    name: str
    run: Callable[[Scene, Mapping[str, Any]], Answer]


@dataclass(frozen=True, slots=True)
class ShortcutKind:
    """A platform shortcut; its label (24 characters) carries both languages: not every platform can localise it."""

    name: str
    label: str
    on_message: bool
    run: Handle
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    key: str
    nouns: tuple[Noun, ...] = ()
    actions: tuple[Action, ...] = ()
    forms: tuple[FormKind, ...] = ()
    cards: tuple[LiveKind, ...] = ()
    home: tuple[HomePart, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    shortcuts: tuple[ShortcutKind, ...] = ()
    reactions: Mapping[str, Handle] = field(default_factory=dict)
    relations: Mapping[str, Relations] = field(default_factory=dict)
    """Permission key -> how the actor's relations to the entity are found."""
    on_membership: tuple[Handle, ...] = ()
    menu: tuple[MenuPart, ...] = ()
    on: Mapping[str, Hook] = field(default_factory=dict)
    """Name of a `Happened` -> what this feature does about it, in the same turn."""
