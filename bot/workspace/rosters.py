"""Who is in the workspace, and where: people, channels, direct messages, membership."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.workspace.happenings import Happening
from bot.workspace.ledgers import Ledger
from bot.workspace.people import Cast, dm_id
from bot.workspace.records import Channel, Person


class Roster:
    def __init__(self, ledger: Ledger, cast: Cast) -> None:
        self._ledger = ledger
        self.cast = cast
        self.bot = cast.bot
        self._people: dict[str, Person] = {}
        self._channels: dict[str, Channel] = {}
        ledger.on_load(self._load)

    def sow(self) -> None:
        """Write the seeded channels, and everybody's DM with the bot."""
        created = int(self._ledger.clock.now().timestamp())
        for channel in self.cast.channels:
            self._ledger.history.put_channel(replace(channel, created=created, members=list(channel.members)))
        for person in self.cast.people:
            self._ledger.history.put_channel(self._new_dm(dm_id(person.id), person.id, self.bot.user_id))

    def _load(self) -> None:
        changes = self._ledger.history.person_changes()
        everybody = [*self.cast.people, self.cast.bot_person()]
        self._people = {person.id: replace(person, **changes.get(person.id, {})) for person in everybody}
        self._channels = {channel.id: channel for channel in self._ledger.history.channels()}

    # people

    def people(self, *, with_bot: bool = False) -> list[Person]:
        return [person for person in self._people.values() if with_bot or not person.is_bot]

    def person(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def find_person(self, name: str) -> Person | None:
        """By id, display name or real name, a leading @ ignored."""
        wanted = name.strip().removeprefix("@")
        if wanted in self._people:
            return self._people[wanted]
        lowered = wanted.lower()
        for person in self._people.values():
            if lowered in (person.name.lower(), person.real_name.lower()):
                return person
        return None

    def change_person(self, person_id: str, **changes: Any) -> Person:
        """Change locale or tz; fires user_change."""
        with self._ledger.transaction():
            person = replace(self._people[person_id], **changes)
            self._people[person_id] = person
            stored = {**self._ledger.history.person_changes().get(person_id, {}), **changes}
            self._ledger.history.set_person_changes(person_id, stored)
            self._ledger.happened(Happening("person_changed", person_id))
            self._ledger.publish("person", data={"person": person_id})
        return person

    # channels

    def channels(self) -> list[Channel]:
        return list(self._channels.values())

    def channel(self, channel_id: str) -> Channel | None:
        return self._channels.get(channel_id)

    def channels_of(self, person_id: str) -> list[Channel]:
        """What stands in this person's sidebar: the channels and DMs that they are in, archived ones left out."""
        return [c for c in self._channels.values() if c.has(person_id) and not c.archived]

    def may_see(self, person_id: str, channel: Channel) -> bool:
        """A public channel is open to everybody but guests; the rest to members."""
        person = self._people.get(person_id)
        is_guest = person is not None and person.is_guest
        return channel.has(person_id) or (channel.kind == "channel" and not is_guest)

    def find_channel(self, name: str, person_id: str | None = None) -> Channel | None:
        """By id or name (a leading # ignored); "dm" is the person's DM with the bot, "@Name" their DM with Name."""
        wanted = name.strip()
        if wanted in self._channels:
            return self._channels[wanted]
        if person_id and wanted == "dm":
            return self.dm(person_id, self.bot.user_id)
        if person_id and wanted.startswith("@"):
            other = self.find_person(wanted)
            return self.dm(person_id, other.id) if other else None
        named = wanted.removeprefix("#")
        found = [c for c in self._channels.values() if c.name == named and not c.is_dm]
        return min(found, key=lambda c: c.archived) if found else None

    def dm(self, person_id: str, other_id: str) -> Channel:
        """The DM of two people (one may be the bot), made on first use."""
        pair = {person_id, other_id}
        ordered = sorted(pair - {self.bot.user_id})
        bot_dm = self.bot.user_id in pair and bool(ordered)
        wanted = dm_id(ordered[0]) if bot_dm else "D" + "".join(one[1:] for one in ordered)
        found = self._channels.get(wanted)
        if found is None:
            found = self._new_dm(wanted, ordered[0] if ordered else person_id, other_id if bot_dm else ordered[-1])
            self._save_channel(found)
        return found

    def _new_dm(self, dm: str, one: str, other: str) -> Channel:
        created = int(self._ledger.clock.now().timestamp())
        return Channel(dm, "dm", "dm", created=created, members=[one, other])

    def _save_channel(self, channel: Channel) -> None:
        with self._ledger.transaction():
            self._channels[channel.id] = channel
            self._ledger.history.put_channel(channel)
            audience = frozenset(channel.members) if channel.kind != "channel" else None
            self._ledger.publish("channel", channel=channel.id, audience=audience)

    def create_channel(self, name: str, creator: str, *, private: bool = False) -> Channel:
        """Raises ValueError when a living channel bears the name."""
        if any(c.name == name and not c.archived and not c.is_dm for c in self._channels.values()):
            raise ValueError(name)
        number = int(self._ledger.history.meta("channels_made") or 0) + 1
        created = int(self._ledger.clock.now().timestamp())
        kind = "private" if private else "channel"
        channel = Channel(f"C0NEW{number:05d}", name, kind, "", creator, created, False, [creator])  # type: ignore[arg-type]
        with self._ledger.transaction():
            self._ledger.history.set_meta("channels_made", str(number))
            self._save_channel(channel)
        return channel

    def join(self, channel: Channel, person_id: str, inviter: str = "") -> None:
        """Nothing happens to somebody who is in already."""
        if channel.has(person_id):
            return
        with self._ledger.transaction():
            channel.members.append(person_id)
            self._save_channel(channel)
            self._ledger.happened(Happening("joined", person_id, channel.id, inviter=inviter))

    def leave(self, channel: Channel, person_id: str) -> None:
        if not channel.has(person_id):
            return
        with self._ledger.transaction():
            self._ledger.happened(Happening("left", person_id, channel.id))
            channel.members.remove(person_id)
            self._save_channel(channel)

    def archive(self, channel: Channel, actor: str) -> None:
        if channel.archived:
            return
        with self._ledger.transaction():
            channel.archived = True
            self._save_channel(channel)
            self._ledger.happened(Happening("archived", actor, channel.id))
