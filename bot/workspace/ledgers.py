"""Transactions over the history, and what follows a commit: the feed, and the carriers of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.workspace.clocks import WorkspaceClock
from bot.workspace.feed import Feed
from bot.workspace.happenings import Happening, Listener
from bot.workspace.history import History


class Ledger:
    """State, the events that it causes and the unread marks commit together; then the feed is told."""

    def __init__(self, history: History, feed: Feed, clock: WorkspaceClock) -> None:
        self.history = history
        self.feed = feed
        self.clock = clock
        self._depth = 0
        self._pending: list[tuple[str, dict[str, Any]]] = []
        self._listeners: list[Listener] = []
        self._loaders: list[Callable[[], None]] = []
        self._commit_hooks: list[Callable[[], None]] = []

    def listen(self, listener: Listener) -> None:
        """Called inside the transaction of each happening."""
        self._listeners.append(listener)

    def after_commit(self, hook: Callable[[], None]) -> None:
        self._commit_hooks.append(hook)

    def on_load(self, loader: Callable[[], None]) -> None:
        """Called to read memory from the history: at the start, after a reset, after a rollback."""
        self._loaders.append(loader)

    def load(self) -> None:
        for loader in self._loaders:
            loader()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nestable; the outermost one commits. A failure rolls everything back, memory included."""
        if self._depth == 0:
            self.history.begin()
        self._depth += 1
        committed = False
        try:
            yield
            if self._depth == 1:
                self.history.commit()
                committed = True
        finally:
            self._depth -= 1
            if self._depth == 0 and not committed:
                self._undo()
        if self._depth == 0:
            self._flush()

    def _undo(self) -> None:
        self.history.rollback()
        self._pending.clear()
        self.load()

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for kind, what in pending:
            self.feed.publish(kind, **what)
        for hook in self._commit_hooks:
            hook()

    def publish(self, kind: str, **what: Any) -> None:
        """Tell the feed once the current transaction is committed (at once outside of one)."""
        if self._depth:
            self._pending.append((kind, what))
        else:
            self.feed.publish(kind, **what)

    def happened(self, happening: Happening) -> None:
        for listener in self._listeners:
            listener(happening)
