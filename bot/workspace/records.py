"""The things of a workspace: people, channels, messages, files, views."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["channel", "private", "dm"]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    real_name: str
    locale: str
    tz: str
    is_admin: bool = False
    is_guest: bool = False
    is_bot: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class BotIdentity:
    user_id: str
    bot_id: str
    app_id: str
    name: str
    real_name: str


@dataclass(slots=True)
class Channel:
    """`members` keeps the order of joining; a DM has exactly two."""

    id: str
    name: str
    kind: ChannelKind
    topic: str = ""
    creator: str = ""
    created: int = 0
    archived: bool = False
    members: list[str] = field(default_factory=list)

    @property
    def is_dm(self) -> bool:
        return self.kind == "dm"

    def has(self, person_id: str) -> bool:
        return person_id in self.members


@dataclass(slots=True)
class Message:
    """One message as it stands now.

    `thread_ts` is set on replies only; `reply_count`, `reply_users` and `latest_reply` on roots.
    `reactions` maps an emoji name to the ids of those who reacted, in order.
    `ephemeral_for` is the one person who sees it, else None. `broadcast` marks a reply shown in the channel too.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    metadata: Json | None = None
    reply_count: int = 0
    reply_users: list[str] = field(default_factory=list)
    latest_reply: str | None = None
    ephemeral_for: str | None = None
    broadcast: bool = False

    @property
    def is_bot(self) -> bool:
        return self.bot_id is not None

    def as_row(self) -> Json:
        return {key: value for key, value in asdict(self).items() if value not in (None, [], {}, 0, False, "")}


@dataclass(slots=True)
class SharedFile:
    id: str
    name: str
    title: str
    mimetype: str
    size: int
    user: str
    created: int
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """An open form or a published Home. `body` is the view as the app sent it (title, blocks, submit, …).

    `values` is what stands in its inputs: block_id -> action_id -> state, as in `state.values`.
    """

    id: str
    kind: Literal["modal", "home"]
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body.get("blocks") or []
        return blocks
