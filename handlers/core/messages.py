"""What arrives: one neutral record per thing that a person or the platform did.

All of them are JSON through `INCOMING` (they rest in the inbox until their turn is done). A platform's short-lived
opener is never part of them; `answer_to` is a private answer address, sealed before it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said. `thread` is the root's address, empty outside threads; Home has no channel."""

    channel_id: str = ""
    thread: str = ""
    kind: Literal["channel", "dm", "home", "none"] = "channel"

    @property
    def lane(self) -> str:
        return f"{self.channel_id}:{self.thread}" if self.thread else self.channel_id


@dataclass(frozen=True, slots=True)
class FormRef:
    """An open form on the platform's side: where to redraw it, and what it was opened with."""

    view_id: str
    name: str
    version: str = ""
    args: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    workspace_id: str
    person_id: str
    place: Place
    key: str
    """The platform's own id of this event, unique per workspace: the same key twice is the same event."""
    said_at: datetime
    answer_to: str = ""
    answer_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Base):
    """`/live …`: the words after the command. Mentions stand as `<@ID>` tokens in `words`."""

    words: str
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class SharedFile:
    file_id: str
    name: str
    mime: str = ""
    size: int = 0
    blob_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Base):
    """A message to the bot (mention or DM) or in a thread that it listens to. `words` has the bot's mention removed."""

    change: Literal["posted", "edited", "deleted"] = "posted"
    ts: str
    words: str = ""
    to_bot: bool = False
    files: tuple[SharedFile, ...] = ()
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Base):
    """A button or select. `surface` says where it stood; `ts` addresses the message, `form` the open form."""

    action: str
    value: Mapping[str, str | int] = field(default_factory=dict)
    chosen: str = ""
    surface: Literal["message", "form", "home"] = "message"
    ts: str = ""
    form: FormRef | None = None
    kind: Literal["press"] = "press"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Base):
    """A submitted form. `values`: input key -> str (text, number, date, time, one choice) or list of str (many)."""

    form: FormRef
    values: Mapping[str, str | list[str]]
    kind: Literal["submission"] = "submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissed(Base):
    """A form closed without submitting."""

    form: FormRef
    kind: Literal["dismissed"] = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Base):
    """What a searched select shows for `query`; read-only, never stored."""

    form: FormRef | None
    input_key: str
    query: str
    kind: Literal["options"] = "options"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut(Base):
    """A global shortcut, or one on a message (`ts`, `words`, `author_id` then hold the message)."""

    name: str
    ts: str = ""
    words: str = ""
    author_id: str = ""
    kind: Literal["shortcut"] = "shortcut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Base):
    """The person opened the app's Home."""

    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Base):
    emoji: str
    added: bool
    ts: str
    author_id: str = ""
    kind: Literal["reaction"] = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShared(Base):
    file: SharedFile
    kind: Literal["file_shared"] = "file_shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Base):
    """Somebody (perhaps the bot) joined or left a channel, or the channel was archived, or a profile changed."""

    change: Literal["joined", "left", "archived", "profile"]
    who_id: str
    is_bot_itself: bool = False
    kind: Literal["membership"] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Base):
    """The workspace withdrew the app: token revoked or app removed."""

    why: Literal["token_revoked", "app_removed"]
    kind: Literal["gone"] = "gone"


Incoming = (
    Command | Message | Press | Submission | Dismissed | Options | Shortcut | Opened | Reaction | FileShared
    | Membership | Gone
)  # fmt: skip

INCOMING: TypeAdapter[Any] = TypeAdapter(Annotated[Incoming, Field(discriminator="kind")])
