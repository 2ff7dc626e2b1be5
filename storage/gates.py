"""The write gate: who may open the next write transaction of this process."""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from storage.errors import Busy


class Priority(IntEnum):
    """Smaller goes first."""

    ACCEPT = 0
    TURN = 1
    QUEUE = 2


class _Waiter:
    __slots__ = ("number", "overtaken", "priority", "turn")

    def __init__(self, priority: Priority, number: int) -> None:
        self.priority = priority
        self.number = number
        self.overtaken = 0
        self.turn = threading.Event()

    def __lt__(self, other: "_Waiter") -> bool:
        return (self.priority, self.number) < (other.priority, other.number)


class WriteGate:
    """One writer at a time, by priority, in order of arrival within one priority.

    SQLite's own busy wait is unfair: under a few busy turn threads an accept would wait for seconds.
    A waiter that `patience` later arrivals of higher priority have overtaken goes next, so
    bookkeeping is late under load but never starved.
    """

    def __init__(self, wait_s: float = 10.0, patience: int = 32) -> None:
        self._wait_s = wait_s
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: list[_Waiter] = []
        self._holder: int | None = None
        self._numbers = 0

    @contextmanager
    def held(self, priority: Priority) -> Iterator[None]:
        """Waits for the gate; Busy after `wait_s`; RuntimeError when this thread holds it already."""
        self._enter(priority)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, priority: Priority) -> None:
        me = threading.get_ident()
        with self._lock:
            if self._holder == me:
                raise RuntimeError("a unit of work that writes was opened inside another one")
            if self._holder is None:
                self._holder = me
                return
            self._numbers += 1
            waiter = _Waiter(priority, self._numbers)
            heapq.heappush(self._waiting, waiter)
        if not waiter.turn.wait(self._wait_s):
            self._give_up(waiter)
        self._holder = me

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter.turn.is_set():
                return
            self._waiting.remove(waiter)
            heapq.heapify(self._waiting)
        raise Busy("another unit of work has held the write gate for too long")

    def _leave(self) -> None:
        with self._lock:
            if not self._waiting:
                self._holder = None
                return
            chosen = self._next()
            # Held by nobody's thread until the chosen one has woken, so that none slips in between.
            self._holder = 0
            chosen.turn.set()

    def _next(self) -> _Waiter:
        oldest = min(self._waiting, key=lambda waiter: waiter.number)
        if oldest.overtaken >= self._patience:
            self._waiting.remove(oldest)
            heapq.heapify(self._waiting)
            return oldest
        chosen = heapq.heappop(self._waiting)
        for waiter in self._waiting:
            if waiter.number < chosen.number:
                waiter.overtaken += 1
        return chosen
