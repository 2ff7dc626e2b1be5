"""Socket Mode: hello, envelopes, acknowledgments, redelivery, disconnects, restarts."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.workspace.server import LocalWorkspace
from tests.workspace.harness import (
    TEAM,
    XIAOZHOU,
    Driver,
    FakeBackstage,
    Json,
    TrialApp,
    connected,
    driving,
    running,
)


@pytest_asyncio.fixture
async def workspace(tmp_path: Path, backstage: FakeBackstage) -> AsyncIterator[LocalWorkspace]:
    """One that repeats itself soon."""
    async with running(tmp_path, backstage, retry_s=(0.4, 0.4, 0.4)) as started:
        yield started


async def open_socket(workspace: LocalWorkspace, session: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {workspace.app_token}"}
    async with session.post(workspace.api_url + "apps.connections.open", headers=headers) as response:
        return str((await response.json())["url"])


async def frame(socket: aiohttp.ClientWebSocketResponse) -> Json:
    found: Json = json.loads((await asyncio.wait_for(socket.receive(), 3)).data)
    return found


async def test_hello_envelope_and_ack(workspace: LocalWorkspace, drive: Driver) -> None:
    session = drive.session
    async with session.ws_connect(await open_socket(workspace, session)) as socket:
        hello = await frame(socket)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"]["app_id"] == workspace.stage.world.bot.app_id
        await drive.say("小周", "你好")
        envelope = await frame(socket)
        assert envelope["type"] == "events_api"
        assert envelope["accepts_response_payload"] is False
        assert "retry_attempt" not in envelope
        payload = envelope["payload"]
        assert payload["type"] == "event_callback"
        assert payload["event_id"].startswith("Ev")
        assert payload["authorizations"][0]["user_id"] == workspace.bot_user_id
        assert payload["event"]["channel_type"] == "channel"
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await drive.settle()


async def test_a_ticket_opens_one_socket(workspace: LocalWorkspace, drive: Driver) -> None:
    url = await open_socket(workspace, drive.session)
    async with drive.session.ws_connect(url) as socket:
        await frame(socket)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await drive.session.ws_connect(url)


async def test_an_eleventh_connection_is_sent_away(workspace: LocalWorkspace, drive: Driver) -> None:
    sockets = [await drive.session.ws_connect(await open_socket(workspace, drive.session)) for _ in range(10)]
    late = await drive.session.ws_connect(await open_socket(workspace, drive.session))
    assert await frame(late) == {"type": "disconnect", "reason": "too_many_websockets"}
    for socket in [*sockets, late]:
        await socket.close()


async def test_connections_share_the_events(workspace: LocalWorkspace, drive: Driver) -> None:
    async with connected(workspace) as one, connected(workspace) as two:
        for number in range(40):
            await drive.say("小周", f"第{number}条")
        await drive.settle()
        first, second = one.of("message"), two.of("message")
        assert len(first) + len(second) == 40
        assert first
        assert second


async def test_without_ack_an_event_comes_again_three_times(drive: Driver, app: TrialApp) -> None:
    async def fail(body: Json, ack: Any) -> None:
        raise ValueError("broken on purpose")

    app.on("message", fail)
    await drive.say("小周", "没人应")
    await app.wait_for("message", 4)
    bodies = [body for kind, body in app.seen if kind == "message"]
    assert len({body["event_id"] for body in bodies}) == 1
    assert app.retries == ["1", "2", "3"]
    await drive.settle()
    assert len(app.of("message")) == 4
    red = [entry["summary"] for entry in await drive.get("wire") if not entry["ok"]]
    assert sum("not acknowledged" in summary for summary in red) == 4
    assert any("given up" in summary for summary in red)


async def test_an_exception_is_no_ack_and_an_acknowledged_retry_the_last(drive: Driver, app: TrialApp) -> None:
    async def second_time(body: Json, ack: Any) -> None:
        if len(app.of("message")) == 1:
            raise ValueError("broken on purpose")
        await ack()

    app.on("message", second_time)
    await drive.say("小周", "再来一次")
    await drive.settle()
    assert app.retries == ["1"]


async def test_retries_bring_a_fresh_envelope(workspace: LocalWorkspace, drive: Driver) -> None:
    async with drive.session.ws_connect(await open_socket(workspace, drive.session)) as socket:
        await frame(socket)
        await drive.say("小周", "你好")
        first, again = await frame(socket), await frame(socket)
        assert first["envelope_id"] != again["envelope_id"]
        assert first["payload"]["event_id"] == again["payload"]["event_id"]
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        await socket.send_json({"envelope_id": first["envelope_id"]})
        await drive.settle()


async def test_commands_are_not_repeated(workspace: LocalWorkspace, drive: Driver, app: TrialApp) -> None:
    async def silent(body: Json, ack: Any) -> None:
        return None

    app.on("command", silent)
    started = time.monotonic()
    answer = await drive.say("小周", "/trial 没有回应")
    assert answer == {"ack_ms": None, "error": "operation_timeout", "ephemeral": []}
    assert 2.9 < time.monotonic() - started < 4
    await asyncio.sleep(0.3)
    assert len(app.of("command")) == 1


@pytest.mark.parametrize("abort", [False, True])
async def test_after_a_disconnect_nothing_is_lost(drive: Driver, app: TrialApp, abort: bool) -> None:
    await drive.say("小周", "之前")
    await app.wait_for("message")
    await drive.post("fault", method="socket", times=1, disconnect=abort)
    for number in range(5):
        await drive.say("小周", f"之后 {number}")
    await drive.settle()
    texts = [event["text"] for event in app.of("message")]
    assert {"之前", *(f"之后 {n}" for n in range(5))} <= set(texts)


async def test_lost_acks_on_order_lead_to_retries(drive: Driver, app: TrialApp) -> None:
    await drive.post("fault", method="ack", times=2)
    await drive.say("小周", "丢两次")
    await drive.settle()
    assert app.retries == ["1", "2"]


async def test_what_nobody_took_waits_for_a_connection(workspace: LocalWorkspace, drive: Driver) -> None:
    sent = await drive.say("小周", "有人吗")
    answer = await drive.post("settle", timeout_ms=50)
    assert answer["settled"] is False
    assert "not acknowledged" in answer["waiting"][0]
    async with connected(workspace) as app:
        event = (await app.wait_for("message"))[0]
        assert event["ts"] == sent["ts"]
        await drive.settle()


async def test_undelivered_events_outlive_the_process(tmp_path: Path) -> None:
    backstage = FakeBackstage()
    async with running(tmp_path, backstage) as before, driving(before) as drive:
        sent = await drive.say("小周", "@Callsheet 记住我")
        await drive.post("react", person="Mei", channel="live-team", ts=sent["ts"], emoji="eyes")
    async with running(tmp_path, backstage) as after, driving(after) as drive:
        async with connected(after) as app:
            await app.wait_for("reaction_added")
            await drive.settle()
            assert [kind for kind, _ in app.seen] == ["app_mention", "message", "reaction_added"]
            assert app.of("message")[0]["ts"] == sent["ts"]
        kept = await drive.messages("小周")
        assert [(m["text"], m["reactions"][0]["emoji"]) for m in kept] == [("@Callsheet 记住我", "eyes")]
        assert float((await drive.say("小周", "之后"))["ts"]) > float(sent["ts"])


async def test_delivered_events_come_again_on_order(drive: Driver, app: TrialApp) -> None:
    await drive.say("小周", "一次")
    await drive.settle()
    await drive.post("redeliver", event="last", times=2)
    await drive.settle()
    ids = [body["event_id"] for kind, body in app.seen if kind == "message"]
    assert ids == [ids[0]] * 3
    assert app.retries == ["1", "2"]
    await drive.say("小周", "另一次")
    await drive.settle()
    await drive.post("redeliver", event=ids[0], times=1)
    await drive.settle()
    assert [event["text"] for event in app.of("message")].count("一次") == 4
    assert await drive.refused("redeliver", event="Ev404", times=1) == (404, "not_found")


async def test_own_messages_come_back(drive: Driver, app: TrialApp) -> None:
    ts = (await app.client.chat_postMessage(channel=TEAM, text="我说的"))["ts"]
    await app.client.chat_update(channel=TEAM, ts=ts, text="改了")
    await app.client.chat_delete(channel=TEAM, ts=ts)
    await drive.settle()
    posted, changed, deleted = app.of("message")
    assert posted["bot_id"] == posted["bot_profile"]["id"]
    assert posted["user"] == (await app.client.auth_test())["user_id"]
    assert (changed["subtype"], changed["message"]["text"], changed["previous_message"]["text"]) == (
        "message_changed",
        "改了",
        "我说的",
    )
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


async def test_what_people_do_becomes_events(drive: Driver, app: TrialApp) -> None:
    ts = (await drive.say("小周", "@Callsheet 看 #retro @Mei <!channel> https://a.example/x"))["ts"]
    reply = (await drive.say("Mei", "好", thread=ts, broadcast=True))["ts"]
    await drive.post("edit", person="小周", channel="live-team", ts=ts, text="改了")
    await drive.post("react", person="小周", channel="live-team", ts=ts, emoji=":eyes:")
    await drive.post("react", person="小周", channel="live-team", ts=ts, emoji="eyes", remove=True)
    await drive.post("delete", person="Mei", channel="live-team", ts=reply)
    await drive.post("person", person="Mei", locale="zh-CN", tz="Asia/Tokyo")
    await drive.settle()
    mention, message = app.of("app_mention")[0], app.of("message")[0]
    ids = [body["event_id"] for kind, body in app.seen if kind in ("app_mention", "message")]
    assert len(set(ids)) == len(ids)
    said = "<@U0CALLSHT0> 看 <#C0RETROLOG|retro> <@U0MEILING4> &lt;!channel&gt; <https://a.example/x>"
    assert mention["text"] == message["text"] == said
    kinds = [element["type"] for element in message["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["user", "text", "channel", "text", "user", "text", "link"]
    answer = app.of("message")[1]
    assert (answer["thread_ts"], answer["parent_user_id"], answer["subtype"]) == (ts, XIAOZHOU, "thread_broadcast")
    assert [event.get("subtype") for event in app.of("message")[2:]] == ["message_changed", "message_deleted"]
    assert app.of("reaction_added")[0]["item"] == {"type": "message", "channel": TEAM, "ts": ts}
    assert app.of("reaction_removed")[0]["item_user"] == XIAOZHOU
    changed = app.of("user_change")[0]["user"]
    assert (changed["locale"], changed["tz"], changed["tz_offset"]) == ("zh-CN", "Asia/Tokyo", 9 * 3600)


async def test_a_mention_in_a_dm_is_a_message_only(drive: Driver, app: TrialApp) -> None:
    await drive.say("小周", "@Callsheet 你好", channel="dm")
    await drive.settle()
    assert [kind for kind, _ in app.seen] == ["message"]
    assert app.of("message")[0]["channel_type"] == "im"


async def test_files_and_members_become_events(drive: Driver, app: TrialApp) -> None:
    shared = await drive.upload("小周", "live-team", "数据.csv", b"a,b\n1,2\n", text="今天的")
    made = await drive.post("channel", person="小周", channel="夜场", do="create")
    await drive.post("channel", person="小周", channel="夜场", do="invite", who="Callsheet")
    await drive.post("channel", person="Mei", channel="夜场", do="join")
    await drive.post("channel", person="Mei", channel="夜场", do="leave")
    await drive.post("channel", person="小周", channel="夜场", do="remove", who="Callsheet")
    await drive.post("channel", person="小周", channel="夜场", do="invite", who="Callsheet")
    await drive.post("channel", person="小周", channel="夜场", do="archive")
    await drive.settle()
    message = app.of("message")[0]
    assert (message["subtype"], message["text"], message["files"][0]["id"]) == (
        "file_share",
        "今天的",
        shared["file_id"],
    )
    event = app.of("file_shared")[0]
    assert (event["file_id"], event["channel_id"], event["user_id"]) == (shared["file_id"], TEAM, XIAOZHOU)
    joined = [(event["user"], event.get("inviter")) for event in app.of("member_joined_channel")]
    assert joined == [("U0CALLSHT0", XIAOZHOU), ("U0MEILING4", None), ("U0CALLSHT0", XIAOZHOU)]
    assert [event["user"] for event in app.of("member_left_channel")] == ["U0MEILING4", "U0CALLSHT0"]
    assert app.of("channel_archive")[0]["channel"] == made["id"]


async def test_what_is_not_in_the_manifest_is_not_delivered(tmp_path: Path) -> None:
    from_nothing = {"features": {}, "oauth_config": {"scopes": {"bot": ["chat:write"]}}, "settings": {}}
    async with running(tmp_path, FakeBackstage(), manifest=from_nothing) as workspace, driving(workspace) as drive:
        await drive.say("小周", "@Callsheet 你好")
        await drive.settle()
        assert await drive.refused("say", person="小周", channel="dm", text="/trial") == (400, "unknown_command")
