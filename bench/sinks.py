"""A platform without a wire: cards are drawn and linted as for Slack, then forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from slack_bolt.app.async_app import AsyncApp

from bot.platforms.base import (
    Capabilities,
    ChannelFacts,
    Intake,
    Opener,
    Pace,
    PersonFacts,
    SendDirect,
    SendFile,
    Sending,
    SendPost,
    SendReaction,
    Sent,
)
from bot.platforms.slack import paces
from bot.platforms.slack.drawings import Drawings
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.transport import Identity, bolt_app
from handlers.core.clock import Clock
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm
from handlers.core.voices import Voice, known_zone

CAPABILITIES = Capabilities(ephemeral=True, forms=True, home=True, threads_take_commands=False, edits_forever=True)


@dataclass(slots=True)
class Sink:
    """Implements Platform. `bolt` is there once it was started: the product's own listeners, called directly."""

    clock: Clock
    identity: Identity
    name: str = "slack"
    capabilities: Capabilities = CAPABILITIES
    bolt: AsyncApp | None = None
    sent: int = 0
    _ts: itertools.count[int] = field(default_factory=lambda: itertools.count(1_700_000_000))

    async def send(self, workspace_id: str, sending: Sending) -> Sent:
        self.sent += 1
        if not isinstance(sending, SendFile | SendReaction):
            Drawings(self.clock, lambda code: None).one(workspace_id, sending.card)
        return Sent(getattr(sending, "channel_id", ""), f"{next(self._ts)}.000100")

    async def look(self, workspace_id: str, sending: SendPost | SendDirect | SendFile, since: str) -> Sent | None:
        return None

    def pace(self, workspace_id: str, sending: Sending) -> Sequence[Pace]:
        return paces.of_sending(workspace_id, sending)

    def gate_of(self, workspace_id: str, kind: str) -> str | None:
        return paces.gate_of(workspace_id, kind)

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        return None

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None:
        return None

    async def open_form(self, workspace_id: str, person_id: str, form: DrawnForm, opener: Opener) -> None:
        self.sent += 1

    async def redraw_form(self, workspace_id: str, form: DrawnForm, where: FormRef) -> None:
        self.sent += 1

    async def start(self, intake: Intake) -> None:
        listeners = Listeners(intake, self.clock, lambda team, person: Voice("zh-CN", known_zone("UTC")))
        self.bolt = bolt_app("http://127.0.0.1:1/api/", self.identity_of, listeners)

    async def identity_of(self, workspace_id: str) -> Identity | None:
        return self.identity

    async def stop(self) -> None:
        self.bolt = None

    async def close(self) -> None:
        self.bolt = None

    def fault(self) -> str:
        return ""
