"""A chat platform in memory: the real shell, router and database on one side, a list of messages on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.platforms.base import (
    Capabilities,
    ChannelFacts,
    Fate,
    Intake,
    Opener,
    Pace,
    PersonFacts,
    SendDirect,
    SendError,
    SendFile,
    SendHome,
    Sending,
    SendPost,
    SendPrivate,
    SendReaction,
    SendUpdate,
    Sent,
)
from handlers.core.cards import Card, plain_card
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm


@dataclass(slots=True)
class Seen:
    """One message as it stands now; `only_for` is the one person who sees it."""

    channel_id: str
    ts: str
    card: Card
    key: str = ""
    thread: str = ""
    only_for: str = ""
    edits: int = 0

    @property
    def text(self) -> str:
        return plain_card(self.card)


@dataclass(slots=True)
class OpenedForm:
    person_id: str
    drawn: DrawnForm
    view_id: str


@dataclass(slots=True)
class FakePlatform:
    """Implements Platform. `fail` may raise for a sending before (or, with `after`, after) it took effect."""

    name: str = "slack"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            ephemeral=True, forms=True, home=True, threads_take_commands=False, edits_forever=True
        )
    )
    messages: list[Seen] = field(default_factory=list)
    homes: dict[str, Card] = field(default_factory=dict)
    forms: list[OpenedForm] = field(default_factory=list)
    calls: list[Sending] = field(default_factory=list)
    looks: int = 0
    fail_before: Callable[[Sending], None] = lambda sending: None
    fail_after: Callable[[Sending], None] = lambda sending: None
    paces: Callable[[Sending], Sequence[Pace]] = lambda sending: ()
    intake: Intake | None = None
    _ts: int = 1_700_000_000

    async def send(self, workspace_id: str, sending: Sending) -> Sent:
        self.calls.append(sending)
        self.fail_before(sending)
        sent = self._take(sending)
        self.fail_after(sending)
        return sent

    def _take(self, sending: Sending) -> Sent:
        match sending:
            case SendPost():
                return self._add(Seen(sending.channel_id, "", sending.card, sending.key, sending.thread))
            case SendDirect():
                return self._add(Seen(f"D{sending.person_id}", "", sending.card, sending.key))
            case SendPrivate():
                seen = Seen(sending.channel_id, "", sending.card, sending.key, sending.thread, sending.person_id)
                return replace(self._add(seen), how="response" if sending.answer_to else "ephemeral")
            case SendUpdate():
                seen = self.at(sending.channel_id, sending.ts)
                seen.card, seen.edits = sending.card, seen.edits + 1
                return Sent(sending.channel_id, sending.ts)
            case SendHome():
                self.homes[sending.person_id] = sending.card
                return Sent()
            case SendReaction() | SendFile():
                return Sent()

    def _add(self, seen: Seen) -> Sent:
        self._ts += 1
        seen.ts = f"{self._ts}.000000"
        self.messages.append(seen)
        return Sent(seen.channel_id, seen.ts, permalink=f"http://fake/{seen.channel_id}/{seen.ts}")

    def at(self, channel_id: str, ts: str) -> Seen:
        for seen in self.messages:
            if (seen.channel_id, seen.ts) == (channel_id, ts):
                return seen
        raise SendError(Fate.GONE, "message_not_found")

    async def look(self, workspace_id: str, sending: SendPost | SendDirect | SendFile, since: str) -> Sent | None:
        self.looks += 1
        found = next((seen for seen in self.messages if seen.key == sending.key), None)
        return Sent(found.channel_id, found.ts) if found else None

    def pace(self, workspace_id: str, sending: Sending) -> Sequence[Pace]:
        return self.paces(sending)

    def gate_of(self, workspace_id: str, kind: str) -> str | None:
        return None

    async def open_form(self, workspace_id: str, person_id: str, form: DrawnForm, opener: Opener) -> None:
        self.forms.append(OpenedForm(person_id, form, f"V{len(self.forms) + 1}"))

    async def redraw_form(self, workspace_id: str, form: DrawnForm, where: FormRef) -> None:
        opened = next((one for one in self.forms if one.view_id == where.view_id), None)
        if opened is None:
            raise SendError(Fate.GONE, "view_not_found")
        opened.drawn = form

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        return None

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None:
        return None

    async def start(self, intake: Intake) -> None:
        self.intake = intake

    def fault(self) -> str:
        return ""

    async def stop(self) -> None:
        self.intake = None

    async def close(self) -> None:
        self.intake = None
