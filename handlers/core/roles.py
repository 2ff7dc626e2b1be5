"""The posts of a live-selling team, and who holds them today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict

from handlers.core.datafiles import read_data
from handlers.core.voices import Voice
from storage.databases import Store


class Role(BaseModel):
    """A post; `key` is what tables and templates say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    zh: str
    en: str


class RoleFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: tuple[Role, ...]


ROLES: Mapping[str, Role] = {role.key: role for role in read_data("handlers.core", "roles.json", RoleFile).roles}


def role_name(voice: Voice, key: str) -> str:
    """The post in the reader's language; a key that is not in the catalogue speaks for itself."""
    role = ROLES.get(key)
    return voice.pick(role.zh, role.en) if role else key


@dataclass(frozen=True, slots=True)
class Posts:
    """Everybody's name by id, and who holds which role on one day, in the order of precedence."""

    names: Mapping[str, str]
    holders: Mapping[str, tuple[str, ...]]

    def owner_of(self, role: str) -> str | None:
        """The person who answers for the role; None when it is vacant."""
        held_by = self.holders.get(role, ())
        return held_by[0] if held_by else None

    def name_of(self, person_id: str) -> str:
        return self.names.get(person_id, person_id)

    def names_of(self, role: str) -> tuple[str, ...]:
        return tuple(self.name_of(person_id) for person_id in self.holders.get(role, ()))


def load_posts(store: Store, on: date) -> Posts:
    """Who holds what on a day: the holder before the understudy, the earlier seated before the later."""
    holders: dict[str, tuple[str, ...]] = {}
    for role, person_id in store.roles.seats_on(on):
        holders[role] = (*holders.get(role, ()), person_id)
    return Posts(store.people.names(), holders)
