"""Both ways out of a turn, its refusals, and what happens when it breaks."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest

from bot.platforms.base import Fate, Opener, SendError, SendPrivate
from handlers.core.cards import plain_card
from handlers.core.messages import Gone, Membership, Place, Press
from handlers.core.replies import DrawnForm
from tests.dialogues.evenings import TEAM, evening
from tests.dialogues.fakes import FakePlatform

SHOW = {"theme": "春茶首播", "date": "2026-11-24", "start": "20:00", "end": "23:00", "platform": "douyin"}


async def test_a_slash_command_opens_its_form_at_once(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("陈姐", "/live show new")
        assert night.form_of("陈姐").drawn.form.name == "shows.new"
        assert night.platform.messages == []


async def test_where_there_is_no_opener_a_private_card_has_the_button_to_the_same_form(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        told = await night.mention("陈姐", "show new")
        assert [one.only_for for one in told] == [night.id_of("陈姐")]
        label = next(c.label for b in told[0].card.blocks for c in getattr(b, "controls", ()))
        await night.press("陈姐", told[0], label)
        assert night.form_of("陈姐").drawn.form.name == "shows.new"


async def test_a_spent_opener_becomes_the_same_card(tmp_path: Path) -> None:
    class Late(FakePlatform):
        async def open_form(self, workspace_id: str, person_id: str, form: DrawnForm, opener: Opener) -> None:
            raise SendError(Fate.DEAD, "expired_trigger_id")

    async with evening(tmp_path, Late()) as night:
        told = await night.say("陈姐", "/live show new")
        assert [one.only_for for one in told] == [night.id_of("陈姐")]
        assert any(getattr(block, "controls", ()) for block in told[0].card.blocks)


async def test_errors_stand_at_their_field_and_nothing_is_kept(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("陈姐", "/live show new")
        submitted = await night.submit("陈姐", {**SHOW, "theme": " "}, key="form-1")
        assert set(submitted.errors or {}) == {"theme"}
        again = await night.submit("陈姐", SHOW, key="form-1")
        assert again.errors is None
        assert again.taken


async def test_the_second_press_on_submit_changes_nothing(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("陈姐", "/live show new")
        first = await night.submit("陈姐", SHOW, key="form-2")
        second = await night.submit("陈姐", SHOW, key="form-2")
        assert first.taken
        assert not second.taken
        assert second.errors is None
        with night.app.base.database.read(night.team_id) as store:
            assert len([show for show in store.shows.list_recent(20) if show.theme == "春茶首播"]) == 1


async def test_a_form_answers_where_it_was_opened(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("陈姐", "/live show new", channel="C0RETROLOG")
        before = len(night.platform.messages)
        await night.submit("陈姐", SHOW)
        assert {one.channel_id for one in night.platform.messages[before:]} == {"C0RETROLOG"}


async def test_refused_from_home_it_is_a_line_on_home(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.open_home("方圆")
        base = {**night.base("方圆"), "place": Place(kind="home")}
        await night.send(Press(**base, action="checklists.tick", value={"item": 1, "version": 1}, surface="home"))
        assert night.platform.homes[night.id_of("方圆")].blocks
        first = plain_card(night.platform.homes[night.id_of("方圆")])
        assert "访客" in first or "Guests" in first
        assert night.platform.messages == []


async def test_an_old_button_is_answered_in_words(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.send(Press(**night.base("小周"), action="gone.away", value={}))
        assert len(night.platform.messages) == 1
        assert night.platform.messages[0].only_for == night.id_of("小周")


async def test_a_defect_is_one_apology_with_an_id_that_the_log_knows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with evening(tmp_path) as night:
        actions = night.app.router._actions
        broken = actions["checklists.tick"]
        actions["checklists.tick"] = dataclasses.replace(broken, run=lambda context: 1 / 0)  # type: ignore[arg-type, return-value]
        with caplog.at_level(logging.ERROR, "callsheet.turn"):
            await night.send(Press(**night.base("小周"), action="checklists.tick", value={}))
        assert "ZeroDivisionError" in caplog.text
        assert len(caplog.records) == 1
        assert "id " in night.platform.messages[0].text or "编号" in night.platform.messages[0].text


async def test_strangers_are_refused_politely_once_a_day(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        with night.app.base.database.write(night.team_id) as store:
            person = store.people.get(night.id_of("方圆"))
            person.is_stranger = True
            store.people.upsert(person)
        for _ in range(3):
            await night.say("方圆", "/live 清单")
        assert len(night.platform.messages) == 1
        assert night.platform.messages[0].channel_id == f"D{night.id_of('方圆')}"


async def test_the_bot_notes_where_it_may_stand_and_when_it_was_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with evening(tmp_path) as night:
        base = night.base("小周")
        with caplog.at_level(logging.INFO, "callsheet.notices"):
            await night.send(Membership(**base, change="left", who_id="U0CALLSHT0", is_bot_itself=True), opener=False)
            base["key"] = "archived-1"
            await night.send(Membership(**base, change="archived", who_id=""), opener=False)
            base["key"] = "gone-1"
            await night.send(Gone(**base, why="token_revoked"), opener=False)
        with night.app.base.database.read(night.team_id) as store:
            channel = store.channels.get(TEAM)
            assert (channel.is_member, channel.is_archived) == (False, True)
            assert store.workspace.get().state == "gone"
        said = [record.getMessage() for record in caplog.records]
        assert any("left a channel" in line for line in said)
        assert any("archived" in line for line in said)
        assert any("withdrew the app" in line for line in said)


async def test_private_answers_take_the_command_s_own_address(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live help")
        private = [call for call in night.platform.calls if isinstance(call, SendPrivate)]
        assert [call.answer_to for call in private] == ["https://answer.example/1"]


async def test_no_answer_address_rests_in_clear(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live help")
    assert not any(b"answer.example" in content for content in contents(tmp_path))


def contents(folder: Path) -> list[bytes]:
    found = [file.read_bytes() for file in folder.glob("callsheet.db*")]
    assert found
    return found
