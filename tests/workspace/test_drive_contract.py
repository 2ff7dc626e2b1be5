"""Every call of the driver API, with good and with bad input, against a small Bolt app of its own."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.workspace.drive.times import parse_duration
from bot.workspace.server import LocalWorkspace
from tests.workspace.harness import (
    MEI,
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


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


PHASES = [option("开播前", "before"), option("直播中", "during")]
SURE = {"title": plain("真的？"), "text": plain("不能撤回"), "confirm": plain("删"), "deny": plain("不")}
CARD: list[Json] = [
    {"type": "header", "text": plain("今晚清单")},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "检查网络"}]},
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "user", "user_id": MEI}, {"type": "text", "text": " 试麦"}],
                    },
                ],
            }
        ],
    },
    {"type": "divider"},
    {
        "type": "section",
        "text": mrkdwn("*样品到位* <@U0XZHOUHA7> 19:30"),
        "accessory": button("✅ 完成", "item.tick", value="S01"),
    },
    {
        "type": "section",
        "text": mrkdwn("推流测试 &lt;主机&gt;"),
        "fields": [mrkdwn("负责"), plain("大刘")],
        "accessory": button("✅ 完成", "item.tick", value="S02"),
    },
    {"type": "section", "text": plain("看哪一段"), "block_id": "controls_above"},
    {
        "type": "actions",
        "block_id": "controls",
        "elements": [
            {"type": "static_select", "placeholder": plain("阶段"), "action_id": "phase", "options": PHASES},
            {"type": "users_select", "placeholder": plain("交给"), "action_id": "hand"},
            {"type": "overflow", "action_id": "more", "options": [option("改时间", "move"), option("删除", "drop")]},
            {"type": "datepicker", "placeholder": plain("日期"), "action_id": "day"},
            {
                "type": "checkboxes",
                "action_id": "shown",
                "options": [option("已完成", "done"), option("晚了", "late")],
                "initial_options": [option("晚了", "late")],
            },
            {"type": "external_select", "placeholder": plain("找商品"), "action_id": "sku", "min_query_length": 0},
            button("删除清单", "list.drop", confirm=SURE),
        ],
    },
    {"type": "context", "elements": [mrkdwn("更新于 <!date^1795000000^{time}|19:41>")]},
]
CARD_TEXT = """今晚清单
• 检查网络
• @Mei 试麦
样品到位 @小周 19:30
推流测试 <主机>
负责
大刘
看哪一段
更新于 19:41"""


def field(label: str, block_id: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


FORM: Json = {
    "type": "modal",
    "callback_id": "trial.form",
    "private_metadata": "form-1",
    "notify_on_close": True,
    "title": plain("新场次"),
    "submit": plain("保存"),
    "close": plain("取消"),
    "blocks": [
        {"type": "section", "text": plain("请填写"), "accessory": button("清空", "form.clear")},
        field("主题", "theme", {"type": "plain_text_input", "action_id": "v", "max_length": 20}),
        field(
            "平台",
            "platform",
            {
                "type": "static_select",
                "action_id": "v",
                "options": [option("抖音", "dy"), option("淘宝", "tb")],
                "initial_option": option("抖音", "dy"),
            },
        ),
        field("主播", "host", {"type": "users_select", "action_id": "v"}),
        field("帮手", "helpers", {"type": "multi_users_select", "action_id": "v"}, optional=True),
        field("频道", "where", {"type": "conversations_select", "action_id": "v"}, optional=True),
        field("日期", "day", {"type": "datepicker", "action_id": "v"}),
        field("开始", "start", {"type": "timepicker", "action_id": "v"}),
        field("截止", "until", {"type": "datetimepicker", "action_id": "v"}, optional=True),
        field(
            "渠道",
            "tags",
            {
                "type": "checkboxes",
                "action_id": "v",
                "options": [option("预热", "pre"), option("切片", "clip")],
            },
            optional=True,
        ),
        field(
            "班次",
            "shift",
            {"type": "radio_buttons", "action_id": "v", "options": [option("早", "am"), option("晚", "pm")]},
            optional=True,
        ),
        field(
            "款数",
            "count",
            {"type": "number_input", "action_id": "v", "is_decimal_allowed": False, "min_value": "1"},
            optional=True,
        ),
        field("邮箱", "mail", {"type": "email_text_input", "action_id": "v"}, optional=True),
        field("链接", "link", {"type": "url_text_input", "action_id": "v"}, optional=True),
        field("附件", "file", {"type": "file_input", "action_id": "v"}, optional=True),
        field(
            "标签",
            "labels",
            {"type": "multi_static_select", "action_id": "v", "options": [option("大促", "m"), option("新品", "n")]},
            optional=True,
        ),
        field("商品", "sku", {"type": "external_select", "action_id": "v", "min_query_length": 0}, optional=True),
    ],
}
ENOUGH: Json = {"主题": "羽绒专场", "主播": "Mei", "日期": "2026-11-23", "开始": "20:00"}


class Trial:
    """The drive, the app, and what both need to know."""

    def __init__(self, drive: Driver, app: TrialApp) -> None:
        self.drive = drive
        self.app = app
        self.client = app.client
        app.on("block_suggestion", self._suggest)

    async def _suggest(self, body: Json, ack: Any) -> None:
        skus = ["SKU-101 羽绒服", "SKU-102 围巾", "SKU-103 手套"]
        found = [option(text, text[:7]) for text in skus if body["value"] in text]
        await ack(options=found)

    async def card(self) -> str:
        return str((await self.client.chat_postMessage(channel=TEAM, text="清单", blocks=CARD))["ts"])

    async def press(self, ts: str, **named: Any) -> Json:
        body: Json = {"person": "小周", "channel": "live-team", "ts": ts, **named}
        count = len(self.app.of("block_actions"))
        answer = await self.drive.post("press", **body)
        assert answer["ack_ms"] >= 0
        return (await self.app.wait_for("block_actions", count + 1))[-1]

    async def refused(self, ts: str, **named: Any) -> tuple[int, str]:
        return await self.drive.refused("press", person="小周", channel="live-team", ts=ts, **named)

    async def form(self, view: Json = FORM, person: str = "小周") -> None:
        count = len(self.app.of("command"))
        await self.drive.say(person, "/trial")
        command = (await self.app.wait_for("command", count + 1))[-1]
        await self.client.views_open(trigger_id=command["trigger_id"], view=view)

    def answer(self, payload: Json | None) -> None:
        async def reply(body: Json, ack: Any) -> None:
            await (ack(**payload) if payload else ack())

        self.app.on("view_submission", reply)


@pytest.fixture
def trial(drive: Driver, app: TrialApp) -> Trial:
    return Trial(drive, app)


# state


async def test_state(drive: Driver, backstage: FakeBackstage) -> None:
    state = await drive.get("state")
    assert set(state) == {"now", "version", "seed", "people", "channels", "unread"}
    assert abs(datetime.fromisoformat(state["now"]) - backstage.now()) < timedelta(seconds=2)
    assert state["seed"] == "team"
    roles = {role for person in state["people"] for role in person["roles"]}
    core = "director pm content host assistant ops control cs data merch supply marketing tech compliance"
    assert roles == set(core.split())
    assert {"id", "name", "roles", "locale", "tz"} <= set(state["people"][0])
    assert any(person["locale"].startswith("en") for person in state["people"])
    assert any(person["tz"] != "Asia/Shanghai" for person in state["people"])
    names = {c["name"]: c["kind"] for c in state["channels"]}
    assert {n for n, kind in names.items() if kind == "channel"} == {"live-team", "product-selection", "retro"}
    assert names["@小周"] == "dm"
    assert set(state["unread"].values()) == {0}


async def test_a_team_of_its_own_begins_without_roles(tmp_path: Path, backstage: FakeBackstage) -> None:
    backstage.seed = "none"
    async with running(tmp_path, backstage) as workspace, driving(workspace) as drive:
        state = await drive.get("state")
    assert state["seed"] == "none"
    assert all(person["roles"] == [] for person in state["people"])
    assert len(state["people"]) == 14


async def test_unread_counts_what_others_said_until_one_looks(drive: Driver) -> None:
    await drive.say("小周", "一")
    await drive.say("Mei", "二")
    unread = (await drive.get("state"))["unread"]
    assert (unread[XIAOZHOU], unread[MEI], unread["U0CHENJIE2"]) == (1, 0, 2)
    await drive.messages("陈姐")
    await drive.post("read", person="小周", channel="live-team")
    unread = (await drive.get("state"))["unread"]
    assert (unread[XIAOZHOU], unread["U0CHENJIE2"]) == (0, 0)


# say, edit, delete, react, messages


async def test_say_and_read(drive: Driver) -> None:
    ts = (await drive.say(XIAOZHOU, "你好 @mei，@Callsheet 在 #Retro & <b>", channel="#live-team"))["ts"]
    reply = (await drive.say("Mei", "在", channel=TEAM, thread=ts))["ts"]
    listed = await drive.messages("陈静")
    assert [m["ts"] for m in listed] == [ts]
    message = listed[0]
    fields = "ts user is_bot text blocks ephemeral edited thread reply_count reactions files buttons"
    assert set(fields.split()) <= set(message)
    assert message["text"] == "你好 @Mei，@Callsheet 在 #retro & <b>"
    assert (message["user"], message["is_bot"], message["reply_count"]) == (XIAOZHOU, False, 1)
    thread = await drive.messages("Mei", thread=reply)
    assert [(m["ts"], m["thread"]) for m in thread] == [(ts, None), (reply, ts)]
    assert await drive.messages("Mei", since=ts) == []
    later = (await drive.say("Mei", "后来"))["ts"]
    assert [m["ts"] for m in await drive.messages("Mei", since=ts)] == [later]


async def test_direct_messages_are_for_their_two(drive: Driver) -> None:
    await drive.say("小周", "只给机器人", channel="dm")
    await drive.say("小周", "只给陈姐", channel="@陈姐")
    assert [m["text"] for m in await drive.messages("小周", "dm")] == ["只给机器人"]
    assert [m["text"] for m in await drive.messages("陈姐", "@小周")] == ["只给陈姐"]
    assert await drive.messages("陈姐", "dm") == []
    status, _ = await drive.raw("GET", "messages", params={"person": "Mei", "channel": "D0XZHOUHA7"})
    assert status == 404


async def test_edit_and_delete(drive: Driver, app: TrialApp) -> None:
    ts = (await drive.say("小周", "错字"))["ts"]
    where = {"channel": "live-team", "ts": ts}
    assert await drive.refused("edit", person="Mei", text="x", **where) == (400, "cant_edit_message")
    assert await drive.refused("delete", person="Mei", **where) == (400, "cant_delete_message")
    assert await drive.post("edit", person="小周", text="对字", **where) == {}
    message = (await drive.messages("Mei"))[0]
    assert message["text"] == "对字"
    assert message["edited"]["user"] == XIAOZHOU
    assert await drive.post("delete", person="小周", **where) == {}
    assert await drive.messages("Mei") == []
    bots = (await app.client.chat_postMessage(channel=TEAM, text="机器人的"))["ts"]
    assert await drive.refused("delete", person="小周", channel=TEAM, ts=bots) == (400, "cant_delete_message")
    assert await drive.post("delete", person="林岚", channel=TEAM, ts=bots) == {}
    assert await drive.refused("delete", person="林岚", channel=TEAM, ts=bots) == (404, "not_found")


async def test_a_deleted_root_leaves_its_thread(drive: Driver) -> None:
    root = (await drive.say("小周", "根"))["ts"]
    await drive.say("Mei", "回", thread=root)
    await drive.post("delete", person="小周", channel="live-team", ts=root)
    assert [(m["deleted"], m["text"]) for m in await drive.messages("Mei")] == [(True, "")]


async def test_reactions(drive: Driver) -> None:
    ts = (await drive.say("小周", "看"))["ts"]
    where = {"person": "Mei", "channel": "live-team", "ts": ts, "emoji": "eyes"}
    await drive.post("react", **where)
    assert (await drive.messages("小周"))[0]["reactions"] == [{"emoji": "eyes", "users": [MEI], "count": 1}]
    assert await drive.refused("react", **where) == (400, "already_reacted")
    await drive.post("react", **where, remove=True)
    assert await drive.refused("react", **where, remove=True) == (400, "no_reaction")


async def test_a_slash_text_is_a_command(drive: Driver, app: TrialApp) -> None:
    async def reply(body: Json, ack: Any) -> None:
        await ack(f"收到 {body['text']}")

    app.on("command", reply)
    answer = await drive.say("小周", "/trial 今晚")
    assert answer["ack_ms"] > 0
    assert [m["text"] for m in answer["ephemeral"]] == ["收到 今晚"]
    command = app.of("command")[0]
    expected = {
        "command": "/trial",
        "text": "今晚",
        "user_id": XIAOZHOU,
        "user_name": "小周",
        "channel_id": TEAM,
        "channel_name": "live-team",
        "is_enterprise_install": "false",
    }
    assert {key: command[key] for key in expected} == expected
    assert {"team_id", "team_domain", "api_app_id", "trigger_id", "response_url", "token"} <= set(command)
    assert [m["ephemeral"] for m in await drive.messages("小周")] == [True]
    assert await drive.messages("Mei") == []
    await drive.say("小周", "/trial", channel="dm")
    assert app.of("command")[1]["channel_name"] == "directmessage"


async def test_an_answer_in_the_channel_and_one_with_blocks(drive: Driver, app: TrialApp) -> None:
    async def reply(body: Json, ack: Any) -> None:
        await ack(text="给大家", response_type="in_channel", blocks=[{"type": "section", "text": plain("给大家看")}])

    app.on("command", reply)
    await drive.say("小周", "/trial")
    assert [(m["text"], m["ephemeral"]) for m in await drive.messages("Mei")] == [("给大家看", False)]


@pytest.mark.parametrize(
    ("call", "body", "expected"),
    [
        ("say", {"person": "谁", "channel": "live-team", "text": "a"}, (404, "not_found")),
        ("say", {"person": "小周", "channel": "没有", "text": "a"}, (404, "not_found")),
        ("say", {"person": "Callsheet", "channel": "live-team", "text": "a"}, (404, "not_found")),
        ("say", {"person": "小周", "channel": "live-team"}, (400, "missing_field")),
        ("say", {"person": "小周", "channel": "live-team", "text": "  "}, (400, "missing_field")),
        ("say", {"person": "小周", "channel": "live-team", "text": 7}, (400, "bad_field")),
        ("say", {"person": "小周", "channel": "live-team", "text": "字" * 40_001}, (400, "msg_too_long")),
        ("say", {"person": "小周", "channel": "live-team", "text": "a", "thread": "1.0"}, (404, "not_found")),
        ("say", {"person": "小米", "channel": "product-selection", "text": "a"}, (400, "not_in_channel")),
        ("say", {"person": "方圆", "channel": "retro", "text": "a"}, (404, "not_found")),
        ("say", {"person": "小周", "channel": "live-team", "text": "/other"}, (400, "unknown_command")),
        ("say", {"person": "小周", "channel": "live-team", "text": "/trial", "thread": "1"}, (400, "slash_in_thread")),
        ("edit", {"person": "小周", "channel": "live-team", "ts": "1.0", "text": "a"}, (404, "not_found")),
        ("react", {"person": "小周", "channel": "live-team", "ts": "1.0", "emoji": "x"}, (404, "not_found")),
        ("press", {"person": "小周", "on": "form", "label": "a"}, (404, "not_found")),
        ("press", {"person": "小周", "on": "moon", "label": "a"}, (400, "bad_field")),
        ("submit", {"person": "小周", "values": {}}, (404, "not_found")),
        ("dismiss", {"person": "小周"}, (404, "not_found")),
        ("shortcut", {"person": "小周", "label": "没有"}, (404, "not_found")),
        ("channel", {"person": "小周", "channel": "x", "do": "burn"}, (400, "bad_field")),
        ("channel", {"person": "小周", "channel": "retro", "do": "create"}, (400, "name_taken")),
        ("channel", {"person": "小周", "channel": "a b", "do": "create"}, (400, "bad_name")),
        ("channel", {"person": "方圆", "channel": "x", "do": "create"}, (400, "restricted_action")),
        ("channel", {"person": "小周", "channel": "dm", "do": "leave"}, (400, "bad_channel")),
        ("channel", {"person": "小周", "channel": "retro", "do": "remove", "who": "方圆"}, (404, "not_found")),
        ("clock", {}, (400, "bad_field")),
        ("clock", {"advance": "15 minutes"}, (400, "bad_field")),
        ("clock", {"to": "2026-11-23T20:00:00"}, (400, "bad_field")),
        ("clock", {"to": "2020-01-01T00:00:00+08:00"}, (400, "backwards")),
        ("settle", {"timeout_ms": "soon"}, (400, "bad_field")),
        ("fault", {"method": "chat.meow"}, (404, "not_found")),
        ("fault", {"method": "chat.update", "times": 0}, (400, "bad_field")),
        ("fault", {"method": "chat.update", "http_status": 200}, (400, "bad_field")),
        ("redeliver", {"event": "last"}, (404, "not_found")),
        ("fault", {"method": "chat.update", "status": 500}, (400, "bad_field")),
        ("fault", {"method": "chat.update", "dropafter": True}, (400, "bad_field")),
        ("reset", {"seed": "chaos"}, (400, "bad_field")),
        ("person", {"person": "小周", "tz": "Mars/Base"}, (400, "bad_field")),
        ("meow", {}, (404, "not_found")),
        ("state", {}, (404, "not_found")),
    ],
)
async def test_bad_input_is_refused(drive: Driver, call: str, body: Json, expected: tuple[int, str]) -> None:
    assert await drive.refused(call, **body) == expected


async def test_bodies_are_json_objects(workspace: LocalWorkspace, drive: Driver) -> None:
    for given, error in (
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "bad_json"),
        ({"json": [1]}, "bad_json"),
        ({"json": {"text": "\ud800"}}, "bad_json"),
        ({"data": {"person": "小周"}}, "bad_content_type"),
    ):
        status, answer = await drive.raw("POST", "say", **given)
        assert (status, answer["error"]) == (400, error)
    status, answer = await drive.raw("POST", "upload", json={})
    assert (status, answer["error"]) == (400, "bad_content_type")
    status, answer = await drive.raw("GET", "messages", params={"person": "小周", "channel": "retro", "since": "x"})
    assert (status, answer["error"]) == (400, "bad_field")


# upload


async def test_upload(drive: Driver) -> None:
    root = (await drive.say("小周", "报表"))["ts"]
    done = await drive.upload("小周", "live-team", "数据.csv", b"a,b\n", thread=root)
    message = (await drive.messages("Mei", thread=root))[1]
    assert (message["ts"], message["files"][0]["id"]) == (done["ts"], done["file_id"])
    async with drive.session.get(message["files"][0]["url"]) as response:
        assert await response.read() == b"a,b\n"
        assert "attachment" in response.headers["Content-Disposition"]


# channel


async def test_channels_come_and_go(drive: Driver) -> None:
    made = await drive.post("channel", person="小周", channel="双十一", do="create")
    for body in (
        {"person": "Mei", "do": "join"},
        {"person": "小周", "do": "invite", "who": "Callsheet"},
        {"person": "小周", "do": "invite", "who": "方圆"},
        {"person": "小周", "do": "remove", "who": "方圆"},
        {"person": "Mei", "do": "leave"},
    ):
        assert await drive.post("channel", channel="双十一", **body) == made
    channel = next(c for c in (await drive.get("state"))["channels"] if c["id"] == made["id"])
    assert (channel["name"], channel["kind"]) == ("双十一", "channel")
    assert channel["members"] == [XIAOZHOU, "U0CALLSHT0"]
    await drive.post("channel", person="小周", channel=made["id"], do="archive")
    assert made["id"] not in [c["id"] for c in (await drive.get("state"))["channels"]]


# press


async def test_a_card_is_read_whole(trial: Trial) -> None:
    await trial.card()
    message = (await trial.drive.messages("小周"))[-1]
    assert message["text"] == CARD_TEXT
    rows = [(b["kind"], b["label"], b["action_id"]) for b in message["buttons"]]
    assert rows == [
        ("button", "✅ 完成", "item.tick"),
        ("button", "✅ 完成", "item.tick"),
        ("select", "阶段", "phase"),
        ("select", "交给", "hand"),
        ("overflow", "看哪一段", "more"),
        ("picker", "日期", "day"),
        ("checkbox", "已完成", "shown"),
        ("checkbox", "晚了", "shown"),
        ("select", "找商品", "sku"),
        ("button", "删除清单", "list.drop"),
    ]
    assert message["buttons"][1]["near"] == "推流测试 <主机>\n负责\n大刘"
    assert message["buttons"][2]["options"] == ["开播前", "直播中"]
    assert [b["value"] for b in message["buttons"][6:8]] == [False, True]


async def test_a_button_is_pressed_by_label_and_near(trial: Trial) -> None:
    ts = await trial.card()
    assert await trial.refused(ts, label="完成") == (400, "ambiguous")
    payload = await trial.press(ts, label="完成", near="推流")
    action = payload["actions"][0]
    assert (action["type"], action["action_id"], action["value"]) == ("button", "item.tick", "S02")
    assert {"action_ts", "block_id", "text"} <= set(action)
    assert payload["user"] == {"id": XIAOZHOU, "username": "小周", "name": "小周", "team_id": "T0CALLSHT1"}
    container = {"type": "message", "message_ts": ts, "channel_id": TEAM, "is_ephemeral": False}
    assert payload["container"] == container
    assert payload["channel"] == {"id": TEAM, "name": "live-team"}
    assert payload["message"]["ts"] == ts
    assert {"team", "trigger_id", "response_url", "state", "api_app_id"} <= set(payload)
    assert await trial.refused(ts, label="没有") == (404, "not_found")
    assert await trial.refused(ts, label="完成", near="没有") == (404, "not_found")
    assert await trial.refused(ts) == (400, "missing_field")
    assert await trial.refused("1.000000", label="完成") == (404, "not_found")
    by_id = await trial.press(ts, action_id="item.tick", near="样品")
    assert by_id["actions"][0]["value"] == "S01"


@pytest.mark.parametrize(
    ("named", "key", "chosen"),
    [
        ({"label": "阶段", "value": "直播中"}, "selected_option", option("直播中", "during")),
        ({"label": "交给", "value": "Mei"}, "selected_user", MEI),
        ({"action_id": "more", "value": "改时间"}, "selected_option", option("改时间", "move")),
        ({"label": "日期", "value": "2026-11-23"}, "selected_date", "2026-11-23"),
        ({"label": "找商品", "value": "SKU-102 围巾"}, "selected_option", option("SKU-102 围巾", "SKU-102")),
        (
            {"label": "已完成", "value": True},
            "selected_options",
            [option("晚了", "late"), option("已完成", "done")],
        ),
        ({"label": "晚了", "value": False}, "selected_options", []),
    ],
)
async def test_other_controls_take_a_value(trial: Trial, named: Json, key: str, chosen: Any) -> None:
    payload = await trial.press(await trial.card(), **named)
    action = payload["actions"][0]
    assert action[key] == chosen
    if action["type"] != "overflow":
        assert payload["state"]["values"]["controls"][action["action_id"]][key] == chosen


@pytest.mark.parametrize(
    "named",
    [
        {"label": "阶段"},
        {"label": "阶段", "value": "下播后"},
        {"label": "日期", "value": "明天"},
        {"label": "找商品", "value": "没有"},
    ],
)
async def test_values_that_cannot_be_are_refused(trial: Trial, named: Json) -> None:
    assert await trial.refused(await trial.card(), **named) == (400, "bad_value")


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        ({"label": "交给", "value": "谁"}, (404, "not_found")),
        ({"label": "已完成", "value": "yes"}, (400, "bad_field")),
        ({"label": "已完成", "value": 1}, (400, "bad_field")),
        ({"label": "已完成", "value": "已完成"}, (400, "bad_field")),
        ({"label": "删除清单", "confirm": "no"}, (400, "bad_field")),
        ({"label": "删除清单", "confirm": 0}, (400, "bad_field")),
    ],
)
async def test_what_a_press_cannot_mean_is_refused(trial: Trial, named: Json, refused: tuple[int, str]) -> None:
    assert await trial.refused(await trial.card(), **named) == refused
    assert trial.app.of("block_actions") == []


def shown_in(message: Json) -> dict[str, Any]:
    return {b["label"]: b.get("value") for b in message["buttons"] if b["kind"] != "button"}


async def test_what_somebody_chose_in_a_message_stands_for_them(trial: Trial) -> None:
    ts = await trial.card()
    done, late = option("已完成", "done"), option("晚了", "late")
    first = await trial.press(ts, label="已完成", value=True)
    assert first["actions"][0]["selected_options"] == [late, done]
    await trial.press(ts, label="阶段", value="直播中")
    await trial.press(ts, label="晚了", value=False)
    payload = await trial.press(ts, label="完成", near="推流")
    values = payload["state"]["values"]["controls"]
    assert values["shown"]["selected_options"] == [done]
    assert values["phase"]["selected_option"] == option("直播中", "during")
    mine = shown_in((await trial.drive.messages("小周"))[-1])
    assert (mine["已完成"], mine["晚了"], mine["阶段"]) == (True, False, "直播中")
    others = shown_in((await trial.drive.messages("Mei"))[-1])
    assert (others["已完成"], others["晚了"], others["阶段"]) == (False, True, None)
    emptied = await trial.press(ts, label="已完成", value=False)
    assert emptied["actions"][0]["selected_options"] == []
    mine = shown_in((await trial.drive.messages("小周"))[-1])
    assert (mine["已完成"], mine["晚了"]) == (False, False)
    await trial.drive.post("reset")
    again = await trial.press(await trial.card(), label="已完成", value=True)
    assert again["actions"][0]["selected_options"] == [late, done]


async def test_a_question_may_be_answered_with_no(trial: Trial) -> None:
    ts = await trial.card()
    where = {"person": "小周", "channel": "live-team", "ts": ts, "label": "删除清单"}
    assert await trial.drive.post("press", **where, confirm=False) == {"ack_ms": None, "cancelled": True}
    assert trial.app.of("block_actions") == []
    assert (await trial.press(ts, label="删除清单"))["actions"][0]["action_id"] == "list.drop"


async def test_what_nobody_takes_times_out(tmp_path: Path, backstage: FakeBackstage) -> None:
    async def silent(body: Json, ack: Any) -> None:
        return None

    async with (
        running(tmp_path, backstage, ack_s=0.4) as workspace,
        driving(workspace) as drive,
        connected(workspace) as app,
    ):
        trial = Trial(drive, app)
        for kind in ("block_actions", "view_submission", "block_suggestion", "shortcut"):
            app.on(kind, silent)
        ts = await trial.card()
        late = {"ack_ms": None, "error": "operation_timeout"}
        where = {"person": "小周", "channel": TEAM, "ts": ts}
        assert await drive.post("press", **where, label="删除清单") == late
        assert await drive.post("shortcut", person="小周", label="查词") == late
        assert (await drive.get("suggest", **where, label="找商品", query="a"))["error"] == "operation_timeout"
        await trial.form()
        sent = await drive.post("submit", person="小周", values=ENOUGH)
        assert sent["error"] == "operation_timeout"
        assert (await drive.get("form", person="小周"))["title"] == "新场次"
        with workspace.stage.feed.subscribe() as stream:
            await drive.post("press", **where, label="删除清单")
            while (change := await stream.get()) and change.kind != "toast":
                continue
        assert change is not None
        assert (change.data, change.audience) == ({"code": "operation_timeout"}, frozenset({XIAOZHOU}))


async def test_a_private_message_has_no_thread(drive: Driver, app: TrialApp) -> None:
    sent = await app.client.chat_postEphemeral(channel=TEAM, user=XIAOZHOU, text="悄悄")
    body = {"person": "小周", "channel": TEAM, "text": "回", "thread": sent["message_ts"]}
    assert await drive.refused("say", **body) == (400, "bad_message")


async def test_an_option_may_be_named_instead_of_its_overflow(trial: Trial) -> None:
    payload = await trial.press(await trial.card(), label="改时间")
    assert payload["actions"][0]["selected_option"] == option("改时间", "move")


async def test_suggest(trial: Trial) -> None:
    ts = await trial.card()
    where = {"person": "小周", "channel": "live-team", "ts": ts}
    answer = await trial.drive.get("suggest", **where, label="找商品", query="手套")
    assert answer == {"options": ["SKU-103 手套"]}
    payload = trial.app.of("block_suggestion")[0]
    assert (payload["action_id"], payload["block_id"], payload["value"]) == ("sku", "controls", "手套")
    assert payload["message"]["ts"] == ts
    status, _ = await trial.drive.raw("GET", "suggest", params={**where, "label": "阶段", "query": ""})
    assert status == 404
    await trial.form()
    in_form = await trial.drive.get("suggest", person="小周", label="商品", query="102")
    assert in_form == {"options": ["SKU-102 围巾"]}
    assert trial.app.of("block_suggestion")[1]["container"]["type"] == "view"


async def test_shortcuts(trial: Trial) -> None:
    ts = (await trial.drive.say("Mei", "断货了"))["ts"]
    answer = await trial.drive.post("shortcut", person="小周", label="记到复盘", channel="live-team", ts=ts)
    assert answer["ack_ms"] > 0
    message = trial.app.of("message_action")[0]
    assert (message["callback_id"], message["message"]["text"], message["channel"]["id"]) == (
        "note.message",
        "断货了",
        TEAM,
    )
    assert {"trigger_id", "response_url", "message_ts", "action_ts"} <= set(message)
    await trial.drive.post("shortcut", person="小周", label="Check wording")
    anywhere = trial.app.of("shortcut")[0]
    assert anywhere["callback_id"] == "check.global"
    await trial.client.views_open(trigger_id=anywhere["trigger_id"], view=FORM)
    assert (await trial.drive.get("form", person="小周"))["title"] == "新场次"


# forms


async def test_a_form_is_read_whole(trial: Trial) -> None:
    assert await trial.drive.get("form", person="小周") == {}
    await trial.form()
    form = await trial.drive.get("form", person="小周")
    assert (form["title"], form["submit"], form["text"]) == ("新场次", "保存", "请填写")
    assert [b["label"] for b in form["buttons"]] == ["清空"]
    inputs = {row["label"]: row for row in form["inputs"]}
    assert list(inputs)[:3] == ["主题", "平台", "主播"]
    platform = inputs["平台"]
    assert (platform["type"], platform["value"], platform["required"]) == ("static_select", "抖音", True)
    assert platform["options"] == ["抖音", "淘宝"]
    assert inputs["帮手"]["required"] is False


async def test_a_form_is_filled_and_sent(trial: Trial) -> None:
    await trial.form()
    file_id = (await trial.drive.upload("小周", "dm", "a.txt", b"a"))["file_id"]
    values = {
        **ENOUGH,
        "帮手": ["阿宁", "小周"],
        "频道": "#retro",
        "截止": "2026-11-23T21:00:00+08:00",
        "渠道": ["切片"],
        "班次": "晚",
        "款数": 12,
        "邮箱": "a@b.cn",
        "链接": "https://a.example",
        "附件": [file_id],
        "标签": ["大促", "新品"],
        "商品": "SKU-101 羽绒服",
    }
    assert await trial.drive.post("submit", person="小周", values=values) == {"closed": True}
    view = trial.app.of("view_submission")[0]["view"]
    state = {block_id: inputs["v"] for block_id, inputs in view["state"]["values"].items()}
    assert state["theme"] == {"type": "plain_text_input", "value": "羽绒专场"}
    assert state["platform"]["selected_option"] == option("抖音", "dy")
    assert state["host"]["selected_user"] == MEI
    assert state["helpers"]["selected_users"] == ["U0ANINGKX5", XIAOZHOU]
    assert state["where"]["selected_conversation"] == "C0RETROLOG"
    assert (state["day"]["selected_date"], state["start"]["selected_time"]) == ("2026-11-23", "20:00")
    assert state["until"]["selected_date_time"] == int(datetime(2026, 11, 23, 13, tzinfo=UTC).timestamp())
    assert state["tags"]["selected_options"] == [option("切片", "clip")]
    assert state["shift"]["selected_option"] == option("晚", "pm")
    assert (state["count"]["value"], state["mail"]["value"]) == ("12", "a@b.cn")
    assert state["file"]["files"][0]["id"] == file_id
    assert state["labels"]["selected_options"] == [option("大促", "m"), option("新品", "n")]
    assert state["sku"]["selected_option"]["value"] == "SKU-101"
    assert (view["callback_id"], view["private_metadata"]) == ("trial.form", "form-1")
    assert {"id", "hash", "root_view_id", "previous_view_id"} <= set(view)
    assert await trial.drive.get("form", person="小周") == {}


async def test_required_inputs_are_asked_for_before_sending(trial: Trial) -> None:
    await trial.form()
    answer = await trial.drive.post("submit", person="小周", values={"主题": "羽绒专场"})
    assert answer == {"errors": dict.fromkeys(["主播", "日期", "开始"], "请填写这一项")}
    wrong = {"款数": "0", "邮箱": "不是", "链接": "不是", "主题": "字" * 21}
    answer = await trial.drive.post("submit", person="小周", values={**ENOUGH, **wrong})
    assert answer["errors"] == {
        "主题": "最多 20 个字符",
        "款数": "不能小于 1",
        "邮箱": "请输入邮箱地址",
        "链接": "请输入网址",
    }
    assert trial.app.of("view_submission") == []
    bad = {"person": "小周", "values": {"没有": "a"}}
    assert await trial.drive.refused("submit", **bad) == (404, "not_found")
    bad = {"person": "小周", "values": {"主播": "谁"}}
    assert await trial.drive.refused("submit", **bad) == (404, "not_found")
    bad = {"person": "小周", "values": {"日期": "后天"}}
    assert await trial.drive.refused("submit", **bad) == (400, "bad_value")


async def test_errors_stand_at_their_field_and_keep_the_form(trial: Trial) -> None:
    trial.answer({"response_action": "errors", "errors": {"day": "那天有别的场次", "ghost": "?"}})
    await trial.form()
    answer = await trial.drive.post("submit", person="小周", values=ENOUGH)
    assert answer == {"errors": {"日期": "那天有别的场次", "ghost": "?"}}
    inputs = {row["label"]: row["value"] for row in (await trial.drive.get("form", person="小周"))["inputs"]}
    assert (inputs["主题"], inputs["主播"], inputs["日期"]) == ("羽绒专场", "Mei", "2026-11-23")
    red = [entry for entry in await trial.drive.get("wire") if not entry["ok"]]
    assert any("ghost" in entry["summary"] for entry in red)
    trial.answer(None)
    kept = await trial.drive.post("submit", person="小周", values={"日期": "2026-11-24"})
    assert kept == {"closed": True}
    last = trial.app.of("view_submission")[-1]["view"]["state"]["values"]
    assert (last["theme"]["v"]["value"], last["day"]["v"]["selected_date"]) == ("羽绒专场", "2026-11-24")


async def test_the_answer_to_a_form_may_update_push_and_clear(trial: Trial) -> None:
    await trial.form()
    small = {"type": "modal", "title": plain("第二步"), "submit": plain("好"), "blocks": FORM["blocks"][:1]}
    trial.answer({"response_action": "update", "view": small})
    assert await trial.drive.post("submit", person="小周", values=ENOUGH) == {"closed": False}
    assert (await trial.drive.get("form", person="小周"))["title"] == "第二步"
    trial.answer({"response_action": "push", "view": {**small, "title": plain("第三步")}})
    assert await trial.drive.post("submit", person="小周", values={}) == {"closed": False}
    form = await trial.drive.get("form", person="小周")
    assert (form["title"], form["depth"]) == ("第三步", 2)
    trial.answer({"response_action": "push", "view": {"type": "modal", "title": plain("坏"), "blocks": [{}]}})
    assert "errors" in await trial.drive.post("submit", person="小周", values={})
    trial.answer({"response_action": "clear"})
    assert await trial.drive.post("submit", person="小周", values={}) == {"closed": True}
    assert await trial.drive.get("form", person="小周") == {}


async def test_a_press_in_a_form_carries_what_stands_in_it(trial: Trial) -> None:
    await trial.form()
    await trial.drive.post("press", person="小周", on="form", label="清空", values={"主题": "打了一半"})
    payload = trial.app.of("block_actions")[0]
    assert payload["container"]["type"] == "view"
    assert payload["view"]["state"]["values"]["theme"]["v"]["value"] == "打了一半"
    assert "response_url" not in payload
    view = payload["view"]
    await trial.client.views_update(view_id=view["id"], hash=view["hash"], view={**FORM, "title": plain("改过")})
    form = await trial.drive.get("form", person="小周")
    assert (form["title"], form["inputs"][0]["value"]) == ("改过", "打了一半")


async def test_dismiss_tells_the_app_that_asked(trial: Trial) -> None:
    await trial.form()
    assert await trial.drive.post("dismiss", person="小周") == {}
    closed = (await trial.app.wait_for("view_closed"))[0]
    assert (closed["is_cleared"], closed["view"]["callback_id"]) == (False, "trial.form")
    await trial.form({**FORM, "notify_on_close": False})
    await trial.drive.post("dismiss", person="小周", all=True)
    assert len(trial.app.of("view_closed")) == 1
    assert await trial.drive.get("form", person="小周") == {}


# home


async def test_home_waits_for_what_the_app_publishes(trial: Trial) -> None:
    async def publish(body: Json, ack: Any) -> None:
        await ack()
        await asyncio.sleep(0.05)
        blocks = [
            {"type": "section", "text": plain("今天 3 件事"), "accessory": button("看全部", "home.all", value="1")}
        ]
        await trial.client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": blocks})

    trial.app.on("app_home_opened", publish)
    home = await trial.drive.get("home", person="小周")
    assert home["text"] == "今天 3 件事"
    assert [b["label"] for b in home["buttons"]] == ["看全部"]
    event = trial.app.of("app_home_opened")[0]
    assert (event["user"], event["tab"]) == (XIAOZHOU, "home")
    await trial.drive.post("press", person="小周", on="home", label="看全部")
    payload = trial.app.of("block_actions")[0]
    assert payload["view"]["type"] == "home"
    assert payload["actions"][0]["value"] == "1"


# clock and settle


async def test_the_clock_stands_at_each_due_instant(drive: Driver, backstage: FakeBackstage) -> None:
    start = backstage.now()
    backstage.due = [start + timedelta(minutes=5), start + timedelta(minutes=10), start + timedelta(hours=2)]
    first, second, third = backstage.due
    answer = await drive.post("clock", advance="PT15M")
    assert backstage.ran == backstage.moves[:2] == [first, second]
    assert (answer["fired"], answer["waiting"]) == (2, [])
    assert timedelta(minutes=15) <= datetime.fromisoformat(answer["now"]) - start < timedelta(minutes=16)
    backstage.moves.clear()
    to = (start + timedelta(hours=3)).isoformat()
    answer = await drive.post("clock", to=to, sleep=True)
    assert len(backstage.moves) == 1
    assert backstage.ran == [first, second, third]
    assert answer["fired"] == 1
    ts = float((await drive.say("小周", "三小时后"))["ts"])
    assert ts >= (start + timedelta(hours=3)).timestamp()


async def test_a_stop_goes_on_after_two_seconds(drive: Driver, backstage: FakeBackstage) -> None:
    backstage.reasons = ["one row is due"]
    started = time.monotonic()
    answer = await drive.post("clock", advance="PT1M")
    assert 1.9 < time.monotonic() - started < 3
    assert answer["waiting"] == ["one row is due"]
    answer = await drive.post("settle", timeout_ms=30)
    assert answer == {"settled": False, "waiting": ["one row is due"]}
    backstage.reasons = []
    assert await drive.post("settle") == {"settled": True}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT15M", timedelta(minutes=15)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P1DT2H", timedelta(hours=26)),
        ("P2W", timedelta(weeks=2)),
        ("PT0.5S", timedelta(seconds=0.5)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "P1Y", "-PT5M"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_duration(text)


# fault, wire, reset


async def test_calls_fail_as_ordered(trial: Trial) -> None:
    url, headers = trial.client.base_url + "chat.postMessage", {"Authorization": f"Bearer {trial.client.token}"}

    async def post() -> tuple[int, str | None, Json]:
        body = {"channel": TEAM, "text": "试"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(url, json=body) as response,
        ):
            return response.status, response.headers.get("Retry-After"), await response.json()

    drive = trial.drive
    await drive.post("fault", method="chat.postMessage", times=2, error="internal_error")
    await drive.post("fault", method="chat.postMessage", times=1, http_status=429, retry_after_s=7)
    await drive.post("fault", method="chat.postMessage", times=1, http_status=503)
    assert len((await drive.get("faults"))["faults"]) == 3
    assert [(await post())[2]["error"] for _ in range(2)] == ["internal_error"] * 2
    status, retry, answer = await post()
    assert (status, retry, answer["error"]) == (429, "7", "ratelimited")
    assert (await post())[0] == 503
    assert await drive.messages("小周") == []
    await drive.post("fault", method="chat.postMessage", times=1, delay_ms=120)
    started = time.monotonic()
    assert (await post())[2]["ok"] is True
    assert time.monotonic() - started > 0.1


async def test_an_answer_is_lost_after_or_before_its_effect(trial: Trial) -> None:
    drive = trial.drive
    for order, texts in (({"disconnect": True}, []), ({"drop_after": True}, ["试"])):
        await drive.post("fault", method="chat.postMessage", times=1, **order)
        with pytest.raises(aiohttp.ClientError):
            await trial.client.chat_postMessage(channel=TEAM, text="试")
        assert [m["text"] for m in await drive.messages("小周")] == texts
    await trial.client.chat_postMessage(channel=TEAM, text="又好了")


async def test_the_wire_log(trial: Trial) -> None:
    await trial.drive.say("小周", "/trial 看")
    await trial.client.auth_test()
    entries = await trial.drive.get("wire")
    command = next(entry for entry in entries if entry.get("type") == "slash_commands")
    assert {"seq", "at", "direction", "type", "summary", "ms", "ok"} <= set(command)
    assert command["direction"] == "out"
    assert command["ms"] > 0
    call = entries[-1]
    assert (call["direction"], call["method"], call["ok"]) == ("in", "auth.test", True)
    assert await trial.drive.get("wire", since=str(call["seq"])) == []
    await trial.client.api_call("api.test")
    assert [entry["method"] for entry in await trial.drive.get("wire", since=str(call["seq"]))] == ["api.test"]


async def test_reset_goes_back_to_the_seed(trial: Trial, backstage: FakeBackstage) -> None:
    drive = trial.drive
    await trial.form()
    await drive.say("小周", "旧的")
    await drive.upload("小周", "live-team", "a.txt", b"a")
    await drive.post("channel", person="小周", channel="新的", do="create")
    await drive.post("person", person="Mei", locale="zh-CN")
    await drive.post("clock", advance="P1D")
    assert await drive.post("reset") == {}
    state = await drive.get("state")
    assert abs(datetime.fromisoformat(state["now"]) - datetime.now(UTC)) < timedelta(seconds=2)
    assert "新的" not in [c["name"] for c in state["channels"]]
    assert next(p for p in state["people"] if p["name"] == "Mei")["locale"] == "en-US"
    assert set(state["unread"].values()) == {0}
    assert await drive.messages("小周") == []
    assert await drive.get("form", person="小周") == {}
    await drive.post("reset", seed="none")
    assert (await drive.get("state"))["seed"] == "none"
    await drive.settle()
    await drive.say("小周", "还连着")
    await drive.settle()
    assert trial.app.of("message")[-1]["text"] == "还连着"
    backstage.marked = False
    assert await drive.refused("reset") == (400, "no_seed_mark")


async def test_what_stood_there_stands_after_a_restart(tmp_path: Path, backstage: FakeBackstage) -> None:
    async with running(tmp_path, backstage) as before, driving(before) as drive, connected(before) as app:
        first = Trial(drive, app)
        ts = await first.card()
        await first.form()
        await drive.post("press", person="小周", on="form", label="清空", values={"主题": "打了一半"})
        await app.client.chat_postEphemeral(channel=TEAM, user=XIAOZHOU, text="悄悄")
        await app.client.views_publish(user_id=MEI, view={"type": "home", "blocks": CARD[:1]})
        shared = await drive.upload("小周", "live-team", "a.txt", b"content")
        await drive.post("person", person="Mei", tz="Asia/Tokyo")
        await drive.settle()
    async with running(tmp_path, backstage) as after, driving(after) as drive, connected(after) as app:
        listed = await drive.messages("小周")
        assert [m["ts"] for m in listed] == [ts, shared["ts"]]
        async with drive.session.get(f"{after.base_url}/files/{shared['file_id']}") as response:
            assert await response.read() == b"content"
        state = await drive.get("state")
        assert next(p for p in state["people"] if p["name"] == "Mei")["tz"] == "Asia/Tokyo"
        assert state["unread"][MEI] == 2
        assert (await drive.get("form", person="小周"))["title"] == "新场次"
        second = Trial(drive, app)
        payload = await second.press(ts, label="完成", near="样品")
        assert payload["message"]["ts"] == ts
        assert after.stage.world.views.home(MEI) is not None
