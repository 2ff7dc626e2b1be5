"""Where the workspace is as strict as Slack."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.rates import Rates
from bot.workspace.responses import LIFETIME_S, USES, Responses
from bot.workspace.server import LocalWorkspace
from bot.workspace.triggers import ExchangedTrigger, ExpiredTrigger, Triggers
from bot.workspace.wire import redact
from tests.workspace.harness import (
    EVENTS,
    KEY,
    MEI,
    TEAM,
    XIAOZHOU,
    Driver,
    FakeBackstage,
    Json,
    TrialApp,
    connected,
    driving,
    local_client,
    manifest,
    running,
)


class HandClock:
    """Real seconds that a test moves."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def modal(title: str = "表单", **more: Any) -> Json:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": title}}]
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": blocks, **more}


async def refused(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = caught.value.response.data
    return answer


async def trigger(drive: Driver, app: TrialApp, person: str = "小周") -> str:
    count = len(app.of("command"))
    await drive.say(person, "/trial")
    return str((await app.wait_for("command", count + 1))[-1]["trigger_id"])


# triggers and stacks


def test_a_trigger_lives_three_seconds_and_serves_once() -> None:
    clock = HandClock()
    triggers = Triggers(clock)
    first, second = triggers.mint(MEI), triggers.mint(XIAOZHOU)
    assert triggers.spend(first) == MEI
    with pytest.raises(ExchangedTrigger):
        triggers.spend(first)
    clock.s += 3.01
    with pytest.raises(ExpiredTrigger):
        triggers.spend(second)
    with pytest.raises(ExpiredTrigger):
        triggers.spend("made up")


async def test_a_form_opens_before_the_person_who_acted(drive: Driver, app: TrialApp) -> None:
    used = await trigger(drive, app, "Mei")
    await app.client.views_open(trigger_id=used, view=modal())
    assert (await drive.get("form", person="Mei"))["title"] == "表单"
    assert await drive.get("form", person="小周") == {}
    again = await refused(app.client.views_open(trigger_id=used, view=modal()))
    assert again["error"] == "exchanged_trigger_id"


async def test_three_forms_and_no_more(drive: Driver, app: TrialApp) -> None:
    await app.client.views_open(trigger_id=await trigger(drive, app), view=modal("一"))
    for title in ("二", "三"):
        await app.client.views_push(trigger_id=await trigger(drive, app), view=modal(title))
    fourth = await refused(app.client.views_push(trigger_id=await trigger(drive, app), view=modal("四")))
    assert fourth["error"] == "push_limit_reached"
    form = await drive.get("form", person="小周")
    assert (form["title"], form["depth"]) == ("三", 3)
    await drive.post("dismiss", person="小周")
    assert (await drive.get("form", person="小周"))["title"] == "二"


async def test_a_view_updated_with_an_old_hash_is_refused(drive: Driver, app: TrialApp) -> None:
    view = (await app.client.views_open(trigger_id=await trigger(drive, app), view=modal()))["view"]
    await app.client.views_update(view_id=view["id"], hash=view["hash"], view=modal("新"))
    late = await refused(app.client.views_update(view_id=view["id"], hash=view["hash"], view=modal("旧")))
    assert late["error"] == "hash_conflict"


# response_url


async def answer_to(url: str, **body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.text()


async def test_a_response_address_serves_five_times(drive: Driver, app: TrialApp) -> None:
    await drive.say("小周", "/trial")
    url = app.of("command")[0]["response_url"]
    assert await answer_to(url) == (400, "no_text")
    assert await answer_to(url, text="只给你") == (200, "ok")
    assert await answer_to(url, text="大家看", response_type="in_channel") == (200, "ok")
    for _ in range(3):
        assert (await answer_to(url, text="又"))[0] == 200
    assert (await answer_to(url, text="第六次"))[0] == 404
    mine = {m["text"]: m["ephemeral"] for m in await drive.messages("小周")}
    assert mine == {"只给你": True, "大家看": False, "又": True}
    assert [m["text"] for m in await drive.messages("Mei")] == ["大家看"]


async def test_a_response_address_ends_after_half_an_hour(workspace: LocalWorkspace) -> None:
    clock, stage = HandClock(), workspace.stage
    responses = Responses(stage.world, stage.wire, clock)
    token = responses.mint(TEAM, MEI).rpartition("/")[2]
    assert responses.find(token) is not None
    clock.s += LIFETIME_S + 1
    assert responses.find(token) is None
    assert USES == 5


async def test_a_pressed_message_is_replaced_and_deleted(drive: Driver, app: TrialApp) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "按"}, "action_id": "go"}
    row = [{"type": "actions", "elements": [button]}]
    ts = (await app.client.chat_postMessage(channel=TEAM, text="按我", blocks=row))["ts"]
    await app.client.chat_postEphemeral(channel=TEAM, user=XIAOZHOU, text="悄悄", blocks=row)
    await drive.post("press", person="小周", channel="live-team", ts=ts, label="按")
    private = next(m for m in await drive.messages("小周") if m["ephemeral"])
    await drive.post("press", person="小周", channel="live-team", ts=private["ts"], label="按")
    public, hidden = app.of("block_actions")
    assert public["message"]["ts"] == ts
    assert "message" not in hidden
    assert hidden["container"]["is_ephemeral"] is True
    await answer_to(public["response_url"], text="按过了", replace_original=True)
    await answer_to(hidden["response_url"], text="悄悄按过了", replace_original=True)
    assert [m["text"] for m in await drive.messages("小周")] == ["按过了", "悄悄按过了"]
    await answer_to(hidden["response_url"], delete_original=True)
    await answer_to(public["response_url"], delete_original=True)
    assert await drive.messages("小周") == []


# scopes, events, membership


async def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    async with running(tmp_path, FakeBackstage(), manifest=manifest(scopes=["users:read"])) as workspace:
        answer = await refused(local_client(workspace).chat_postMessage(channel=TEAM, text="a"))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "users:read")


async def test_an_event_without_its_scope_or_subscription_stays_away(tmp_path: Path) -> None:
    told = manifest(scopes=["channels:history", "chat:write", "commands"], events=[*EVENTS[2:3], "reaction_added"])
    async with (
        running(tmp_path, FakeBackstage(), manifest=told) as workspace,
        driving(workspace) as drive,
        connected(workspace) as app,
    ):
        ts = (await drive.say("小周", "@Callsheet 你好"))["ts"]
        await drive.post("react", person="小周", channel="live-team", ts=ts, emoji="eyes")
        await drive.say("小周", "私下", channel="dm")
        await drive.settle()
        assert [kind for kind, _ in app.seen] == ["message"]


async def test_outside_of_a_channel_the_app_is_deaf_and_mute(drive: Driver, app: TrialApp) -> None:
    side = (await drive.post("channel", person="小周", channel="side", do="create"))["id"]
    hidden = (await drive.post("channel", person="小周", channel="暗室", do="create", private=True))["id"]
    await drive.say("小周", "没有机器人", channel="side")
    for call in (
        app.client.chat_postMessage(channel=side, text="a"),
        app.client.conversations_history(channel=side),
        app.client.chat_postEphemeral(channel=side, user=XIAOZHOU, text="a"),
    ):
        assert (await refused(call))["error"] == "not_in_channel"
    private = await refused(app.client.chat_postMessage(channel=hidden, text="a"))
    assert private["error"] == "channel_not_found"
    listed = await app.client.conversations_list(types="public_channel,private_channel")
    assert hidden not in [c["id"] for c in listed["channels"]]
    await drive.settle()
    assert app.seen == []
    await drive.say("小周", "/trial", channel="side")
    command = app.of("command")[0]
    assert await answer_to(command["response_url"], text="先请我进来") == (200, "ok")
    assert (await drive.messages("小周", "side"))[-1]["text"] == "先请我进来"


async def test_an_archived_channel_takes_no_messages(drive: Driver, app: TrialApp) -> None:
    await drive.post("channel", person="小周", channel="live-team", do="archive")
    answer = await refused(app.client.chat_postMessage(channel=TEAM, text="a"))
    assert answer["error"] == "is_archived"
    assert await drive.refused("say", person="小周", channel=TEAM, text="a") == (400, "is_archived")


async def test_mentions_in_commands_are_escaped_only_on_demand(tmp_path: Path, drive: Driver, app: TrialApp) -> None:
    await drive.say("小周", "/trial 交给 @Mei 在#retro")
    assert app.of("command")[0]["text"] == "交给 <@U0MEILING4|Mei> 在<#C0RETROLOG|retro>"
    plain = manifest(escape=False)
    folder = tmp_path / "plain"
    folder.mkdir()
    async with (
        running(folder, FakeBackstage(), manifest=plain) as workspace,
        driving(workspace) as other,
        connected(workspace) as bare,
    ):
        await other.say("小周", "/trial 交给 @Mei & co")
        assert bare.of("command")[0]["text"] == "交给 @Mei & co"


# the linter


@pytest.mark.parametrize(
    ("blocks", "error", "pointer"),
    [
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "invalid_blocks", "/blocks/0/text"),
        ([{"type": "meow"}], "invalid_blocks", "/blocks/0"),
        ([{"type": "divider", "block_id": "a"}] * 2, "invalid_blocks", "/blocks/1"),
        ([{"type": "divider"}] * 51, "invalid_blocks", "/blocks"),
        (
            [{"type": "section", "text": {"type": "plain_text", "text": "字" * 2500}} for _ in range(5)],
            "msg_blocks_too_long",
            "/blocks",
        ),
    ],
)
async def test_blocks_are_linted(drive: Driver, app: TrialApp, blocks: list[Json], error: str, pointer: str) -> None:
    posted = (await app.client.chat_postMessage(channel=TEAM, text="原样"))["ts"]
    for call in (
        app.client.chat_postMessage(channel=TEAM, text="x", blocks=blocks),
        app.client.chat_update(channel=TEAM, ts=posted, text="x", blocks=blocks),
    ):
        answer = await refused(call)
        assert answer["error"] == error
        assert any(f"[json-pointer:{pointer}" in line for line in answer["response_metadata"]["messages"])
    assert [m["text"] for m in await drive.messages("小周")] == ["原样"]


async def test_views_are_linted(drive: Driver, app: TrialApp) -> None:
    two = [{"type": "divider", "block_id": "a"}] * 2
    published = await refused(app.client.views_publish(user_id=MEI, view={"type": "home", "blocks": two}))
    assert published["error"] == "invalid_blocks"
    opened = app.client.views_open(trigger_id=await trigger(drive, app), view={**modal(), "blocks": two})
    assert (await refused(opened))["error"] == "invalid_blocks"


# rates


def test_rates_are_off_unless_asked_for() -> None:
    rates = Rates(HandClock())
    assert [rates.wait_s("chat.postMessage", 0, TEAM) for _ in range(100)] == [0] * 100


def test_posts_are_one_a_second_after_a_burst() -> None:
    clock = HandClock()
    rates = Rates(clock, strict=True)
    assert [rates.wait_s("chat.postMessage", 0, TEAM) for _ in range(4)] == [0, 0, 0, 1]
    assert rates.wait_s("chat.postMessage", 0, "C0OTHER") == 0
    clock.s += 1
    assert rates.wait_s("chat.postMessage", 0, TEAM) == 0
    assert [rates.wait_s("chat.update", 3, "") for _ in range(50)] == [0] * 50
    assert rates.wait_s("chat.update", 3, "") == 2


async def test_too_many_calls_are_told_when_to_come_again(tmp_path: Path) -> None:
    async with running(tmp_path, FakeBackstage(), strict_rates=True) as workspace:
        client = local_client(workspace)
        for _ in range(3):
            await client.chat_postMessage(channel=TEAM, text="a")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=TEAM, text="a")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.headers["Retry-After"] == "1"


# keys, hosts, origins


async def test_who_may_call(workspace: LocalWorkspace) -> None:
    base = workspace.base_url
    async with aiohttp.ClientSession() as bare:
        cases: list[tuple[str, Json, int]] = [
            ("/drive/state", {}, 401),
            ("/drive/state", {"Authorization": "Bearer wrong"}, 401),
            ("/drive/state", {"Authorization": f"Bearer {KEY}"}, 200),
            ("/drive/state", {"Authorization": f"Bearer {KEY}", "Host": "evil.example"}, 403),
            ("/drive/state", {"Authorization": f"Bearer {KEY}", "Origin": "http://evil.example"}, 403),
            ("/drive/state", {"Authorization": f"Bearer {KEY}", "Origin": base}, 200),
            ("/", {}, 401),
        ]
        for path, headers, status in cases:
            async with bare.get(base + path, headers=headers) as response:
                assert (path, headers, response.status) == (path, headers, status)


async def test_the_key_in_the_address_becomes_a_cookie(workspace: LocalWorkspace) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"{workspace.base_url}/?key=wrong") as response:
            assert response.status == 401
        async with session.get(workspace.page_url) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.status == 200
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        async with session.get(f"{workspace.base_url}/drive/state") as response:
            assert response.status == 200


async def test_only_uploads_may_be_large(workspace: LocalWorkspace, drive: Driver) -> None:
    async with drive.session.post(f"{workspace.base_url}/drive/say", json={"text": "字" * 600_000}) as response:
        assert response.status == 413
    sent = await drive.upload("小周", "live-team", "big.bin", b"x" * 2_000_000)
    assert sent["file_id"].startswith("F")


async def test_a_taken_port_is_told(tmp_path: Path, workspace: LocalWorkspace) -> None:
    port = int(workspace.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        async with running(tmp_path / "second", FakeBackstage(), port=port):
            pass


async def test_extra_routes_need_no_key(tmp_path: Path) -> None:
    async def healthy(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    def add(app: web.Application) -> None:
        app.router.add_get("/healthz", healthy)

    async with (
        running(tmp_path, FakeBackstage(), extra_routes=add) as extended,
        aiohttp.ClientSession() as session,
        session.get(f"{extended.base_url}/healthz") as response,
    ):
        assert await response.text() == "ok"


async def test_closing_ends_open_streams_at_once(tmp_path: Path) -> None:
    async with (
        running(tmp_path, FakeBackstage()) as workspace,
        driving(workspace) as drive,
        connected(workspace),
        drive.session.get(f"{workspace.base_url}/events") as stream,
    ):
        assert stream.status == 200
        async with asyncio.timeout(2):
            await workspace.close()


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-local-abc_DEF-1",
        "xapp-1-A0-9",
        "sk-proj-12ab",
        "Bearer a.b-c",
        "ws://x/socket?ticket=AbC_1",
        "http://127.0.0.1:8765/respond/AbC-1_d",
        "https://hooks.slack.com/commands/T0/123/abc",
        "https://hooks.slack.com/actions/T0/123/abc",
        "http://127.0.0.1:8765/upload/F012?s=AbC-1_d",
        "https://files.slack.com/upload/v1/CwABAAAA",
    ],
)
def test_secrets_are_blackened(secret: str) -> None:
    shown = redact(f'{{"a": "{secret}", "token": "plain"}}')
    assert "•••" in shown
    assert secret not in shown
    assert "plain" not in shown


async def test_the_wire_log_holds_no_address_that_answers(drive: Driver, app: TrialApp) -> None:
    await drive.say("小周", "/trial 看")
    (payload,) = await app.wait_for("command")
    offered = await app.client.files_getUploadURLExternal(filename="a.txt", length=1)
    shown = str(await drive.get("wire"))
    assert payload["trigger_id"] in str(payload)
    for secret in (payload["trigger_id"], payload["response_url"].rpartition("/")[2], offered["upload_url"][-16:]):
        assert secret not in shown


async def test_the_wire_log_holds_no_token(workspace: LocalWorkspace, drive: Driver, app: TrialApp) -> None:
    client = AsyncWebClient(token=None, base_url=workspace.api_url)
    client.proxy = None
    await client.api_call("auth.test", params={"token": workspace.bot_token})
    shown = str(await drive.get("wire"))
    assert "auth.test" in shown
    assert workspace.bot_token not in shown
    assert workspace.app_token not in shown
