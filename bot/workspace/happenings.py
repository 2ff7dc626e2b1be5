"""What can happen in a workspace, for those who carry it to the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.workspace.records import Message

Verb = Literal[
    "posted",
    "changed",
    "deleted",
    "reacted",
    "unreacted",
    "joined",
    "left",
    "archived",
    "file_shared",
    "person_changed",
    "home_opened",
]


@dataclass(frozen=True, slots=True)
class Happening:
    """`actor` did `verb` in `channel`; `emoji`, `file_id`, `inviter` and `before` only where they mean something."""

    verb: Verb
    actor: str
    channel: str = ""
    message: Message | None = None
    before: Message | None = None
    emoji: str = ""
    file_id: str = ""
    inviter: str = ""
    tab: str = "home"


Listener = Callable[[Happening], None]
