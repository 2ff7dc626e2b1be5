"""The seeded people and channels of the Slack side: read from `data/people.json`, checked on loading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bot.workspace.records import BotIdentity, Channel, Person, Team


@dataclass(frozen=True, slots=True)
class Cast:
    team: Team
    bot: BotIdentity
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]

    def bot_person(self) -> Person:
        return Person(self.bot.user_id, self.bot.name, self.bot.real_name, "zh-CN", "Asia/Shanghai", is_bot=True)


def _person(row: dict[str, Any]) -> Person:
    return Person(**{**row, "roles": tuple(row["roles"])})


def _channel(row: dict[str, Any], ids: dict[str, str], bot_id: str) -> Channel:
    names = list(ids) if row["members"] == "all" else row["members"]
    unknown = [name for name in names if name not in ids]
    if unknown:
        raise ValueError(f"people.json: #{row['name']} lists unknown members: {', '.join(unknown)}")
    members = [ids[name] for name in names] + [bot_id]
    return Channel(row["id"], row["name"], "channel", row["topic"], members[0], 0, False, members)


def _checked(rows: list[Any], what: str) -> None:
    for field in ("id", "name"):
        values = [getattr(row, field) for row in rows]
        if len(set(values)) != len(values):
            raise ValueError(f"people.json: two {what} share one {field}")


def parse_cast(text: str) -> Cast:
    """Raises ValueError, KeyError or TypeError for a file that does not hold together."""
    raw = json.loads(text)
    bot = BotIdentity(**raw["bot"])
    people = [_person(row) for row in raw["people"]]
    ids = {person.name: person.id for person in people}
    channels = [_channel(row, ids, bot.user_id) for row in raw["channels"]]
    _checked(people, "people")
    _checked(channels, "channels")
    return Cast(Team(**raw["team"]), bot, tuple(people), tuple(channels))


@cache
def load_cast() -> Cast:
    return parse_cast((resources.files("bot.workspace") / "data" / "people.json").read_text(encoding="utf-8"))


def dm_id(person_id: str) -> str:
    """The fixed id of a person's direct messages with the bot."""
    return "D" + person_id[1:]
