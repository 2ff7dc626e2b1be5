"""The contract of platforms, held by the Slack adapter in the local workspace and by the fake of the dialogues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.platforms.base import Fate, Opener, SendError, SendPost, SendPrivate, SendUpdate, Submitted
from bot.platforms.slack.adapter import SlackPlatform
from bot.platforms.slack.manifest import COMMAND, build_manifest
from bot.workspace.server import LocalWorkspace
from handlers.core.cards import plain_card
from handlers.core.messages import Command, FormRef, Press, Submission
from handlers.registry import FEATURES
from tests.dialogues.fakes import FakePlatform
from tests.platforms.contract import MINUTE, PlatformContract, Stage, Stood, card, form
from tests.platforms.fakes import FakeIntake, until
from tests.platforms.samples import CARDS
from tests.workspace.harness import MEI, TEAM, XIAOZHOU, Driver, FakeBackstage, driving, running


@dataclass(slots=True)
class SlackStage:
    """The adapter connected to a local workspace over Socket Mode."""

    platform: SlackPlatform
    intake: FakeIntake
    drive: Driver
    workspace_id: str
    channel_id: str = TEAM
    someone: str = MEI
    another: str = XIAOZHOU

    async def seen_by(self, person_id: str, channel_id: str = "") -> list[Stood]:
        found = await self.drive.messages(person_id, channel_id or "dm")
        return [Stood(one["ts"], one["text"], one.get("thread") or "") for one in found]

    async def home_of(self, person_id: str) -> str:
        return str((await self.drive.get("home", person=person_id))["text"])

    async def form_of(self, person_id: str) -> str:
        shown = await self.drive.get("form", person=person_id)
        return " ".join([shown.get("text", ""), *(one["label"] for one in shown.get("inputs", ()))])

    async def opener_of(self, person_id: str) -> Opener:
        known = len(self.intake.accepted)
        await self.drive.say(person_id, f"{COMMAND} show new")
        await self.heard(known + 1)
        opener = self.intake.accepted[known][1]
        assert opener is not None
        return opener

    async def heard(self, count: int) -> None:
        await until(lambda: len(self.intake.accepted) >= count)

    async def view_of(self, person_id: str) -> FormRef:
        """The view's id comes with what is submitted; refused, the form stays."""
        self.intake.answer = Submitted(errors={"theme": "No."})
        await self.drive.raw("POST", "submit", json={"person": person_id, "values": {"Theme of First": "typed"}})
        return self.intake.submitted[-1].form


@dataclass(slots=True)
class FakeStage:
    platform: FakePlatform
    workspace_id: str = "T1"
    channel_id: str = "C1"
    someone: str = "U1"
    another: str = "U2"

    async def seen_by(self, person_id: str, channel_id: str = "") -> list[Stood]:
        place = channel_id or f"D{person_id}"
        return [
            Stood(one.ts, plain_card(one.card), one.thread)
            for one in self.platform.messages
            if one.channel_id == place and one.only_for in {"", person_id}
        ]

    async def home_of(self, person_id: str) -> str:
        await asyncio.sleep(0.1)
        return plain_card(self.platform.homes[person_id])

    async def form_of(self, person_id: str) -> str:
        opened = [one.drawn.form for one in self.platform.forms if one.person_id == person_id]
        return " ".join(part.label for part in opened[-1].inputs) if opened else ""

    async def opener_of(self, person_id: str) -> Opener:
        return Opener("t", datetime.now(UTC) + MINUTE)

    async def view_of(self, person_id: str) -> FormRef:
        view_id = next(one.view_id for one in reversed(self.platform.forms) if one.person_id == person_id)
        return FormRef(view_id, "sample.new")


@pytest_asyncio.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[LocalWorkspace]:
    async with running(tmp_path, FakeBackstage(), manifest=build_manifest(FEATURES)) as started:
        yield started


@pytest_asyncio.fixture
async def slack_stage(workspace: LocalWorkspace) -> AsyncIterator[SlackStage]:
    platform = SlackPlatform.from_settings(
        base_url=workspace.api_url,
        bot_token=workspace.bot_token,
        app_token=workspace.app_token,
        workspace_id=workspace.team_id,
        ping_interval=1,
    )
    intake = FakeIntake()
    await platform.start(intake)
    async with driving(workspace) as drive:
        yield SlackStage(platform, intake, drive, workspace.team_id)
    await platform.close()


class TestSlack(PlatformContract):
    @pytest.fixture
    def stage(self, slack_stage: SlackStage) -> Stage:
        return slack_stage


class TestFake(PlatformContract):
    @pytest.fixture
    def stage(self) -> Stage:
        return FakeStage(FakePlatform())


# -- what Slack alone does ---------------------------------------------------------------------------------------


async def fails(stage: SlackStage, sending: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        await stage.platform.send(stage.workspace_id, sending)
    return caught.value


@pytest.mark.parametrize("name", CARDS)
async def test_the_workspace_takes_every_sample_card(slack_stage: SlackStage, name: str) -> None:
    sent = await slack_stage.platform.send(slack_stage.workspace_id, SendPost(TEAM, CARDS[name], f"k:{name}"))
    stood = [one for one in await slack_stage.seen_by(MEI, TEAM) if one.ts == sent.ts]
    assert CARDS[name].title in stood[0].text


async def test_an_answer_lost_after_the_post_is_found_by_looking(slack_stage: SlackStage) -> None:
    await slack_stage.drive.post("fault", method="chat.postMessage", times=1, drop_after=True)
    sending = SendPost(TEAM, card("Tonight"), "reply:lost")
    assert (await fails(slack_stage, sending)).fate is Fate.UNKNOWN
    found = await slack_stage.platform.look(slack_stage.workspace_id, sending, "0.000000")
    assert found is not None
    assert len([one for one in await slack_stage.seen_by(MEI, TEAM) if "Tonight" in one.text]) == 1


async def test_a_rate_limit_of_the_workspace_is_limited(slack_stage: SlackStage) -> None:
    await slack_stage.drive.post("fault", method="chat.update", times=1, http_status=429, retry_after_s=7)
    error = await fails(slack_stage, SendUpdate(TEAM, "1.000001", card("x")))
    assert (error.fate, error.retry_after_s, error.scope) == (Fate.LIMITED, 7.0, "method")


async def test_a_channel_that_is_not_there_is_dead(slack_stage: SlackStage) -> None:
    assert (await fails(slack_stage, SendPost("C0NOWHERE", card("x"), "k"))).fate is Fate.DEAD


async def test_an_archived_channel_is_dead_and_is_told_as_an_event(slack_stage: SlackStage) -> None:
    await slack_stage.drive.post("channel", person="林岚", channel="retro", do="archive")
    assert (await fails(slack_stage, SendPost("C0RETROLOG", card("x"), "k"))).why == "is_archived"
    await slack_stage.heard(1)
    assert [incoming.kind for incoming, _ in slack_stage.intake.accepted] == ["membership"]


async def test_thrown_out_of_a_channel_the_private_answer_comes_as_a_dm(slack_stage: SlackStage) -> None:
    await slack_stage.drive.post("channel", person="林岚", channel="retro", do="remove", who="Callsheet")
    await slack_stage.platform.fetch_person(slack_stage.workspace_id, XIAOZHOU)
    sent = await slack_stage.platform.send(
        slack_stage.workspace_id, SendPrivate(XIAOZHOU, card("Answer"), "k", "C0RETROLOG")
    )
    assert sent.how == "dm"
    assert any("我不在那个频道里" in one.text for one in await slack_stage.seen_by(XIAOZHOU))


async def test_a_command_is_answered_at_its_response_address(slack_stage: SlackStage) -> None:
    await slack_stage.opener_of(MEI)
    (command, _), *_ = slack_stage.intake.accepted
    assert isinstance(command, Command)
    assert (command.words, command.place.channel_id) == ("show new", TEAM)
    sending = SendPrivate(MEI, card("Answer"), "k", TEAM, answer_to=command.answer_to)
    for _ in range(5):
        assert (await slack_stage.platform.send(slack_stage.workspace_id, sending)).how == "response"
    assert (await slack_stage.platform.send(slack_stage.workspace_id, sending)).how == "ephemeral"


async def test_a_press_and_a_submission_come_back_as_they_were_drawn(slack_stage: SlackStage) -> None:
    sent = await slack_stage.platform.send(slack_stage.workspace_id, SendPost(TEAM, card("Tonight"), "k"))
    await slack_stage.drive.post("press", person=MEI, channel="live-team", ts=sent.ts, label="Do", near="a row")
    await slack_stage.heard(1)
    press, opener = slack_stage.intake.accepted[0]
    assert isinstance(press, Press)
    assert (press.action, press.value, press.ts, press.place.channel_id) == ("sample.do", {"id": 1}, sent.ts, TEAM)
    assert opener is not None
    await slack_stage.platform.open_form(slack_stage.workspace_id, MEI, form("First"), opener)
    closed = await slack_stage.drive.post("submit", person=MEI, values={"Theme of First": "返场"})
    assert closed == {"closed": True}
    (submission,) = slack_stage.intake.submitted
    assert isinstance(submission, Submission)
    assert submission.values == {"theme": "返场"}


async def test_an_opener_is_used_once(slack_stage: SlackStage) -> None:
    opener = await slack_stage.opener_of(MEI)
    await slack_stage.platform.open_form(slack_stage.workspace_id, MEI, form("First"), opener)
    with pytest.raises(SendError) as caught:
        await slack_stage.platform.open_form(slack_stage.workspace_id, MEI, form("First"), opener)
    assert caught.value.fate is Fate.DEAD
    late = Opener(opener.token, datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(SendError, match="opener_spent"):
        await slack_stage.platform.open_form(slack_stage.workspace_id, MEI, form("First"), late)


async def test_the_socket_is_up_again_after_a_disconnect(slack_stage: SlackStage) -> None:
    await slack_stage.drive.post("fault", method="socket", times=1, disconnect=True)
    await slack_stage.drive.say(MEI, "@Callsheet hello")
    await slack_stage.heard(1)
    assert slack_stage.intake.accepted[0][0].kind == "message"
