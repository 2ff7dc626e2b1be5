"""Keeps people and channels fresh: handlers find them in tables and never ask the platform."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.platforms.base import ChannelFacts, PersonFacts, Platform, SendError
from handlers.core.clock import Clock
from handlers.core.messages import Incoming, Membership
from storage.databases import Database
from storage.errors import StorageError
from storage.tables import Channel, Person

log = logging.getLogger("callsheet.directory")
FRESH = timedelta(hours=24)
RETRY_S = 60.0
FETCH_S = 2.0
Fetch = Callable[[str, str], Awaitable[None]]
Since = Callable[[str, str], datetime | None]


class Directory:
    """Fetches who and what a turn concerns when the tables do not know it, or know it from yesterday."""

    def __init__(self, database: Database, lookup: Platform, clock: Clock) -> None:
        self._database = database
        self._lookup = lookup
        self._clock = clock
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="directory")
        self._known: dict[tuple[str, str], float] = {}
        self._changed: set[tuple[str, str]] = set()
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def prepare(self, incoming: Incoming) -> None:
        """The person and the channel stand in the tables when this returns, unless the platform would not say."""
        workspace_id = incoming.workspace_id
        if isinstance(incoming, Membership):
            self.forget(workspace_id, incoming.who_id)
            self.forget(workspace_id, incoming.place.channel_id)
            await self._ensure(workspace_id, incoming.who_id, self._person_since, self._person)
        await self._ensure(workspace_id, incoming.person_id, self._person_since, self._person)
        await self._ensure(workspace_id, incoming.place.channel_id, self._channel_since, self._channel)

    def forget(self, workspace_id: str, key: str = "") -> None:
        """Ask the platform again next time; without a key, about everybody."""
        for known in [k for k in self._known if k[0] == workspace_id and key in {"", k[1]}]:
            del self._known[known]
        if key:
            self._changed.add((workspace_id, key))

    async def _ensure(self, workspace_id: str, key: str, known_since: Since, fetch: Fetch) -> None:
        """Whoever stands in the tables is served from there, and looked up again behind the turn's back when that is
        from yesterday; only somebody new is waited for, once however many events they cause."""
        if not key or self._known.get((workspace_id, key), 0.0) > time.monotonic():
            return
        since = await asyncio.get_running_loop().run_in_executor(self._pool, known_since, workspace_id, key)
        asking = self._asking.get((workspace_id, key))
        if asking is None:
            if since is not None and self._clock.real() - since < FRESH and not self._forgotten(workspace_id, key):
                self._known[workspace_id, key] = time.monotonic() + FRESH.total_seconds()
                return
            asking = asyncio.create_task(self._ask(workspace_id, key, fetch), name=f"look up {key}")
            self._asking[workspace_id, key] = asking
        if since is None:
            await asyncio.wait({asking})

    def _forgotten(self, workspace_id: str, key: str) -> bool:
        """Whether the platform said that what we know has changed."""
        try:
            self._changed.remove((workspace_id, key))
        except KeyError:
            return False
        return True

    async def _ask(self, workspace_id: str, key: str, fetch: Fetch) -> None:
        life = FRESH.total_seconds()
        try:
            async with asyncio.timeout(FETCH_S):
                await fetch(workspace_id, key)
        except (TimeoutError, StorageError, SendError) as error:
            log.warning("could not be looked up", extra={"who": key, "why": str(error) or "timeout"})
            life = RETRY_S
        finally:
            self._known[workspace_id, key] = time.monotonic() + life
            self._asking.pop((workspace_id, key), None)

    def _person_since(self, workspace_id: str, person_id: str) -> datetime | None:
        with self._database.read(workspace_id) as store:
            person = store.people.find(person_id)
        return person.fetched_at if person else None

    def _channel_since(self, workspace_id: str, channel_id: str) -> datetime | None:
        with self._database.read(workspace_id) as store:
            channel = store.channels.find(channel_id)
        return channel.fetched_at if channel else None

    async def _person(self, workspace_id: str, person_id: str) -> None:
        facts = await self._lookup.fetch_person(workspace_id, person_id)
        if facts is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._save_person, workspace_id, facts)

    async def _channel(self, workspace_id: str, channel_id: str) -> None:
        facts = await self._lookup.fetch_channel(workspace_id, channel_id)
        if facts is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._save_channel, workspace_id, facts)

    def _save_person(self, workspace_id: str, facts: PersonFacts) -> None:
        """A person seen for the first time becomes a member; whoever runs the workspace is an admin here too."""
        with self._database.write(workspace_id) as store:
            store.people.upsert(
                Person(
                    workspace_id=workspace_id, person_id=facts.person_id, name=facts.name, locale=facts.locale,
                    tz=facts.tz, is_guest=facts.is_guest, is_bot=facts.is_bot, is_stranger=facts.is_stranger,
                    is_deleted=facts.is_deleted, fetched_at=self._clock.real(),
                )
            )  # fmt: skip
            if not (facts.is_bot or facts.is_stranger) and store.memberships.find(facts.person_id) is None:
                store.memberships.put(facts.person_id, is_admin=facts.is_admin, joined_at=self._clock.now())

    def _save_channel(self, workspace_id: str, facts: ChannelFacts) -> None:
        with self._database.write(workspace_id) as store:
            known = store.channels.find(facts.channel_id)
            store.channels.upsert(
                Channel(
                    workspace_id=workspace_id, channel_id=facts.channel_id, name=facts.name, kind=facts.kind,
                    person_id=facts.person_id or None, is_member=facts.is_member, is_archived=facts.is_archived,
                    locale=known.locale if known else None, messages=known.messages if known else 0,
                    fetched_at=self._clock.real(),
                )
            )  # fmt: skip

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
