"""Seats people on roles and finds who answers for one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from handlers.core.roles import ROLES
from storage.databases import Store


def seat(
    store: Store,
    person_id: str,
    roles: Iterable[str],
    *,
    joined_at: datetime,
    is_admin: bool = False,
    understudy_of: Iterable[str] = (),
) -> None:
    """Makes a known person a member who holds `roles` from now on. ValueError for a role that does not exist."""
    held, covered = tuple(roles), tuple(understudy_of)
    for role in (*held, *covered):
        if role not in ROLES:
            raise ValueError(f"no role {role!r}")
    store.memberships.put(person_id, is_admin, joined_at)
    for role in held:
        store.roles.put(person_id, role)
    for role in covered:
        store.roles.put(person_id, role, is_understudy=True)


def owner_of_role(store: Store, role: str, on: date) -> str | None:
    """Who answers for the role on a day; None when it is vacant."""
    return next((holder.person_id for holder in store.roles.holders_of(role, on)), None)
