"""Recorded payloads through the real Bolt app: what is handed over, and when it is acked."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.platforms.base import NotSaved, Submitted
from bot.platforms.slack.listeners import Listeners, Tell
from bot.platforms.slack.transport import bolt_app
from handlers.core.cards import Form, Option, TextInput
from handlers.core.clock import FakeClock
from handlers.core.messages import Incoming
from handlers.core.replies import DrawnForm
from handlers.core.text import Text
from tests.platforms.fakes import START, FakeIntake, english, identity_of, until
from tests.platforms.recorded import TEAM, recorded

EMPTY = {"", "{}", "null"}
VIEW = {"callback_id": "x", "id": "V"}


class Stand:
    """A Bolt app in process, its intake, and a clock."""

    def __init__(self, submit_s: float = 2.5, tell: Tell | None = None) -> None:
        self.intake = FakeIntake()
        self.clock = FakeClock(START)
        listeners = Listeners(self.intake, self.clock, english, submit_s, tell)
        self.app: AsyncApp = bolt_app("http://127.0.0.1:9/api/", identity_of, listeners)

    async def send(self, body: Mapping[str, Any]) -> BoltResponse:
        request = AsyncBoltRequest(mode="socket_mode", body=dict(body))
        response: BoltResponse = await self.app.async_dispatch(request)
        return response

    async def play(self, name: str) -> BoltResponse:
        return await self.send(recorded(name))

    @property
    def incoming(self) -> list[Incoming]:
        return [incoming for incoming, _ in self.intake.accepted]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def said(response: BoltResponse) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(response.body)
    return answer


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("command", "command"),
        ("press_in_channel", "press"),
        ("press_in_form", "press"),
        ("press_in_home", "press"),
        ("shortcut_global", "shortcut"),
        ("shortcut_message", "shortcut"),
        ("closed", "dismissed"),
        ("mention", "message"),
        ("mention_as_message", "message"),
        ("direct", "message"),
        ("reaction_added", "reaction"),
        ("reaction_removed", "reaction"),
        ("file_shared", "file_shared"),
        ("joined", "membership"),
        ("bot_left", "membership"),
        ("archived", "membership"),
        ("profile", "membership"),
        ("home_opened", "opened"),
        ("tokens_revoked", "gone"),
        ("uninstalled", "gone"),
        ("shared_channel", "message"),
    ],
)
async def test_a_payload_is_handed_over_and_acked_empty(stand: Stand, name: str, kind: str) -> None:
    response = await stand.play(name)
    assert response.status == 200
    assert response.body in EMPTY
    assert [incoming.kind for incoming in stand.incoming] == [kind]


@pytest.mark.parametrize(
    "name",
    ["message", "thread_reply", "edited", "deleted", "other_bot", "own_message", "channel_notice", "own_reaction",
     "messages_tab", "user_tokens_revoked", "unknown_event", "link", "edited_by_preview"],
)  # fmt: skip
async def test_what_nobody_wants_is_acked_and_dropped(stand: Stand, name: str) -> None:
    response = await stand.play(name)
    assert response.status == 200
    assert stand.incoming == []


@pytest.mark.parametrize("name", ["thread_reply", "file_in_thread", "broadcast", "edited", "deleted"])
async def test_in_a_thread_that_we_listen_to_everything_is_heard(stand: Stand, name: str) -> None:
    stand.intake.threads.add("1795345200.000100")
    await stand.play(name)
    assert [incoming.kind for incoming in stand.incoming] == ["message"]


async def test_other_peoples_messages_are_counted_once_each(stand: Stand) -> None:
    for name in ("message", "mention", "mention_as_message", "other_bot", "thread_reply", "edited", "own_message"):
        await stand.play(name)
    assert stand.intake.counted == [(TEAM, "C0LIVETEAM")] * 3


async def test_another_bot_leaves_a_log_line(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await stand.play("other_bot")
    assert "ignored another bot" in caplog.text


@pytest.mark.parametrize("name", ["command", "press_in_channel", "shortcut_global", "press_in_form"])
async def test_an_opener_rides_along_for_two_seconds(stand: Stand, name: str) -> None:
    stand.clock.jump(timedelta(days=3))
    await stand.play(name)
    (_, opener), *_ = stand.intake.accepted
    assert opener is not None
    assert opener.token == recorded(name)["trigger_id"]
    assert opener.until == START + timedelta(seconds=2)
    assert opener.answer_to == recorded(name).get("response_url", "")


async def test_events_bring_no_opener(stand: Stand) -> None:
    await stand.play("mention")
    assert stand.intake.accepted[0][1] is None


@pytest.mark.parametrize("name", ["command", "press_in_channel", "mention", "shortcut_message", "closed"])
async def test_the_ack_precedes_the_turn(stand: Stand, name: str) -> None:
    stand.intake.turn_s = 0.05
    response = await stand.play(name)
    stand.intake.trace.append("acked")
    assert response.status == 200
    await asyncio.gather(*stand.intake.turns)
    assert stand.intake.trace == ["accepted", "acked", "turn done"]


async def test_a_repetition_is_acked_too(stand: Stand) -> None:
    for _ in range(3):
        assert (await stand.play("press_in_channel")).status == 200
    assert len(stand.intake.turns) == 1


@pytest.mark.parametrize("name", ["command", "press_in_channel", "mention", "submission", "shortcut_global"])
async def test_what_is_not_durable_is_not_acked(stand: Stand, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Slack then brings it again."""
    stand.intake.broken = RuntimeError("database is locked")
    assert (await stand.play(name)).status == 500
    assert "listener failed" in caplog.text


async def test_a_press_that_could_not_be_saved_is_acked_before_that_is_said() -> None:
    told: list[str] = []
    may_tell = asyncio.Event()

    async def tell(address: str, says: str) -> None:
        await may_tell.wait()
        told.append(says)

    stand = Stand(tell=tell)
    stand.intake.broken = NotSaved("That was not saved.")
    async with asyncio.timeout(2):
        response = await stand.play("press_in_channel")
    assert (response.status, response.body in EMPTY, told) == (200, True, [])
    may_tell.set()
    await until(lambda: told == ["That was not saved."])


async def test_what_could_not_be_said_either_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(address: str, says: str) -> None:
        raise OSError("the wire is cut")

    stand = Stand(tell=tell)
    stand.intake.broken = NotSaved("That was not saved.")
    assert (await stand.play("press_in_channel")).status == 200
    await until(lambda: "could not say that nothing was saved" in caplog.text)
    assert "the wire is cut" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {"type": "event_callback", "team_id": TEAM, "event": {"type": "message"}},
        {"type": "event_callback", "team_id": TEAM, "event_id": "E", "event": {"type": "reaction_added", "item": 3}},
        {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U1"}, "actions": [{"action_id": "a"}]},
        {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": "U1"}, "view": {**VIEW, "type": "modal"}},
        {"type": "view_closed", "team": {"id": TEAM}, "user": {"id": "U1"}, "view": {"callback_id": "x"}},
        {"type": "shortcut", "team": {"id": TEAM}, "user": {"id": "U1"}, "callback_id": "x"},
        {"command": "/live", "team_id": TEAM, "text": "x"},
    ],
    ids=lambda body: str(body.get("type", "command")),
)
async def test_a_malformed_payload_is_acked_with_a_log_line(
    stand: Stand, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    response = await stand.send(body)
    assert response.status == 200
    assert stand.incoming == []
    assert "unreadable payload" in caplog.text


async def test_a_workspace_without_the_app_is_acked_and_logged(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    told = await stand.send({**recorded("command"), "team_id": "T0FOREIGN"})
    assert (told.status, "重新安装" in told.body) == (200, True)
    silent = await stand.send({**recorded("press_in_channel"), "team": {"id": "T0FOREIGN"}})
    assert (silent.status, silent.body) == (200, "")
    assert stand.incoming == []
    assert caplog.text.count("not installed") == 2


# -- submissions -------------------------------------------------------------------------------------------------


async def test_a_submission_runs_before_its_ack_and_closes_the_form(stand: Stand) -> None:
    response = await stand.play("submission")
    assert response.body in EMPTY
    assert stand.intake.trace == ["turn done"]


async def test_a_submission_already_taken_closes_the_form(stand: Stand) -> None:
    stand.intake.answer = Submitted(taken=False)
    response = await stand.play("submission")
    assert (response.status, response.body in EMPTY) == (200, True)


async def test_errors_stand_at_their_inputs_and_strays_at_the_first(stand: Stand) -> None:
    stand.intake.answer = Submitted(errors={"goal": "Too low.", "gone": "Stale.", "": "No\u202e."})
    answer = said(await stand.play("submission"))
    assert answer == {"response_action": "errors", "errors": {"goal": "Too low.", "theme": "Stale. No."}}


@pytest.mark.parametrize(("push", "action"), [(False, "update"), (True, "push")])
async def test_a_next_form_is_drawn_with_an_id_of_its_own(stand: Stand, push: bool, action: str) -> None:
    form = Form("shows.confirm", "Sure?", (TextInput("why", "Why"),), "Yes")
    stand.intake.answer = Submitted(next_form=DrawnForm(form, push, Text()))
    first, second = said(await stand.play("submission")), said(await stand.play("submission"))
    assert first["response_action"] == action
    assert first["view"]["callback_id"] == "shows.confirm"
    assert first["view"]["private_metadata"] != second["view"]["private_metadata"]


async def test_a_slow_submission_says_so_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(submit_s=0.02)
    stand.intake.turn_s = 0.1
    answer = said(await stand.play("submission"))
    assert answer["errors"] == {"theme": "Still saving. Press again in a moment."}
    await until(lambda: stand.intake.trace == ["turn done"])


async def test_a_slow_submission_that_fails_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(submit_s=0.02)
    stand.intake.turn_s, stand.intake.broken = 0.05, RuntimeError("disk full")
    await stand.play("submission")
    await until(lambda: "late submission failed" in caplog.text)


async def test_options_ride_in_the_ack(stand: Stand) -> None:
    stand.intake.choices = [Option(str(n), f"口红 {n}") for n in range(120)]
    answer = said(await stand.play("suggestion_in_form"))
    assert len(answer["options"]) == 100
    assert answer["options"][0]["value"] == "0"
    assert stand.intake.trace == ["options product 口红"]
    assert stand.intake.accepted == []


@pytest.mark.alone
async def test_dispatch_costs_little(stand: Stand) -> None:
    """From the payload to the ack, with nothing behind the intake."""
    body = recorded("press_in_channel")
    await stand.send(body)
    spent = []
    for _ in range(100):
        start = time.perf_counter()
        await stand.send(body)
        spent.append(time.perf_counter() - start)
    assert sorted(spent)[50] < 0.005
