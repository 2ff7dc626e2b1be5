"""Everything that one running workspace is made of, handed to those who serve it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.workspace.backstage import Backstage
from bot.workspace.clocks import WorkspaceClock
from bot.workspace.deliveries import Deliveries
from bot.workspace.faults import Faults
from bot.workspace.feed import Feed
from bot.workspace.history import History
from bot.workspace.manifests import Manifest
from bot.workspace.people import load_cast
from bot.workspace.rates import Rates
from bot.workspace.responses import Responses
from bot.workspace.shapes import Shapes
from bot.workspace.sockets import ACK_S, RETRY_S, Sockets
from bot.workspace.texts import RosterNames, Typing
from bot.workspace.triggers import Triggers
from bot.workspace.uploads import Uploads
from bot.workspace.wire import WireLog
from bot.workspace.world import World


@dataclass(frozen=True)
class WorkspaceOptions:
    """`port` 0 takes a free one. `manifest` is the app's Slack manifest. `retry_s`: waits before each retry of an
    event; `ack_s`: how long a command or an interaction may stay unacknowledged.
    """

    data_dir: Path
    port: int
    key: str
    seed: str
    manifest: dict[str, Any]
    strict_rates: bool = False
    retry_s: tuple[float, ...] = RETRY_S
    ack_s: float = ACK_S
    version: str = "0"


@dataclass(frozen=True, slots=True)
class Tokens:
    bot: str = field(default_factory=lambda: f"xoxb-local-{secrets.token_urlsafe(24)}")
    app: str = field(default_factory=lambda: f"xapp-local-{secrets.token_urlsafe(24)}")


class Stage:
    """Needs `clock.refresh()` before it is built: the world's messages take their `ts` from it."""

    def __init__(self, options: WorkspaceOptions, backstage: Backstage, clock: WorkspaceClock, seed: str) -> None:
        self.options = options
        self.backstage = backstage
        self.clock = clock
        self.tokens = Tokens()
        self.page_key = options.key
        self.manifest = Manifest(options.manifest)
        self.feed = Feed()
        self.wire = WireLog(self.feed, clock)
        self.faults = Faults()
        self.history = History(options.data_dir / "workspace.db")
        self.world = World(self.history, self.feed, clock, load_cast(), seed)
        self.names = RosterNames(self.world.roster)
        self.typing = Typing(self.world.roster)
        self.shapes = Shapes(self.world)
        self.triggers = Triggers(clock.real_s)
        self.responses = Responses(self.world, self.wire, clock.real_s)
        self.uploads = Uploads(self.world)
        self.rates = Rates(clock.real_s, strict=options.strict_rates)
        app_id = self.world.bot.app_id
        self.sockets = Sockets(
            self.history, self.wire, self.faults, app_id, retry_s=options.retry_s, ack_s=options.ack_s
        )
        self.deliveries = Deliveries(self.world, self.manifest, self.shapes, self.sockets.enqueue)
        self.walking = asyncio.Lock()
        self.base_url = ""

    def listening_at(self, base_url: str) -> None:
        """Addresses that the app is given are absolute: they are known once the port is."""
        self.base_url = base_url
        self.shapes.base_url = base_url
        self.responses.base_url = base_url
        self.uploads.base_url = base_url
