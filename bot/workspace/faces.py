"""How people appear on the page: names, avatars, roles, and what one person may see of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from zlib import crc32

from bot.workspace.records import Channel, Person
from bot.workspace.render.readers import Choice
from bot.workspace.world import World

_TINTS = 8


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction knows
    return message


_ROLES = {
    "director": N_("operations director"),
    "pm": N_("show project manager"),
    "content": N_("content planning manager"),
    "host": N_("host"),
    "understudy": N_("understudy"),
    "assistant": N_("assistant host"),
    "ops": N_("operations specialist"),
    "control": N_("floor control"),
    "cs": N_("customer service"),
    "data": N_("data analyst"),
    "merch": N_("product selection"),
    "supply": N_("supply chain"),
    "marketing": N_("promotion and ads"),
    "tech": N_("technician"),
    "compliance": N_("compliance reviewer"),
}


@dataclass(frozen=True)
class Face:
    """A person as drawn: `initial` stands in the avatar, `tint` picks its colour, `roles` is ready to read."""

    id: str
    name: str
    initial: str
    tint: int
    roles: str = ""
    is_bot: bool = False
    is_guest: bool = False


def _initial(name: str) -> str:
    """The last character of a Chinese name, the first letter of any other."""
    shown = name.strip() or "?"
    return shown[-1] if "\u4e00" <= shown[-1] <= "\u9fff" else shown[0].upper()


def face_of(person: Person | None, person_id: str, translations: NullTranslations) -> Face:
    """Somebody unknown keeps their id as name."""
    name = person.name if person else person_id
    words = [translations.gettext(_ROLES[role]) for role in person.roles if role in _ROLES] if person else []
    if person and person.is_guest:
        words.append(translations.gettext(N_("guest")))
    if person and person.is_admin:
        words.append(translations.gettext(N_("admin")))
    return Face(
        id=person_id,
        name=name,
        initial=_initial(name),
        tint=crc32(person_id.encode()) % _TINTS,
        roles=translations.gettext(N_(", ")).join(words),
        is_bot=bool(person and person.is_bot),
        is_guest=bool(person and person.is_guest),
    )


class WorldDirectory:
    """The names that one person sees."""

    def __init__(self, world: World, person_id: str) -> None:
        self._roster = world.roster
        self._person_id = person_id

    def person_name(self, user_id: str) -> str | None:
        person = self._roster.person(user_id)
        return person.name if person else None

    def channel_name(self, channel_id: str) -> str | None:
        channel = self._roster.channel(channel_id)
        return channel.name if channel and self._roster.may_see(self._person_id, channel) else None

    def people(self) -> Sequence[Choice]:
        return [Choice(person.id, person.name) for person in self._roster.people()]

    def channels(self) -> Sequence[Choice]:
        return [Choice(channel.id, f"#{channel.name}") for channel in self._visible()]

    def _visible(self) -> Sequence[Channel]:
        return [
            channel
            for channel in self._roster.channels()
            if not channel.is_dm and not channel.archived and self._roster.may_see(self._person_id, channel)
        ]
