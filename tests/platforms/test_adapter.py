"""The calls that the adapter makes, and what it makes of every way in which they fail."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.platforms.base import (
    Fate,
    Opener,
    SendDirect,
    SendError,
    SendFile,
    SendHome,
    Sending,
    SendPost,
    SendPrivate,
    SendReaction,
    SendUpdate,
    Sent,
)
from bot.platforms.slack.adapter import SlackPlatform
from bot.platforms.slack.calls import Calls, web_client
from handlers.core.cards import Actions, Button, Card, Form, Paragraph, Select, TextInput
from handlers.core.clock import FakeClock
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm
from handlers.core.text import Text, text
from tests.platforms.fakes import START, FakeSlack, Reply, fake_slack, hang_up, no, ok, platform_at, status
from tests.platforms.recorded import TEAM
from tests.platforms.samples import FIGURES, checklist

CARD = Card("Hello", (Paragraph(text("there")),))
POST = SendPost("C1", CARD, "reply:1:0")
DIRECT = SendDirect("U1", CARD, "nudge:1")
UPDATE = SendUpdate("C1", "1.1", CARD)
PRIVATE = SendPrivate("U1", CARD, "reply:2:0", "C1")
FILE = SendFile("a.csv", b"1,2", "file:1", "C1", comment=text("the <figures>"))
FORM = DrawnForm(Form("shows.new", "New", (TextInput("theme", "Theme"),), "Plan", {"show": 1}), False, Text())


@dataclass(slots=True)
class Stand:
    slack: FakeSlack
    platform: SlackPlatform
    clock: FakeClock
    hooked: list[str] = field(default_factory=list)

    async def send(self, sending: Sending) -> Sent:
        return await self.platform.send(TEAM, sending)

    async def fails(self, sending: Sending) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(sending)
        return caught.value


@pytest_asyncio.fixture
async def stand() -> AsyncIterator[Stand]:
    clock, hooked = FakeClock(START), list[str]()
    async with fake_slack() as slack, platform_at(slack.base_url, clock, hooked) as platform:
        yield Stand(slack, platform, clock, hooked)


# -- fates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "fate", "why"),
    [
        (no("channel_not_found"), Fate.DEAD, "channel_not_found"),
        (no("is_archived"), Fate.DEAD, "is_archived"),
        (no("not_in_channel"), Fate.DEAD, "not_in_channel"),
        (no("invalid_auth"), Fate.DEAD, "invalid_auth"),
        (no("account_inactive"), Fate.DEAD, "account_inactive"),
        (no("token_revoked"), Fate.DEAD, "token_revoked"),
        (no("a_code_from_tomorrow"), Fate.DEAD, "a_code_from_tomorrow"),
        (no("service_unavailable"), Fate.RETRY, "service_unavailable"),
        (no("internal_error"), Fate.UNKNOWN, "internal_error"),
        (no("fatal_error"), Fate.UNKNOWN, "fatal_error"),
        (status(500), Fate.UNKNOWN, "http_500"),
        (status(503), Fate.UNKNOWN, "http_503"),
        (status(404), Fate.DEAD, "http_404"),
        (status(200), Fate.UNKNOWN, "no_answer"),
        (hang_up, Fate.UNKNOWN, "connection_lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_failed_post_has_its_fate(stand: Stand, reply: Reply, fate: Fate, why: str) -> None:
    stand.slack.will("chat.postMessage", reply)
    error = await stand.fails(POST)
    assert (error.fate, error.why) == (fate, why)
    assert len(stand.slack.of("chat.postMessage")) == 1


@pytest.mark.parametrize("reply", [status(502), no("internal_error"), hang_up], ids=["5xx", "internal", "lost"])
@pytest.mark.parametrize("sending", [UPDATE, PRIVATE, SendHome("U1", CARD), SendReaction("C1", "1.1", "eyes")])
async def test_what_may_be_sent_twice_is_simply_tried_again(stand: Stand, sending: Sending, reply: Reply) -> None:
    for method in ("chat.update", "chat.postEphemeral", "views.publish", "reactions.add"):
        stand.slack.will(method, reply)
    assert (await stand.fails(sending)).fate is Fate.RETRY


@pytest.mark.parametrize(
    ("sending", "method", "scope"),
    [
        (POST, "chat.postMessage", "lane"),
        (UPDATE, "chat.update", "method"),
        (FILE, "files.getUploadURLExternal", "method"),
    ],
)
async def test_a_rate_limit_says_how_long_and_for_what(stand: Stand, sending: Sending, method: str, scope: str) -> None:
    stand.slack.will(method, status(429, **{"Retry-After": "17"}))
    error = await stand.fails(sending)
    assert (error.fate, error.retry_after_s, error.scope) == (Fate.LIMITED, 17.0, scope)


async def test_a_rate_limit_without_a_number_still_waits(stand: Stand) -> None:
    stand.slack.will("chat.postMessage", status(429, **{"Retry-After": "soon"}))
    assert (await stand.fails(POST)).retry_after_s > 0
    stand.slack.will("chat.postMessage", no("message_limit_exceeded"))
    assert (await stand.fails(POST)).scope == "workspace"


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_an_update_of_what_is_gone_says_so(stand: Stand, code: str) -> None:
    stand.slack.will("chat.update", no(code))
    assert (await stand.fails(UPDATE)).fate is Fate.GONE


async def test_no_connection_means_not_sent() -> None:
    async with platform_at("http://127.0.0.1:9/api/", FakeClock(START), []) as platform:
        with pytest.raises(SendError) as caught:
            await platform.send(TEAM, POST)
    assert caught.value.fate is Fate.RETRY


async def test_an_answer_that_takes_too_long_is_unknown(stand: Stand) -> None:
    calls = Calls(stand.slack.base_url, lambda workspace_id: "xoxb-1", timeout_s=0.000_1)
    try:
        with pytest.raises(SendError) as caught:
            await calls.write(TEAM, "chat.postMessage")
    finally:
        await calls.close()
    assert caught.value.fate in {Fate.UNKNOWN, Fate.RETRY}
    assert caught.value.why == "timeout"


async def test_another_workspace_has_no_token(stand: Stand) -> None:
    with pytest.raises(SendError) as caught:
        await stand.platform.send("T0FOREIGN", POST)
    assert (caught.value.fate, caught.value.why) == (Fate.DEAD, "no_token")
    assert stand.slack.calls == []


def test_the_client_repeats_nothing_and_leaves_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    local, real = web_client("http://127.0.0.1:9/api/"), web_client("https://slack.com/api/")
    assert (local.retry_handlers, real.retry_handlers) == ([], [])
    assert (local.proxy, real.proxy) == (None, "http://127.0.0.1:1")


async def test_no_secret_stands_in_an_error_or_the_log(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stand.slack.will("chat.postMessage", no("invalid_auth"))
    error = await stand.fails(POST)
    assert "xoxb" not in f"{error}{error.args}{caplog.text}"


# -- posts -------------------------------------------------------------------------------------------------------


async def test_a_post_carries_its_key_and_unfurls_nothing(stand: Stand) -> None:
    sent = await stand.send(SendPost("C1", CARD, "reply:1:0", thread="1.0"))
    (posted,) = stand.slack.of("chat.postMessage")
    assert sent == Sent("C1", "1.1")
    assert posted["metadata"] == {"event_type": "callsheet", "event_payload": {"key": "reply:1:0"}}
    assert (posted["thread_ts"], posted["unfurl_links"], posted["unfurl_media"]) == ("1.0", False, False)
    assert posted["text"] == "Hello\nthere"


async def test_a_long_post_goes_on_in_its_thread(stand: Stand) -> None:
    await stand.send(SendPost("C1", checklist(120), "reply:1:0"))
    posted = stand.slack.of("chat.postMessage")
    assert [page.get("thread_ts") for page in posted] == [None, "1.1", "1.1"]
    assert ["metadata" in page for page in posted] == [True, False, False]


async def test_a_lost_page_is_told_and_the_post_stands(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    stand.slack.will("chat.postMessage", ok(channel="C1", ts="1.1"), status(500))
    assert (await stand.send(SendPost("C1", checklist(120), "reply:1:0"))).ts == "1.1"
    assert len(stand.slack.of("chat.postMessage")) == 2
    assert stand.hooked == ["page_lost"]
    assert "was not sent" in caplog.text


async def test_a_living_card_is_one_message_and_tells_its_permalink(stand: Stand) -> None:
    stand.slack.will("chat.getPermalink", ok(permalink="https://x.slack.com/archives/C1/p11"))
    sent = await stand.send(SendPost("C1", checklist(120), "card:1", live=True))
    assert len(stand.slack.of("chat.postMessage")) == 1
    assert sent.permalink == "https://x.slack.com/archives/C1/p11"
    stand.slack.will("chat.getPermalink", no("message_not_found"))
    assert (await stand.send(SendPost("C1", CARD, "card:1", live=True))).permalink == ""


async def test_a_dm_is_opened_once(stand: Stand) -> None:
    for _ in range(2):
        assert (await stand.send(DIRECT)).channel_id == "C1"
    assert stand.slack.methods.count("conversations.open") == 1
    assert [post["channel"] for post in stand.slack.of("chat.postMessage")] == ["D1", "D1"]


async def test_an_update_replaces_one_message(stand: Stand) -> None:
    assert await stand.send(SendUpdate("C1", "1.1", checklist(120))) == Sent("C1", "1.1")
    (updated,) = stand.slack.of("chat.update")
    assert (updated["channel"], updated["ts"], len(updated["blocks"])) == ("C1", "1.1", 50)


# -- refused drawings --------------------------------------------------------------------------------------------


async def test_refused_blocks_go_out_as_text_once(stand: Stand) -> None:
    stand.slack.will("chat.postMessage", no("invalid_blocks"), ok(channel="C1", ts="2.2"))
    assert (await stand.send(POST)).ts == "2.2"
    first, second = stand.slack.of("chat.postMessage")
    assert ("blocks" in first, "blocks" in second) == (True, False)
    assert second["metadata"] == first["metadata"]
    assert stand.hooked == ["invalid_blocks"]


async def test_text_refused_as_well_is_the_end(stand: Stand) -> None:
    stand.slack.will("chat.postMessage", no("invalid_blocks"))
    assert (await stand.fails(POST)).fate is Fate.DEAD
    assert len(stand.slack.of("chat.postMessage")) == 2


async def test_a_workspace_without_native_figures_is_remembered_for_a_day(stand: Stand) -> None:
    sending = SendPost("C1", FIGURES, "k")

    def kinds(post: dict[str, Any]) -> set[str]:
        return {block["type"] for block in post["blocks"]}

    stand.slack.will("chat.postMessage", no("invalid_blocks"), ok(channel="C1", ts="1.1"))
    await stand.send(sending)
    await stand.send(sending)
    stand.clock.advance(timedelta(hours=25))
    await stand.send(sending)
    native = ["table" in kinds(post) for post in stand.slack.of("chat.postMessage")]
    assert native == [True, False, False, True]


async def test_what_the_linter_refuses_leaves_as_text(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    faulty = Card("Faulty", (Actions((Button("b", "a" * 300), Select("s", "a.b", "date", chosen="tomorrow"))),))
    await stand.send(SendPost("C1", faulty, "k"))
    await stand.send(SendHome("U1", faulty))
    (posted,) = stand.slack.of("chat.postMessage")
    (published,) = stand.slack.of("views.publish")
    assert "blocks" not in posted
    assert [block["type"] for block in published["view"]["blocks"]] == ["section"]
    assert "lint_too_long" in stand.hooked
    assert "/blocks/1/elements/0/action_id" in caplog.text


# -- private answers ---------------------------------------------------------------------------------------------


def answering(stand: Stand) -> SendPrivate:
    return SendPrivate("U1", CARD, "k", "C1", "1.0", f"{stand.slack.base_url}respond")


async def test_the_response_address_comes_first(stand: Stand) -> None:
    sent = await stand.send(answering(stand))
    (answered,) = stand.slack.of("respond")
    assert sent.how == "response"
    assert (answered["response_type"], answered["replace_original"], answered["thread_ts"]) == (
        "ephemeral",
        False,
        "1.0",
    )
    assert stand.slack.methods == ["respond"]


async def test_a_long_private_answer_comes_in_pages(stand: Stand) -> None:
    long = replace(answering(stand), card=checklist(120))
    await stand.send(long)
    assert len(stand.slack.of("respond")) == 3
    await stand.send(replace(long, answer_to=""))
    assert [page["thread_ts"] for page in stand.slack.of("chat.postEphemeral")] == ["1.0"] * 3
    await stand.send(replace(long, answer_to="", channel_id="D1", thread=""))
    assert [page.get("thread_ts") for page in stand.slack.of("chat.postMessage")] == [None, "1.1", "1.1"]


@pytest.mark.parametrize("code", [404, 403, 410])
async def test_a_spent_address_gives_way_to_an_ephemeral(stand: Stand, code: int) -> None:
    stand.slack.will("respond", status(code))
    assert (await stand.send(answering(stand))).how == "ephemeral"
    (ephemeral,) = stand.slack.of("chat.postEphemeral")
    assert (ephemeral["channel"], ephemeral["user"], ephemeral["thread_ts"]) == ("C1", "U1", "1.0")


@pytest.mark.parametrize(
    ("reply", "fate"),
    [(status(500), Fate.RETRY), (hang_up, Fate.RETRY), (status(429, **{"Retry-After": "3"}), Fate.LIMITED)],
    ids=["5xx", "lost", "limited"],
)
async def test_an_address_in_trouble_is_tried_again(stand: Stand, reply: Reply, fate: Fate) -> None:
    stand.slack.will("respond", reply)
    assert (await stand.fails(answering(stand))).fate is fate


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "http://127.0.0.1:1/x",
        "file:///x",
    ],
)
async def test_no_other_host_is_ever_answered(stand: Stand, address: str, caplog: pytest.LogCaptureFixture) -> None:
    sent = await stand.send(SendPrivate("U1", CARD, "k", "C1", answer_to=address))
    assert sent.how == "ephemeral"
    assert "another host" in caplog.text


async def test_blocks_refused_at_the_address_become_text(stand: Stand) -> None:
    def refuse(request: Any, arguments: Any) -> Any:
        return (
            status(400)(request, arguments) if "blocks" not in arguments else no("invalid_blocks")(request, arguments)
        )

    stand.slack.will("respond", refuse, ok())
    assert (await stand.send(answering(stand))).how == "response"
    assert ["blocks" in answered for answered in stand.slack.of("respond")] == [True, False]


@pytest.mark.parametrize("code", ["not_in_channel", "user_not_in_channel", "channel_not_found", "is_archived"])
async def test_where_the_bot_is_not_the_dm_asks_for_an_invitation(stand: Stand, code: str) -> None:
    stand.slack.will("chat.postEphemeral", no(code))
    stand.slack.will("users.info", ok(user={"id": "U1", "locale": "zh-CN", "team_id": TEAM}))
    await stand.platform.fetch_person(TEAM, "U1")
    assert (await stand.send(PRIVATE)).how == "dm"
    (posted,) = stand.slack.of("chat.postMessage")
    assert posted["channel"] == "D1"
    assert "/invite" in json.dumps(posted["blocks"])
    assert "我不在那个频道里" in posted["text"]


async def test_in_a_dm_and_without_a_place_the_answer_is_a_dm(stand: Stand) -> None:
    assert (await stand.send(SendPrivate("U1", CARD, "k", "D7"))).how == "dm"
    assert (await stand.send(SendPrivate("U1", CARD, "k"))).how == "dm"
    assert [post["channel"] for post in stand.slack.of("chat.postMessage")] == ["D7", "D1"]


# -- reactions, files, home --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("remove", "code"), [(False, "already_reacted"), (True, "no_reaction")])
async def test_a_reaction_already_as_wanted_is_done(stand: Stand, remove: bool, code: str) -> None:
    stand.slack.will("reactions.remove" if remove else "reactions.add", no(code))
    assert (await stand.send(SendReaction("C1", "1.1", "eyes", remove))).ts == "1.1"
    stand.slack.will("reactions.remove" if remove else "reactions.add", no("invalid_name"))
    assert (await stand.fails(SendReaction("C1", "1.1", "eyes", remove))).fate is Fate.DEAD


async def test_a_file_goes_up_in_three_steps(stand: Stand) -> None:
    stand.slack.will("files.getUploadURLExternal", ok(upload_url=f"{stand.slack.base_url}upload", file_id="F1"))
    await stand.send(FILE)
    assert stand.slack.methods == ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
    assert stand.slack.of("files.getUploadURLExternal")[0]["length"] == "3"
    assert stand.slack.of("upload")[0]["body"] == b"1,2"
    (shared,) = stand.slack.of("files.completeUploadExternal")
    assert shared["files"] == [{"id": "F1", "title": "a.csv"}]
    assert (shared["channel_id"], shared["initial_comment"]) == ("C1", "the &lt;figures&gt;")


@pytest.mark.parametrize(
    ("step", "fate"),
    [
        ("files.getUploadURLExternal", Fate.RETRY),
        ("upload", Fate.RETRY),
        ("files.completeUploadExternal", Fate.UNKNOWN),
    ],
)
async def test_only_the_last_step_of_a_file_can_leave_it_behind(stand: Stand, step: str, fate: Fate) -> None:
    stand.slack.will("files.getUploadURLExternal", ok(upload_url=f"{stand.slack.base_url}upload", file_id="F1"))
    stand.slack.will(step, hang_up)
    assert (await stand.fails(FILE)).fate is fate


# -- looking -----------------------------------------------------------------------------------------------------


def message(key: str, ts: str) -> dict[str, Any]:
    return {"ts": ts, "metadata": {"event_type": "callsheet", "event_payload": {"key": key}}}


async def test_looking_goes_through_the_pages_of_the_place(stand: Stand) -> None:
    others = [message("other", "5.0"), {"ts": "4.0"}]
    stand.slack.will(
        "conversations.history",
        ok(messages=others, response_metadata={"next_cursor": "c2"}),
        ok(messages=[message(POST.key, "3.0")]),
    )
    assert await stand.platform.look(TEAM, POST, "2.0") == Sent("C1", "3.0")
    first, second = stand.slack.of("conversations.history")
    assert (first["oldest"], first["include_all_metadata"], second["cursor"]) == ("2.0", "true", "c2")


async def test_looking_in_a_thread_a_dm_and_for_a_file(stand: Stand) -> None:
    stand.slack.will("conversations.replies", ok(messages=[message("k", "3.0")]))
    assert await stand.platform.look(TEAM, SendPost("C1", CARD, "k", "1.0"), "2.0") == Sent("C1", "3.0")
    file = {"ts": "6.0", "bot_id": "B1", "files": [{"title": "a.csv"}]}
    stand.slack.will("conversations.history", ok(messages=[message(DIRECT.key, "3.0"), file]))
    assert await stand.platform.look(TEAM, DIRECT, "2.0") == Sent("D1", "3.0")
    assert await stand.platform.look(TEAM, FILE, "2.0") == Sent("C1", "6.0")
    assert await stand.platform.look(TEAM, SendPost("C1", CARD, "never sent"), "2.0") is None


async def test_a_look_that_is_not_allowed_says_why(stand: Stand) -> None:
    stand.slack.will("conversations.history", no("missing_scope"))
    with pytest.raises(SendError) as caught:
        await stand.platform.look(TEAM, POST, "2.0")
    assert caught.value.why == "missing_scope"


# -- forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("push", "method"), [(False, "views.open"), (True, "views.push")])
async def test_a_form_opens_with_a_living_opener(stand: Stand, push: bool, method: str) -> None:
    opener = Opener("1.2.a", START + timedelta(seconds=2))
    await stand.platform.open_form(TEAM, "U1", DrawnForm(FORM.form, push, Text()), opener)
    (opened,) = stand.slack.of(method)
    assert opened["trigger_id"] == "1.2.a"
    metadata = json.loads(opened["view"]["private_metadata"])
    assert (metadata["form"], metadata["args"], len(metadata["id"])) == ("shows.new", {"show": 1}, 24)


async def test_a_spent_opener_is_not_even_tried(stand: Stand) -> None:
    with pytest.raises(SendError, match="opener_spent"):
        await stand.platform.open_form(TEAM, "U1", FORM, Opener("1.2.a", START))
    assert stand.slack.calls == []
    stand.slack.will("views.open", no("expired_trigger_id"))
    with pytest.raises(SendError, match="expired_trigger_id"):
        await stand.platform.open_form(TEAM, "U1", FORM, Opener("1.2.a", START + timedelta(seconds=1)))


async def test_a_redrawn_form_has_an_id_of_its_own(stand: Stand) -> None:
    for _ in range(2):
        await stand.platform.redraw_form(TEAM, FORM, FormRef("V1", "shows.new", "h1"))
    one, two = stand.slack.of("views.update")
    assert (one["view_id"], "hash" in one) == ("V1", False)
    assert one["view"]["private_metadata"] != two["view"]["private_metadata"]


# -- pace and people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sending", "gates"),
    [
        (POST, {f"slack:{TEAM}:C1": (1_000, 2_000)}),
        (DIRECT, {f"slack:{TEAM}:U1": (1_000, 2_000)}),
        (UPDATE, {"": (1_000, 0), f"{TEAM}:chat.update": (1_200, 10_800)}),
        (PRIVATE, {}),
        (SendReaction("C1", "1.1", "eyes"), {f"{TEAM}:reactions.add": (1_200, 10_800)}),
        (SendReaction("C1", "1.1", "eyes", remove=True), {f"{TEAM}:reactions.remove": (3_000, 27_000)}),
        (SendHome("U1", CARD), {f"{TEAM}:views.publish": (600, 5_400)}),
        (FILE, {f"slack:{TEAM}:C1": (1_000, 2_000), f"{TEAM}:files.getUploadURLExternal": (3_000, 27_000)}),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
async def test_every_call_has_its_gates(stand: Stand, sending: Sending, gates: dict[str, tuple[int, int]]) -> None:
    paces = stand.platform.pace(TEAM, sending)
    assert {pace.gate: (pace.pace_ms, pace.burst_ms) for pace in paces} == gates


USER = {"id": "U1", "team_id": TEAM, "name": "mei", "real_name": "Mei Ling", "locale": "en-US", "tz": "Asia/Shanghai"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"name": "Mei Ling", "locale": "en-US", "tz": "Asia/Shanghai", "is_guest": False, "is_stranger": False}),
        ({"profile": {"display_name": "小美"}}, {"name": "小美"}),
        ({"is_restricted": True}, {"is_guest": True}),
        ({"is_ultra_restricted": True}, {"is_guest": True}),
        ({"is_stranger": True}, {"is_stranger": True}),
        ({"team_id": "T0ELSEWHERE"}, {"is_stranger": True}),
        ({"team_id": "E1", "enterprise_user": {"enterprise_id": "E1", "teams": [TEAM]}}, {"is_stranger": False}),
        ({"is_bot": True}, {"is_bot": True}),
        ({"id": "USLACKBOT"}, {"is_bot": True}),
        ({"is_owner": True}, {"is_admin": True}),
        ({"deleted": True, "tz": None, "locale": None}, {"is_deleted": True, "tz": "", "locale": ""}),
    ],
)
async def test_what_slack_says_of_a_person(stand: Stand, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    stand.slack.will("users.info", ok(user={**USER, **changes}))
    facts = await stand.platform.fetch_person(TEAM, "U1")
    assert facts is not None
    assert {name: getattr(facts, name) for name in expected} == expected
    assert stand.slack.of("users.info")[0]["include_locale"] == "true"


@pytest.mark.parametrize(
    ("changes", "kind", "is_member"),
    [
        ({"is_channel": True, "is_member": True}, "channel", True),
        ({"is_private": True, "is_member": True}, "private", True),
        ({"is_im": True, "user": "U1"}, "dm", True),
        ({"is_mpim": True, "is_member": True}, "group", True),
        ({"is_channel": True, "is_member": False, "is_archived": True}, "channel", False),
    ],
)
async def test_what_slack_says_of_a_channel(stand: Stand, changes: dict[str, Any], kind: str, is_member: bool) -> None:
    stand.slack.will("conversations.info", ok(channel={"id": "C1", "name": "live", **changes}))
    facts = await stand.platform.fetch_channel(TEAM, "C1")
    assert facts is not None
    assert (facts.kind, facts.is_member, facts.is_archived) == (kind, is_member, bool(changes.get("is_archived")))
    assert facts.person_id == str(changes.get("user", ""))


async def test_whom_slack_does_not_know_is_none_and_whom_it_does_not_tell_now_is_asked_later(stand: Stand) -> None:
    stand.slack.will("users.info", no("user_not_found"), status(503))
    assert await stand.platform.fetch_person(TEAM, "U9") is None
    with pytest.raises(SendError, match="http_503"):
        await stand.platform.fetch_person(TEAM, "U9")


async def test_members_come_in_pages(stand: Stand) -> None:
    stand.slack.will(
        "conversations.members",
        ok(members=["U1", "U2"], response_metadata={"next_cursor": "n"}),
        ok(members=["U3"], response_metadata={"next_cursor": ""}),
    )
    assert await stand.platform.list_members(TEAM, "C1") == ["U1", "U2", "U3"]


async def test_the_token_says_whose_it_is(stand: Stand) -> None:
    stand.slack.will("apps.connections.open", ok(url="wss://x"))
    team = await stand.platform.identify()
    assert (team.id, team.bot_user_id, team.bot_id) == (TEAM, "U0CALLSHT0", "B0CALLSHT0")
    assert await stand.platform.open_socket_url() == "wss://x"
    assert team is await stand.platform.identify()
    assert stand.slack.methods.count("auth.test") == 1
