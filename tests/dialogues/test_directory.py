"""Who is who: from the tables at once, from the platform when somebody is new or has changed."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from bot.platforms.base import ChannelFacts, Fate, PersonFacts, SendError
from handlers.core.messages import Command, Membership
from tests.dialogues.evenings import TEAM, evening
from tests.dialogues.fakes import FakePlatform


class Registry(FakePlatform):
    """Knows one more person, and takes its time to say so."""

    asked: list[str]
    delay_s = 0.0
    name = "slack"

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        self.asked.append(person_id)
        await asyncio.sleep(self.delay_s)
        if person_id == "UGONE":
            raise SendError(Fate.DEAD, "user_not_found")
        return PersonFacts(person_id, f"新人{person_id}", "en-US", "Europe/London", is_admin=person_id == "UBOSS")

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None:
        return ChannelFacts(channel_id, "new-place", "channel", is_member=True)


def registry(delay_s: float = 0.0) -> Registry:
    made = Registry()
    made.asked, made.delay_s = [], delay_s
    return made


async def test_somebody_new_is_looked_up_once_and_becomes_a_member(tmp_path: Path) -> None:
    platform = registry(0.05)
    async with evening(tmp_path, platform) as night:
        for number in range(3):
            base = {**night.base("小周"), "person_id": "UBOSS"}
            await night.send(Command(**base, words=f"help {number}"), settle=False)
        await night.settle()
        assert platform.asked == ["UBOSS"]
        with night.app.base.database.read(night.team_id) as store:
            person, membership = store.people.get("UBOSS"), store.memberships.find("UBOSS")
        assert (person.name, person.tz) == ("新人UBOSS", "Europe/London")
        assert membership is not None
        assert membership.is_admin
        assert platform.messages[0].text.startswith("I do not know")


async def test_whoever_is_known_is_not_asked_for_after_a_restart(tmp_path: Path) -> None:
    platform = registry()
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live help")
        assert platform.asked == []


async def test_yesterday_s_facts_serve_at_once_and_are_refreshed_behind(tmp_path: Path) -> None:
    platform = registry(1.0)
    async with evening(tmp_path, platform) as night:
        with night.app.base.database.write(night.team_id) as store:
            person = store.people.get(night.id_of("小周"))
            person.fetched_at = night.clock.real() - timedelta(days=3)
            store.people.upsert(person)
        begun = time.monotonic()
        await night.say("小周", "/live help")
        assert time.monotonic() - begun < 0.9
        await asyncio.sleep(1.2)
        with night.app.base.database.read(night.team_id) as store:
            assert store.people.get(night.id_of("小周")).name.startswith("新人")


async def test_a_changed_profile_is_asked_for_again(tmp_path: Path) -> None:
    platform = registry()
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live help")
        changed = Membership(**night.base("小周"), change="profile", who_id=night.id_of("小周"))
        await night.send(changed, opener=False)
        await asyncio.sleep(0.1)
        assert platform.asked == [night.id_of("小周")]


async def test_whom_the_platform_does_not_name_is_answered_all_the_same(tmp_path: Path) -> None:
    async with evening(tmp_path, registry()) as night:
        base = {**night.base("小周", channel="CNEW"), "person_id": "UGONE"}
        await night.send(Command(**base, words="help"))
        assert len(night.platform.messages) == 1
        with night.app.base.database.read(night.team_id) as store:
            assert store.channels.get("CNEW").name == "new-place"
            assert store.channels.get(TEAM).name == "live-team"
