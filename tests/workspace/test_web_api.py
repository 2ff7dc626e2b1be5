"""Every Web API method through the real slack_sdk client, its answer against a table of fields."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.api.methods import METHODS
from bot.workspace.server import LocalWorkspace
from tests.workspace.harness import MEI, PRODUCTS, TEAM, XIAOZHOU, Driver, TrialApp, local_client

Json = dict[str, Any]
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "完成"}, "action_id": "item.tick", "value": "S01"}
ROW = [{"type": "actions", "elements": [BUTTON]}]
MODAL: Json = {
    "type": "modal",
    "callback_id": "f",
    "title": {"type": "plain_text", "text": "表单"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "你好"}}],
}

# method -> fields of its answer, dots for nested ones, [] for the first of a list
FIELDS: dict[str, list[str]] = {
    "api.test": ["args.foo"],
    "auth.test": ["url", "team", "user", "team_id", "user_id", "bot_id", "is_enterprise_install"],
    "apps.connections.open": ["url"],
    "team.info": ["team.id", "team.name", "team.domain"],
    "bots.info": ["bot.id", "bot.app_id", "bot.user_id", "bot.name"],
    "users.info": [
        "user.id",
        "user.team_id",
        "user.name",
        "user.real_name",
        "user.locale",
        "user.tz",
        "user.tz_offset",
        "user.is_admin",
        "user.is_restricted",
        "user.is_ultra_restricted",
        "user.is_bot",
        "user.profile.display_name",
        "user.profile.real_name",
    ],
    "users.list": ["members.[].id", "members.[].profile.display_name", "cache_ts", "response_metadata.next_cursor"],
    "users.conversations": ["channels.[].id", "response_metadata.next_cursor"],
    "conversations.info": [
        "channel.id",
        "channel.name",
        "channel.is_channel",
        "channel.is_private",
        "channel.is_archived",
        "channel.is_member",
        "channel.topic.value",
        "channel.num_members",
    ],
    "conversations.list": ["channels.[].id", "channels.[].num_members", "response_metadata.next_cursor"],
    "conversations.members": ["members.[]", "response_metadata.next_cursor"],
    "conversations.history": [
        "messages.[].type",
        "messages.[].user",
        "messages.[].ts",
        "messages.[].text",
        "messages.[].bot_id",
        "messages.[].app_id",
        "messages.[].blocks.[].block_id",
        "has_more",
        "response_metadata.next_cursor",
    ],
    "conversations.replies": ["messages.[].ts", "messages.[].thread_ts", "messages.[].reply_count", "has_more"],
    "conversations.open": ["channel.id"],
    "conversations.join": ["channel.id"],
    "chat.postMessage": ["channel", "ts", "message.text", "message.bot_id", "message.blocks.[].block_id"],
    "chat.update": ["channel", "ts", "text", "message.edited.ts"],
    "chat.delete": ["channel", "ts"],
    "chat.postEphemeral": ["message_ts"],
    "chat.getPermalink": ["channel", "permalink"],
    "views.open": [
        "view.id",
        "view.hash",
        "view.type",
        "view.callback_id",
        "view.state.values",
        "view.root_view_id",
        "view.private_metadata",
    ],
    "views.push": ["view.id", "view.previous_view_id", "view.root_view_id"],
    "views.update": ["view.id", "view.hash"],
    "views.publish": ["view.id", "view.hash", "view.type"],
    "reactions.add": [],
    "reactions.remove": [],
    "reactions.get": ["type", "channel", "message.ts", "message.reactions.[].name", "message.reactions.[].users"],
    "files.getUploadURLExternal": ["upload_url", "file_id"],
    "files.completeUploadExternal": ["files.[].id", "files.[].title"],
    "files.info": ["file.id", "file.name", "file.mimetype", "file.size", "file.url_private", "file.permalink"],
}


def field(answer: Any, path: str) -> Any:
    for step in path.split("."):
        answer = answer[0] if step == "[]" else answer[step]
    return answer


class Caller:
    """Prepares what each method needs, calls it through the SDK, hands back its answer."""

    def __init__(self, workspace: LocalWorkspace, drive: Driver, app: TrialApp) -> None:
        self.client = local_client(workspace)
        self.workspace = workspace
        self.drive = drive
        self.app = app

    async def call(self, method: str) -> Any:
        prepared = getattr(self, "_" + method.replace(".", "_"))
        return await prepared()

    async def posted(self) -> str:
        answer = await self.client.chat_postMessage(channel=TEAM, text="一条", blocks=ROW)
        return str(answer["ts"])

    async def trigger(self) -> str:
        count = len(self.app.of("command"))
        await self.drive.say("小周", "/trial")
        return str((await self.app.wait_for("command", count + 1))[-1]["trigger_id"])

    async def _api_test(self) -> Any:
        return await self.client.api_test(foo="bar")

    async def _auth_test(self) -> Any:
        return await self.client.auth_test()

    async def _apps_connections_open(self) -> Any:
        return await self.client.apps_connections_open(app_token=self.workspace.app_token)

    async def _team_info(self) -> Any:
        return await self.client.team_info()

    async def _bots_info(self) -> Any:
        return await self.client.bots_info(bot=self.workspace.bot_id)

    async def _users_info(self) -> Any:
        return await self.client.users_info(user=MEI, include_locale=True)

    async def _users_list(self) -> Any:
        return await self.client.users_list()

    async def _users_conversations(self) -> Any:
        return await self.client.users_conversations(types="public_channel,im")

    async def _conversations_info(self) -> Any:
        return await self.client.conversations_info(channel=TEAM, include_num_members=True)

    async def _conversations_list(self) -> Any:
        return await self.client.conversations_list()

    async def _conversations_members(self) -> Any:
        return await self.client.conversations_members(channel=TEAM)

    async def _conversations_history(self) -> Any:
        await self.posted()
        return await self.client.conversations_history(channel=TEAM)

    async def _conversations_replies(self) -> Any:
        ts = await self.posted()
        await self.client.chat_postMessage(channel=TEAM, text="回复", thread_ts=ts)
        return await self.client.conversations_replies(channel=TEAM, ts=ts)

    async def _conversations_open(self) -> Any:
        return await self.client.conversations_open(users=[MEI])

    async def _conversations_join(self) -> Any:
        made = await self.drive.post("channel", person="小周", channel="side", do="create")
        return await self.client.conversations_join(channel=made["id"])

    async def _chat_postMessage(self) -> Any:  # noqa: N802 - named after the method
        return await self.client.chat_postMessage(channel=TEAM, text="一条", blocks=ROW)

    async def _chat_update(self) -> Any:
        return await self.client.chat_update(channel=TEAM, ts=await self.posted(), text="改了")

    async def _chat_delete(self) -> Any:
        return await self.client.chat_delete(channel=TEAM, ts=await self.posted())

    async def _chat_postEphemeral(self) -> Any:  # noqa: N802
        return await self.client.chat_postEphemeral(channel=TEAM, user=MEI, text="悄悄")

    async def _chat_getPermalink(self) -> Any:  # noqa: N802
        return await self.client.chat_getPermalink(channel=TEAM, message_ts=await self.posted())

    async def _views_open(self) -> Any:
        return await self.client.views_open(trigger_id=await self.trigger(), view=MODAL)

    async def _views_push(self) -> Any:
        await self._views_open()
        return await self.client.views_push(trigger_id=await self.trigger(), view=MODAL)

    async def _views_update(self) -> Any:
        view = (await self._views_open())["view"]
        return await self.client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)

    async def _views_publish(self) -> Any:
        return await self.client.views_publish(user_id=MEI, view={"type": "home", "blocks": MODAL["blocks"]})

    async def _reactions_add(self) -> Any:
        return await self.client.reactions_add(channel=TEAM, timestamp=await self.posted(), name="eyes")

    async def _reactions_remove(self) -> Any:
        ts = await self.posted()
        await self.client.reactions_add(channel=TEAM, timestamp=ts, name="eyes")
        return await self.client.reactions_remove(channel=TEAM, timestamp=ts, name="eyes")

    async def _reactions_get(self) -> Any:
        ts = await self.posted()
        await self.client.reactions_add(channel=TEAM, timestamp=ts, name="eyes")
        return await self.client.reactions_get(channel=TEAM, timestamp=ts)

    async def _files_getUploadURLExternal(self) -> Any:  # noqa: N802
        return await self.client.files_getUploadURLExternal(filename="a.csv", length=3)

    async def _files_completeUploadExternal(self) -> Any:  # noqa: N802
        where = await self._files_getUploadURLExternal()
        async with aiohttp.ClientSession() as session, session.post(where["upload_url"], data=b"abc") as sent:
            assert sent.status == 200
        return await self.client.files_completeUploadExternal(
            files=[{"id": where["file_id"], "title": "表"}], channel_id=TEAM
        )

    async def _files_info(self) -> Any:
        done = await self._files_completeUploadExternal()
        return await self.client.files_info(file=done["files"][0]["id"])


@pytest_asyncio.fixture
async def caller(workspace: LocalWorkspace, drive: Driver, app: TrialApp) -> AsyncIterator[Caller]:
    yield Caller(workspace, drive, app)


@pytest_asyncio.fixture
async def client(workspace: LocalWorkspace) -> AsyncWebClient:
    return local_client(workspace)


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def test_every_method_stands_in_the_table() -> None:
    assert set(FIELDS) == set(METHODS)


@pytest.mark.parametrize("method", sorted(FIELDS))
async def test_a_method_answers_with_the_fields_of_slack(caller: Caller, method: str) -> None:
    answer = await caller.call(method)
    assert answer["ok"] is True
    for path in FIELDS[method]:
        field(answer.data, path)


async def test_values_of_people_and_channels(client: AsyncWebClient) -> None:
    user = (await client.users_info(user="U0OLIVERG9", include_locale=True))["user"]
    assert (user["locale"], user["tz"], user["profile"]["display_name"]) == ("en-US", "Europe/London", "Oliver")
    guest = (await client.users_info(user="U0FANGYU14"))["user"]
    assert guest["is_restricted"] is True
    assert "locale" not in guest
    channel = (await client.conversations_info(channel=TEAM))["channel"]
    assert channel["name"] == "live-team"
    assert channel["is_member"] is True
    first = await client.users_list(limit=10)
    rest = await client.users_list(limit=10, cursor=first["response_metadata"]["next_cursor"])
    names = [row["name"] for row in [*first["members"], *rest["members"]]]
    assert len(names) == len(set(names)) == 15
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_auth_test_tells_the_scopes(client: AsyncWebClient) -> None:
    headers = (await client.auth_test()).headers
    assert "chat:write" in headers["x-oauth-scopes"]


async def test_history_pages_into_the_past_and_carries_metadata(client: AsyncWebClient) -> None:
    stamps = []
    for number in range(5):
        event = {"event_type": "card", "event_payload": {"n": number}}
        stamps.append((await client.chat_postMessage(channel=TEAM, text=f"第{number}条", metadata=event))["ts"])
    first = await client.conversations_history(channel=TEAM, limit=3, include_all_metadata=True)
    assert [m["ts"] for m in first["messages"]] == stamps[:1:-1]
    assert first["messages"][0]["metadata"] == {"event_type": "card", "event_payload": {"n": 4}}
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=TEAM, limit=3, cursor=cursor)
    assert [m["ts"] for m in second["messages"]] == stamps[1::-1]
    assert "metadata" not in second["messages"][0]
    assert second["has_more"] is False
    later = await client.conversations_history(channel=TEAM, oldest=stamps[3])
    assert [m["ts"] for m in later["messages"]] == stamps[4:]
    with_it = await client.conversations_history(channel=TEAM, oldest=stamps[3], latest=stamps[3], inclusive=True)
    assert [m["ts"] for m in with_it["messages"]] == [stamps[3]]


async def test_replies_stand_in_their_thread_only(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel=TEAM, text="根"))["ts"]
    replies = [(await client.chat_postMessage(channel=TEAM, text=f"回{n}", thread_ts=root))["ts"] for n in range(3)]
    loud = await client.chat_postMessage(channel=TEAM, text="大声", thread_ts=replies[0], reply_broadcast=True)
    listed = await client.conversations_history(channel=TEAM)
    assert [m["ts"] for m in listed["messages"]] == [loud["ts"], root]
    assert listed["messages"][1]["reply_count"] == 4
    page = await client.conversations_replies(channel=TEAM, ts=root, limit=2)
    cursor = page["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(channel=TEAM, ts=root, cursor=cursor)
    found = [m["ts"] for m in [*page["messages"], *rest["messages"]]]
    assert found == [root, *replies, loud["ts"]]
    assert all(m["thread_ts"] == root for m in rest["messages"])
    newer = await client.conversations_replies(channel=TEAM, ts=root, oldest=replies[1])
    assert [m["ts"] for m in newer["messages"]] == [replies[2], loud["ts"]]


async def test_a_dm_is_found_by_the_person(client: AsyncWebClient, drive: Driver) -> None:
    sent = await client.chat_postMessage(channel=XIAOZHOU, text="只给你")
    opened = await client.conversations_open(users=XIAOZHOU)
    assert sent["channel"] == opened["channel"]["id"]
    assert [m["text"] for m in await drive.messages("小周", "dm")] == ["只给你"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.info", {"channel": "C404"}, "channel_not_found"),
        ("conversations.history", {"channel": TEAM, "cursor": "??"}, "invalid_cursor"),
        ("conversations.replies", {"channel": TEAM, "ts": "1.000000"}, "thread_not_found"),
        ("users.info", {"user": "U404"}, "user_not_found"),
        ("users.info", {}, "invalid_arguments"),
        ("chat.postMessage", {"channel": TEAM}, "no_text"),
        ("chat.postMessage", {"channel": TEAM, "text": "a", "thread_ts": "1.0"}, "thread_not_found"),
        ("chat.postMessage", {"channel": TEAM, "text": "字" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": TEAM, "text": "a", "metadata": {"x": 1}}, "invalid_metadata_format"),
        ("chat.update", {"channel": TEAM, "ts": "1.0", "text": "a"}, "message_not_found"),
        ("chat.delete", {"channel": TEAM, "ts": "1.0"}, "message_not_found"),
        ("chat.getPermalink", {"channel": TEAM, "message_ts": "1.0"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": TEAM, "text": "a", "user": "U404"}, "user_not_found"),
        ("chat.postEphemeral", {"channel": PRODUCTS, "text": "a", "user": "U0FANGYU14"}, "user_not_in_channel"),
        ("views.open", {"trigger_id": "no", "view": MODAL}, "expired_trigger_id"),
        ("views.update", {"view_id": "V404", "view": MODAL}, "view_not_found"),
        ("views.publish", {"user_id": MEI, "view": MODAL}, "invalid_arguments"),
        ("reactions.add", {"channel": TEAM, "timestamp": "1.0", "name": "x"}, "message_not_found"),
        ("files.info", {"file": "F404"}, "file_not_found"),
        ("files.completeUploadExternal", {"files": [{"id": "F404"}]}, "file_not_found"),
        ("files.completeUploadExternal", {"files": ["F404"]}, "invalid_arguments"),
        ("files.getUploadURLExternal", {"filename": "a", "length": 0}, "invalid_arguments"),
        ("chat.postMessage", {"channel": TEAM, "text": "a", "attachments": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": TEAM, "text": "a", "blocks": "[{]"}, "invalid_arguments"),
        ("bots.info", {"bot": "B404"}, "bot_not_found"),
        ("conversations.open", {"users": ""}, "users_list_not_supplied"),
        ("chat.meow", {}, "unknown_method"),
    ],
)
async def test_errors_are_named_as_in_slack(client: AsyncWebClient, method: str, arguments: Json, error: str) -> None:
    assert await error_of(client.api_call(method, json=arguments)) == error


async def test_own_messages_only_are_changed_and_deleted(client: AsyncWebClient, drive: Driver) -> None:
    theirs = (await drive.say("小周", "我的"))["ts"]
    assert await error_of(client.chat_update(channel=TEAM, ts=theirs, text="改")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=TEAM, ts=theirs)) == "cant_delete_message"
    mine = (await client.chat_postMessage(channel=TEAM, text="机器人的"))["ts"]
    await client.chat_update(channel=TEAM, ts=mine, text="改好了")
    assert (await drive.messages("小周"))[-1]["text"] == "改好了"
    await client.chat_delete(channel=TEAM, ts=mine)
    assert await error_of(client.chat_update(channel=TEAM, ts=mine, text="晚了")) == "message_not_found"


async def test_an_update_keeps_what_it_does_not_name(client: AsyncWebClient, drive: Driver) -> None:
    ts = (await client.chat_postMessage(channel=TEAM, text="清单", blocks=ROW))["ts"]
    event = {"event_type": "card", "event_payload": {}}
    kept = await client.api_call("chat.update", json={"channel": TEAM, "ts": ts, "metadata": event})
    assert kept["message"]["blocks"][0]["type"] == "actions"
    with_blocks = await client.chat_update(channel=TEAM, ts=ts, text="清单", blocks=[{"type": "divider"}])
    assert with_blocks["message"]["blocks"][0]["type"] == "divider"
    assert with_blocks["message"]["metadata"] == event
    text_only = await client.chat_update(channel=TEAM, ts=ts, text="一行")
    assert "blocks" not in text_only["message"]
    assert (await drive.messages("小周"))[-1]["text"] == "一行"
    nothing = client.api_call("chat.update", json={"channel": TEAM, "ts": ts})
    assert await error_of(nothing) == "no_text"


async def test_reactions_once_each(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=TEAM, text="看"))["ts"]
    await client.reactions_add(channel=TEAM, timestamp=ts, name="eyes")
    again = client.reactions_add(channel=TEAM, timestamp=ts, name="eyes")
    assert await error_of(again) == "already_reacted"
    await client.reactions_remove(channel=TEAM, timestamp=ts, name="eyes")
    assert await error_of(client.reactions_remove(channel=TEAM, timestamp=ts, name="eyes")) == "no_reaction"


async def test_files_go_up_in_three_steps_and_come_down(
    client: AsyncWebClient, workspace: LocalWorkspace, drive: Driver
) -> None:
    content = bytes(range(256)) * 8192
    done = await client.files_upload_v2(channel=TEAM, filename="报表.bin", content=content, initial_comment="在这里")
    message = (await drive.messages("小周"))[-1]
    assert message["text"] == "在这里"
    assert message["files"] == [
        {"id": done["file"]["id"], "name": "报表.bin", "url": f"{workspace.base_url}/files/{done['file']['id']}"}
    ]
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(message["files"][0]["url"], headers=headers) as response:
            assert await response.read() == content
        async with session.get(message["files"][0]["url"]) as response:
            assert response.status == 401


@pytest.mark.parametrize(
    ("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), (None, "not_allowed_token_type")]
)
async def test_tokens_are_checked(workspace: LocalWorkspace, token: str | None, error: str) -> None:
    given = workspace.app_token if token is None else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(workspace.api_url + "auth.test") as response,
    ):
        assert response.status == 200
        assert await response.json() == {"ok": False, "error": error}


async def test_arguments_arrive_by_query_form_and_json_alike(workspace: LocalWorkspace) -> None:
    url = workspace.api_url + "chat.postMessage"
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    blocks = '[{"type": "divider", "block_id": "d"}]'
    fields = {"channel": TEAM, "text": "你好", "blocks": blocks}
    async with aiohttp.ClientSession(headers=headers) as session:
        for given in ({"params": fields}, {"data": fields}, {"json": fields}):
            async with session.post(url, **given) as response:  # type: ignore[arg-type]
                answer = await response.json()
                assert answer["message"]["blocks"] == [{"type": "divider", "block_id": "d"}]
    async with aiohttp.ClientSession() as session:
        query = {"token": workspace.bot_token, "users": f"{MEI}"}
        async with session.get(workspace.api_url + "conversations.open", params=query) as response:
            assert (await response.json())["ok"] is True
