"""The contract between the shell and a chat platform: what may be sent, how sending fails, who takes in events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, TypeAdapter

from handlers.core.cards import Card, Option
from handlers.core.messages import FormRef, Incoming, Options, Submission
from handlers.core.replies import DrawnForm
from handlers.core.text import Text

NO_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do; the shell chooses its ways by these, never by the platform's name."""

    ephemeral: bool
    forms: bool
    home: bool
    threads_take_commands: bool
    edits_forever: bool


@dataclass(frozen=True, slots=True)
class SendPost:
    """A new message. `key` travels with it so that a lost answer can be looked up."""

    channel_id: str
    card: Card
    key: str
    thread: str = ""
    live: bool = False
    """A living card: it stays one message, however much there is to show, and `Sent` tells its permalink."""
    kind: Literal["post"] = "post"


@dataclass(frozen=True, slots=True)
class SendDirect:
    """A new message in the person's DM with the bot."""

    person_id: str
    card: Card
    key: str
    kind: Literal["direct"] = "direct"


@dataclass(frozen=True, slots=True)
class SendUpdate:
    """Replace what a message of ours shows."""

    channel_id: str
    ts: str
    card: Card
    kind: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class SendPrivate:
    """Only `person_id` sees it: by `answer_to` (opened, no longer sealed) while that lives, else ephemeral in the
    place, else by DM."""

    person_id: str
    card: Card
    key: str
    channel_id: str = ""
    thread: str = ""
    answer_to: str = ""
    kind: Literal["private"] = "private"


@dataclass(frozen=True, slots=True)
class SendReaction:
    channel_id: str
    ts: str
    emoji: str
    remove: bool = False
    kind: Literal["reaction"] = "reaction"


@dataclass(frozen=True, slots=True)
class SendFile:
    """`content` is read from the blob by the outbox just before sending."""

    name: str
    content: bytes
    key: str
    channel_id: str = ""
    thread: str = ""
    person_id: str = ""
    comment: Text = NO_TEXT
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class SendHome:
    person_id: str
    card: Card
    kind: Literal["home"] = "home"


Sending = SendPost | SendDirect | SendUpdate | SendPrivate | SendReaction | SendFile | SendHome


@dataclass(frozen=True, slots=True)
class Sent:
    """Where it went. `channel_id` and `ts` address a message; empty for what has no address."""

    channel_id: str = ""
    ts: str = ""
    permalink: str = ""
    how: str = ""
    """Which way a private card took: response, ephemeral, dm."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person as the platform describes them; `locale` is a tag like zh-CN, `tz` an IANA name."""

    person_id: str
    name: str
    locale: str
    tz: str
    is_guest: bool = False
    is_bot: bool = False
    is_stranger: bool = False
    is_deleted: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel; `kind` is channel, private, dm or group, `person_id` a DM's other side."""

    channel_id: str
    name: str
    kind: str
    is_member: bool
    is_archived: bool = False
    person_id: str = ""


class Fate(StrEnum):
    """What a failed sending means for its row (see the table of outcomes in docs)."""

    RETRY = "retry"  # surely not sent, try later
    LIMITED = "limited"  # rate limit: wait `retry_after_s`, not an attempt
    UNKNOWN = "unknown"  # may have been sent: look before sending again
    GONE = "gone"  # the message to update is no longer there
    DEAD = "dead"  # will never work


class SendError(Exception):
    """A sending failed. `why` is the platform's error code; never holds a secret."""

    def __init__(
        self,
        fate: Fate,
        why: str,
        *,
        retry_after_s: float = 0.0,
        scope: Literal["lane", "method", "workspace"] = "lane",
    ) -> None:
        self.fate = fate
        self.why = why
        self.retry_after_s = retry_after_s
        self.scope = scope
        super().__init__(f"{fate}: {why}")


class NotSaved(Exception):
    """An event could not be made durable. `says` is for the person, in their language; the event was not taken."""

    def __init__(self, says: str) -> None:
        self.says = says
        super().__init__(says)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one kind of call may go through `gate` ("": the row's own lane): one per `pace_ms`, `burst_ms` worth of
    them at once."""

    gate: str
    pace_ms: int
    burst_ms: int = 0


@dataclass(frozen=True, slots=True)
class Opener:
    """A short-lived right to open a form or to answer at once; lives in memory only, dies with `until` (real time)."""

    token: str
    until: datetime
    answer_to: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the ack of a submission says: errors at the inputs, or it closes, is redrawn, or another lies on top."""

    errors: dict[str, str] | None = None
    next_form: DrawnForm | None = None
    taken: bool = True


class Intake(Protocol):
    """What a platform's listeners hand events to."""

    async def accept(self, incoming: Incoming, opener: Opener | None = None) -> bool:
        """Durable when this returns (then ack); False if it was a repetition; NotSaved when it could not be made so.
        Its turn runs in its place's order; the forms and lines it answers with are carried out afterwards."""

    async def submit(self, submission: Submission) -> Submitted:
        """Runs the submission's turn; the caller acks with what comes back."""

    async def options(self, options: Options) -> Sequence[Option]:
        """The options of a searched select; read-only."""

    def count_message(self, workspace_id: str, channel_id: str) -> None:
        """One more message stands in this channel (dropped ones too)."""

    def wants(self, workspace_id: str, channel_id: str, thread: str) -> bool:
        """Whether the bot listens to plain messages of this thread."""


class Platform(Protocol):
    name: str
    capabilities: Capabilities

    async def send(self, workspace_id: str, sending: Sending) -> Sent:
        """Make the one call; raises SendError."""

    async def look(self, workspace_id: str, sending: SendPost | SendDirect | SendFile, since: str) -> Sent | None:
        """Find a message that an unanswered try may have left, by its key, among those after `since` (a ts)."""

    def pace(self, workspace_id: str, sending: Sending) -> Sequence[Pace]:
        """The gates that this call goes through."""

    def gate_of(self, workspace_id: str, kind: str) -> str | None:
        """The gate that all sendings of a kind (`update`, `home`, …) share beside their lanes, if they share one."""

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        """None when the platform does not know, or does not say; raises SendError."""

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None: ...

    async def open_form(self, workspace_id: str, person_id: str, form: DrawnForm, opener: Opener) -> None:
        """Open (or push) a form; raises SendError when the opener is spent."""

    async def redraw_form(self, workspace_id: str, form: DrawnForm, where: FormRef) -> None:
        """Replace the contents of an open form, keeping what was typed."""

    async def start(self, intake: Intake) -> None: ...

    def fault(self) -> str:
        """What keeps events from reaching us now; empty when nothing does."""

    async def stop(self) -> None:
        """Take in no more events; sending still works."""

    async def close(self) -> None: ...


SENDING: TypeAdapter[Any] = TypeAdapter(Annotated[Sending, Field(discriminator="kind")])
CARD: TypeAdapter[Card] = TypeAdapter(Card)
