"""Signed requests over HTTP: only what Slack signed, and signed just now, is read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from slack_sdk.signature import SignatureVerifier

from bot.platforms.base import Submitted
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.transport import EVENTS_PATH, HttpTransport
from handlers.core.clock import FakeClock
from tests.platforms.fakes import START, FakeIntake, english, identity_of
from tests.platforms.recorded import recorded

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@pytest_asyncio.fixture
async def client(intake: FakeIntake) -> AsyncIterator[Client]:
    transport = HttpTransport("http://127.0.0.1:9/api/", SECRET, identity_of)
    server = web.Application()
    transport.add_routes(server)
    async with TestClient(TestServer(server)) as started:
        assert (await started.post(EVENTS_PATH)).status == 503
        await transport.start(Listeners(intake, FakeClock(START), english))
        yield started
        await transport.close()


def signed(body: str, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    timestamp = str(int(time.time()) if at is None else at)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    return {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": timestamp, "Content-Type": kind}


EVENT = json.dumps(recorded("mention"))
COMMAND = urlencode(recorded("command"))
PRESS = urlencode({"payload": json.dumps(recorded("press_in_channel"))})


@pytest.mark.parametrize("body", [EVENT, COMMAND, PRESS], ids=["event", "command", "press"])
async def test_a_signed_request_is_read_and_acked_before_its_turn(
    client: Client, intake: FakeIntake, body: str
) -> None:
    intake.turn_s = 0.05
    response = await client.post(EVENTS_PATH, data=body, headers=signed(body))
    intake.trace.append("acked")
    assert (response.status, await response.text()) == (200, "")
    await asyncio.gather(*intake.turns)
    assert intake.trace == ["accepted", "acked", "turn done"]


async def test_wrong_old_missing_and_altered_signatures_are_refused(client: Client, intake: FakeIntake) -> None:
    whole = signed(COMMAND)
    refused = [
        (COMMAND, signed(COMMAND, secret="another")),
        (COMMAND, signed(COMMAND, at=int(time.time()) - 301)),
        (COMMAND, signed(COMMAND, at=int(time.time()) + 301)),
        (COMMAND + "&text=more", whole),
        (COMMAND, {**whole, "X-Slack-Request-Timestamp": str(int(time.time()) - 1)}),
        (COMMAND, {key: value for key, value in whole.items() if key != "X-Slack-Signature"}),
        (COMMAND, {key: value for key, value in whole.items() if key != "X-Slack-Request-Timestamp"}),
        (COMMAND, {"Content-Type": "application/x-www-form-urlencoded"}),
    ]
    statuses = [(await client.post(EVENTS_PATH, data=body, headers=headers)).status for body, headers in refused]
    assert statuses == [401] * len(refused)
    assert intake.accepted == []


async def test_a_replayed_request_is_the_same_event(client: Client, intake: FakeIntake) -> None:
    """The signature holds for five minutes; the key of the event is what guards against its reuse."""
    headers = signed(PRESS)
    for _ in range(2):
        assert (await client.post(EVENTS_PATH, data=PRESS, headers=headers)).status == 200
    first, second = (incoming for incoming, _ in intake.accepted)
    assert first.key == second.key
    assert len(intake.turns) == 1


async def test_slacks_question_for_the_address_is_answered(client: Client) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "say this"})
    response = await client.post(EVENTS_PATH, data=body, headers=signed(body))
    assert response.status == 200
    assert (await response.json())["challenge"] == "say this"


async def test_a_submission_is_answered_in_the_response(client: Client, intake: FakeIntake) -> None:
    intake.answer = Submitted(errors={"goal": "Too low."})
    body = urlencode({"payload": json.dumps(recorded("submission"))})
    response = await client.post(EVENTS_PATH, data=body, headers=signed(body))
    assert (response.status, intake.trace) == (200, ["turn done"])
    assert await response.json() == {"response_action": "errors", "errors": {"goal": "Too low."}}


def test_http_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="signing secret"):
        HttpTransport("http://127.0.0.1:9/api/", "", identity_of)
