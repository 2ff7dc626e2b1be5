"""The database and its units of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, text

from storage.clock import ClockRow
from storage.engines import Dialect, Engines
from storage.gates import Priority
from storage.inboxes import Inbox
from storage.queue import Queue
from storage.repositories.blobs import Blobs
from storage.repositories.cards import Cards
from storage.repositories.channels import Channels
from storage.repositories.checklists import Checklists
from storage.repositories.events import Events
from storage.repositories.people import Memberships, People, Roles
from storage.repositories.shows import Shows
from storage.repositories.works import Works
from storage.repositories.workspaces import OwnWorkspace
from storage.units import Unit
from storage.workspaces import Workspaces


class Store:
    """One unit of work in one workspace; a row of another one cannot be reached through it."""

    def __init__(self, connection: Connection, workspace_id: str) -> None:
        self._unit = Unit(connection, workspace_id)
        self.workspace_id = workspace_id

    @cached_property
    def workspace(self) -> OwnWorkspace:
        return OwnWorkspace(self._unit)

    @cached_property
    def people(self) -> People:
        return People(self._unit)

    @cached_property
    def memberships(self) -> Memberships:
        return Memberships(self._unit)

    @cached_property
    def roles(self) -> Roles:
        return Roles(self._unit)

    @cached_property
    def channels(self) -> Channels:
        return Channels(self._unit)

    @cached_property
    def shows(self) -> Shows:
        return Shows(self._unit)

    @cached_property
    def checklists(self) -> Checklists:
        return Checklists(self._unit)

    @cached_property
    def cards(self) -> Cards:
        return Cards(self._unit)

    @cached_property
    def blobs(self) -> Blobs:
        return Blobs(self._unit)

    @cached_property
    def work(self) -> Works:
        return Works(self._unit)

    @cached_property
    def inbox(self) -> Events:
        return Events(self._unit)


class Database:
    """One database, shared by all threads of a process.

    `url`: sqlite:///path or postgresql://…; `pool`: connections for concurrent units of work;
    `busy_timeout_ms`: how long SQLite waits for another process; `synchronous`: FULL, or NORMAL, which
    may lose the last commits when the power fails. The tables must be there: see `storage.migrate`.
    """

    def __init__(self, url: str, *, pool: int = 15, busy_timeout_ms: int = 1000, synchronous: str = "FULL") -> None:
        self._engines = Engines(url, pool=pool, busy_timeout_ms=busy_timeout_ms, synchronous=synchronous)
        self.dialect: Dialect = self._engines.dialect
        self.queue = Queue(self._engines)
        self.inbox = Inbox(self._engines)
        self.clock = ClockRow(self._engines)
        self.workspaces = Workspaces(self._engines)

    @contextmanager
    def read(self, workspace_id: str) -> Iterator[Store]:
        """One snapshot; writing in it raises ReadOnly."""
        with self._engines.read() as connection:
            yield Store(connection, workspace_id)

    @contextmanager
    def write(self, workspace_id: str, priority: Priority = Priority.TURN) -> Iterator[Store]:
        """Commits at the end; any exception rolls everything back.

        LostRace: run it again on fresh data. Full: nothing was saved, and trying again soon is no use.
        """
        with self._engines.write(priority) as connection:
            yield Store(connection, workspace_id)

    def ping(self) -> None:
        """Full when the database cannot be reached."""
        with self._engines.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self._engines.close()
