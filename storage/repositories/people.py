"""Persons, memberships and roles."""

from datetime import date, datetime

from sqlalchemy import bindparam, delete, false, null, or_, select, union_all

from storage.tables import Membership, Person, RoleHolder
from storage.units import Unit, here, table_of

_PERSON = here(Person, person_id="person_id")
_PERSONS = here(Person).order_by(table_of(Person).c.name, table_of(Person).c.person_id)

_NAMES = select(table_of(Person).c.person_id, table_of(Person).c.name).where(
    table_of(Person).c.workspace_id == bindparam("in_workspace")
)

_MEMBER = here(Membership, person_id="person_id")
_MEMBERS = here(Membership).order_by(table_of(Membership).c.person_id)
_ADMINS = _MEMBERS.where(table_of(Membership).c.is_admin)
_LEAVE = delete(table_of(Membership)).where(
    table_of(Membership).c.workspace_id == bindparam("in_workspace"),
    table_of(Membership).c.person_id == bindparam("person_id"),
)

_ROLE = table_of(RoleHolder).c
_HOLDERS = here(RoleHolder).order_by(_ROLE.role, _ROLE.is_understudy, _ROLE.id)
_VALID = _HOLDERS.where(
    or_(_ROLE.valid_from_on.is_(None), _ROLE.valid_from_on <= bindparam("on")),
    or_(_ROLE.valid_to_on.is_(None), _ROLE.valid_to_on >= bindparam("on")),
)
_VALID_OF_PERSON = _VALID.where(_ROLE.person_id == bindparam("person_id"))
_VALID_OF_ROLE = _VALID.where(_ROLE.role == bindparam("role"))
_SEATS = (
    select(_ROLE.role, _ROLE.person_id)
    .join_from(table_of(RoleHolder), table_of(Person))
    .where(
        _ROLE.workspace_id == bindparam("in_workspace"),
        ~table_of(Person).c.is_deleted,
        or_(_ROLE.valid_from_on.is_(None), _ROLE.valid_from_on <= bindparam("on")),
        or_(_ROLE.valid_to_on.is_(None), _ROLE.valid_to_on >= bindparam("on")),
    )
    .order_by(_ROLE.role, _ROLE.is_understudy, _ROLE.id)
)
_STEP_DOWN = delete(table_of(RoleHolder)).where(
    _ROLE.workspace_id == bindparam("in_workspace"),
    _ROLE.person_id == bindparam("person_id"),
    _ROLE.role == bindparam("role"),
)
_RIGHTS = union_all(
    select(table_of(Membership).c.is_admin, null().label("role")).where(
        table_of(Membership).c.workspace_id == bindparam("in_workspace"),
        table_of(Membership).c.person_id == bindparam("person_id"),
    ),
    select(false().label("is_admin"), _ROLE.role).where(
        _ROLE.workspace_id == bindparam("in_workspace"),
        _ROLE.person_id == bindparam("person_id"),
        or_(_ROLE.valid_from_on.is_(None), _ROLE.valid_from_on <= bindparam("on")),
        or_(_ROLE.valid_to_on.is_(None), _ROLE.valid_to_on >= bindparam("on")),
    ),
)


class People:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self, person_id: str) -> Person:
        return self._unit.get("person", person_id, _PERSON, person_id=person_id)

    def find(self, person_id: str) -> Person | None:
        return self._unit.find(_PERSON, person_id=person_id)

    def upsert(self, person: Person) -> Person:
        return self._unit.upsert(person, ("person_id",))

    def list_all(self) -> list[Person]:
        return self._unit.list_all(_PERSONS)

    def names(self) -> dict[str, str]:
        """Everybody's name by id."""
        rows = self._unit.connection.execute(_NAMES, {"in_workspace": self._unit.workspace_id})
        return {row.person_id: row.name for row in rows}


class Memberships:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def find(self, person_id: str) -> Membership | None:
        return self._unit.find(_MEMBER, person_id=person_id)

    def list_all(self) -> list[Membership]:
        return self._unit.list_all(_MEMBERS)

    def list_admins(self) -> list[Membership]:
        return self._unit.list_all(_ADMINS)

    def put(self, person_id: str, is_admin: bool, joined_at: datetime) -> Membership:
        """Joins, or sets the right of one who has joined: `joined_at` stays the first one."""
        row = Membership(person_id=person_id, is_admin=is_admin, joined_at=joined_at)
        return self._unit.upsert(row, ("person_id",), keep=("joined_at",))

    def rights_of(self, person_id: str, on: date) -> tuple[bool, frozenset[str]]:
        """Whether they are an admin, and the roles they hold on that day."""
        parameters = {"in_workspace": self._unit.workspace_id, "person_id": person_id, "on": on}
        rows = self._unit.connection.execute(_RIGHTS, parameters).all()
        return any(row.is_admin for row in rows), frozenset(row.role for row in rows if row.role is not None)

    def remove(self, person_id: str) -> bool:
        return self._unit.run(_LEAVE, person_id=person_id) > 0


class Roles:
    """Who holds which role on which day; an understudy holds it as well, after the others."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list_holders(self) -> list[RoleHolder]:
        return self._unit.list_all(_HOLDERS)

    def roles_of(self, person_id: str, on: date) -> set[str]:
        return {row.role for row in self._unit.list_all(_VALID_OF_PERSON, person_id=person_id, on=on)}

    def seats_on(self, on: date) -> list[tuple[str, str]]:
        """(role, person id) of all who hold one on that day and have not left, in the order of precedence."""
        rows = self._unit.connection.execute(_SEATS, {"in_workspace": self._unit.workspace_id, "on": on})
        return [(role, person_id) for role, person_id in rows]

    def holders_of(self, role: str, on: date) -> list[RoleHolder]:
        return self._unit.list_all(_VALID_OF_ROLE, role=role, on=on)

    def put(
        self,
        person_id: str,
        role: str,
        *,
        is_understudy: bool = False,
        valid_from_on: date | None = None,
        valid_to_on: date | None = None,
    ) -> RoleHolder:
        row = RoleHolder(
            person_id=person_id,
            role=role,
            is_understudy=is_understudy,
            valid_from_on=valid_from_on,
            valid_to_on=valid_to_on,
        )
        return self._unit.upsert(row, ("person_id", "role"))

    def remove(self, person_id: str, role: str) -> bool:
        return self._unit.run(_STEP_DOWN, person_id=person_id, role=role) > 0
