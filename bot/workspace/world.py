"""The state of the workspace: who is there, what was said, what stands open. One event loop owns it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from bot.workspace.choices import Choices
from bot.workspace.clocks import WorkspaceClock
from bot.workspace.feed import Feed
from bot.workspace.history import History
from bot.workspace.ledgers import Ledger
from bot.workspace.messages import Messages
from bot.workspace.people import Cast
from bot.workspace.rosters import Roster
from bot.workspace.views import Views


class World:
    """Reading: `roster` (people, channels), `messages` (messages, unread, files), `views` (forms, Home),
    `choices` (what stands in the controls of messages).

    Reads have no side effects. Writes run in `transaction()`, which the write methods open by themselves.
    """

    def __init__(self, history: History, feed: Feed, clock: WorkspaceClock, cast: Cast, seed: str) -> None:
        self.history = history
        self.feed = feed
        self.clock = clock
        self.team = cast.team
        self.bot = cast.bot
        self.ledger = Ledger(history, feed, clock)
        self.roster = Roster(self.ledger, cast)
        self.messages = Messages(self.ledger, self.roster)
        self.views = Views(self.ledger)
        self.choices = Choices()
        if history.meta("seed") is None:
            self._sow(seed)
        self._load()

    @property
    def seed(self) -> str:
        """The name of the seed in which this workspace began."""
        return self._seed

    def _sow(self, seed: str) -> None:
        self.history.begin()
        self.history.set_meta("seed", seed)
        self.roster.sow()
        self.history.commit()

    def _load(self) -> None:
        self._seed = self.history.meta("seed") or "none"
        self.clock.rise_from(self.history.last_ts())
        self.ledger.load()

    def transaction(self) -> AbstractContextManager[None]:
        return self.ledger.transaction()

    def reset(self, seed: str | None = None) -> None:
        """Everything back to the seeded people and channels."""
        kept = seed or self._seed
        with self.ledger.transaction():
            self.history.clear()
        self._sow(kept)
        self.messages.forget_private()
        self.choices.forget()
        self._load()
        self.feed.publish("reset")
