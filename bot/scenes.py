"""Builds what handlers are given from what arrived: who, where, in which language and zone."""

from __future__ import annotations

from datetime import datetime

from handlers.core.clock import Clock
from handlers.core.context import Actor, Context, Scene, private_voice, public_voice, reader_of, team_day
from handlers.core.messages import Incoming
from storage.databases import Store
from storage.tables import Person, Workspace


class Scenes:
    """One per process; every Scene is bound to the unit of work it is built from."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def scene(self, store: Store, channel_id: str = "") -> Scene:
        """What a living card or a job sees, speaking to `channel_id`."""
        workspace = store.workspace.get()
        channel = store.channels.find(channel_id) if channel_id else None
        reader = reader_of(store, channel)
        return Scene(
            store=store,
            workspace=workspace,
            now=self.clock.now(),
            public=public_voice(workspace, channel, reader),
            reader=reader,
        )

    def context(self, store: Store, incoming: Incoming) -> Context:
        """What a turn sees. A person not yet fetched speaks the team's language."""
        workspace, now = store.workspace.get(), self.clock.now()
        channel = store.channels.find(incoming.place.channel_id) if incoming.place.channel_id else None
        reader = reader_of(store, channel)
        person = store.people.find(incoming.person_id) or stand_in(workspace, incoming.person_id, now)
        is_admin, roles = store.memberships.rights_of(person.person_id, team_day(workspace, now))
        return Context(
            store=store,
            workspace=workspace,
            now=now,
            public=public_voice(workspace, channel, reader),
            reader=reader,
            actor=Actor(person=person, roles=roles, is_admin=is_admin),
            channel=channel,
            incoming=incoming,
            private=private_voice(workspace, person),
        )


def stand_in(workspace: Workspace, person_id: str, now: datetime) -> Person:
    """Somebody of whom the platform has told us nothing yet."""
    return Person(
        workspace_id=workspace.workspace_id,
        person_id=person_id,
        name=person_id,
        locale=workspace.locale,
        tz=workspace.tz,
        fetched_at=now,
    )
