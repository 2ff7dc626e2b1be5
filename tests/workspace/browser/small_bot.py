"""A small Bolt app that does a little of everything that the page must show, in a workspace on a free port."""

import asyncio
import logging
import threading
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.page import NEXT_SHOW_AT
from bot.workspace.server import LocalWorkspace, WorkspaceOptions
from tests.workspace.harness import FakeBackstage, local_client

KEY = "browser-key"
Body = dict[str, Any]

MANIFEST: dict[str, Any] = {
    "features": {
        "slash_commands": [
            {"command": "/live", "description": "今晚的直播", "usage_hint": "checklist | form", "should_escape": True},
            {"command": "/lunch", "description": "Lunch orders", "usage_hint": "", "should_escape": True},
        ],
        "shortcuts": [
            {"name": "记到复盘 · Retro note", "type": "message", "callback_id": "note", "description": "note"},
            {"name": "Wave", "type": "global", "callback_id": "wave", "description": "wave"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:history",
                "channels:read",
                "chat:write",
                "commands",
                "im:history",
                "im:read",
                "im:write",
                "reactions:read",
                "users:read",
                "files:read",
                "groups:read",
                "groups:history",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["message.channels", "message.im", "app_home_opened", "app_mention"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


def text(words: str) -> Body:
    return {"type": "plain_text", "text": words}


def option(words: str) -> Body:
    return {"text": text(words), "value": words}


def button(words: str, action_id: str, **more: Any) -> Body:
    return {"type": "button", "text": text(words), "action_id": action_id, **more}


ITEMS = ("检查设备", "核对小黄车链接", "样品到位")


def card(done: set[str]) -> list[Body]:
    """One row an item, each with the button that its state asks for."""
    rows: list[Body] = [{"type": "header", "text": text(f"清单 {len(done)} / {len(ITEMS)}")}]
    for item in ITEMS:
        press = button("撤销", "list.untick", value=item) if item in done else button("完成", "list.tick", value=item)
        words = {"type": "mrkdwn", "text": f"~{item}~" if item in done else item}
        rows.append({"type": "section", "block_id": f"row-{item}", "text": words, "accessory": press})
    sure = {"title": text("清空？"), "text": text("全部重来"), "confirm": text("清空吧"), "deny": text("算了")}
    rest = [button("全部清空", "list.clear", confirm=sure)]
    menu = {"type": "overflow", "action_id": "list.more", "options": [option("刷新"), option("归档")]}
    who = {
        "type": "static_select",
        "action_id": "list.who",
        "placeholder": text("按人查看"),
        "options": [option("老吴")],
    }
    found = {"type": "external_select", "action_id": "list.find", "min_query_length": 1, "placeholder": text("找商品")}
    rows.append({"type": "actions", "block_id": "foot", "elements": [*rest, who, found, menu]})
    return rows


def asked(block_id: str, label: str, element: Body, **more: Any) -> Body:
    return {"type": "input", "block_id": block_id, "label": text(label), "element": element, **more}


def form(depth: int = 1) -> Body:
    picked = {"type": "static_select", "action_id": "v", "options": [option("抖音"), option("淘宝")]}
    more = [button("再开一层", "form.push", value=str(depth)), button("换标题", "form.update")]
    blocks: list[Body] = [
        asked("theme", "主题", {"type": "plain_text_input", "action_id": "v"}),
        asked("on", "日期", {"type": "datepicker", "action_id": "v", "initial_date": "2026-11-23"}),
        asked("where", "平台", picked),
        asked("who", "参与的人", {"type": "multi_users_select", "action_id": "v"}, optional=True),
        {"type": "actions", "block_id": "more", "elements": more},
    ]
    return {
        "type": "modal",
        "callback_id": "show",
        "private_metadata": str(depth),
        "title": text(f"排一场 {depth}"),
        "submit": text("保存"),
        "close": text("取消"),
        "blocks": blocks,
    }


class SmallBot:
    """The app's listeners; `seen` collects what it was told."""

    def __init__(self, client: AsyncWebClient, authorized: AuthorizeResult) -> None:
        async def authorize(**_: Any) -> AuthorizeResult:
            return authorized

        self._client = client
        self.done: set[str] = set()
        self.seen: list[str] = []
        quiet = logging.getLogger("small-bot")
        quiet.setLevel(logging.CRITICAL)
        self.app = AsyncApp(client=client, authorize=authorize, process_before_response=True, logger=quiet)
        self.app.command("/live")(self._live)
        for action, listener in {
            "list.tick": self._tick,
            "list.untick": self._untick,
            "list.clear": self._clear,
            "list.more": self._noted,
            "list.who": self._noted,
            "list.find": self._noted,
            "home.go": self._noted,
            "form.push": self._push,
            "form.update": self._retitle,
        }.items():
            self.app.action(action)(listener)
        self.app.view("show")(self._saved)
        self.app.shortcut("note")(self._noted_shortcut)
        self.app.shortcut("wave")(self._noted_shortcut)
        self.app.options("list.find")(self._offer)
        self.app.event("app_home_opened")(self._home)
        self.app.event("message")(self._said)
        self.app.event("app_mention")(self._said)

    async def _live(self, ack: Any, body: Body) -> None:
        words = body["text"]
        if words == "slow":
            return
        if words == "private":
            await ack({"text": "只有你能看见"})
            return
        await ack()
        if words == "form":
            await self._client.views_open(trigger_id=body["trigger_id"], view=form())
        else:
            await self._client.chat_postMessage(channel=body["channel_id"], text="清单", blocks=card(self.done))

    async def _redraw(self, body: Body) -> None:
        where = body["container"]
        channel, ts = where["channel_id"], where["message_ts"]
        await self._client.chat_update(channel=channel, ts=ts, text="清单", blocks=card(self.done))

    async def _tick(self, ack: Any, body: Body) -> None:
        await ack()
        self.done.add(body["actions"][0]["value"])
        await self._redraw(body)

    async def _untick(self, ack: Any, body: Body) -> None:
        await ack()
        self.done.discard(body["actions"][0]["value"])
        await self._redraw(body)

    async def _clear(self, ack: Any, body: Body) -> None:
        await ack()
        self.done.clear()
        await self._redraw(body)

    async def _noted(self, ack: Any, body: Body) -> None:
        await ack()
        action = body["actions"][0]
        chosen = action.get("selected_option") or {}
        self.seen.append(f"{body['user']['id']} {action['action_id']} {chosen.get('value', '')}".strip())

    async def _offer(self, ack: Any, body: Body) -> None:
        await ack(options=[option(name) for name in ("SKU-102 红", "SKU-102 蓝") if body["value"] in name])

    async def _noted_shortcut(self, ack: Any, body: Body) -> None:
        await ack()
        self.seen.append(f"{body['user']['id']} {body['type']} {body['callback_id']}")

    async def _push(self, ack: Any, body: Body) -> None:
        await ack()
        depth = int(body["actions"][0]["value"]) + 1
        await self._client.views_push(trigger_id=body["trigger_id"], view=form(depth))

    async def _retitle(self, ack: Any, body: Body) -> None:
        await ack()
        changed = {**form(), "title": text("换过的标题")}
        await self._client.views_update(view_id=body["view"]["id"], view=changed)

    async def _saved(self, ack: Any, body: Body) -> None:
        values = body["view"]["state"]["values"]
        theme = values["theme"]["v"]["value"]
        if theme == "x":
            await ack(response_action="errors", errors={"theme": "主题太短"})
            return
        await ack()
        who = ",".join(values["who"]["v"]["selected_users"])
        picked = values["where"]["v"]["selected_option"]["value"]
        self.seen.append(f"saved {theme} {values['on']['v']['selected_date']} {picked} {who}".strip())

    async def _home(self, event: Body) -> None:
        if event["tab"] == "home":
            row = {"type": "actions", "block_id": "go", "elements": [button("开始", "home.go")]}
            view = {"type": "home", "blocks": [{"type": "header", "text": text("早上好")}, row]}
            await self._client.views_publish(user_id=event["user"], view=view)

    async def _said(self, event: Body) -> None:
        self.seen.append(f"{event.get('user')} said {event.get('text')}")


class Trial:
    """The workspace and its bot on a loop in a thread of their own; calls come from the test's thread."""

    def __init__(self, folder: Path) -> None:
        self.backstage = FakeBackstage()
        options = WorkspaceOptions(data_dir=folder, port=0, key=KEY, seed="team", manifest=MANIFEST)
        self.workspace = LocalWorkspace(options, self.backstage, self._routes)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def _routes(self, app: web.Application) -> None:
        app[NEXT_SHOW_AT] = lambda: self.backstage.now() + timedelta(hours=2)

    def start(self) -> None:
        self._thread.start()
        self._wait(asyncio.run_coroutine_threadsafe(self._start(), self._loop))

    def _wait(self, future: Future[Any]) -> Any:
        return future.result(timeout=20)

    async def _start(self) -> None:
        await self.workspace.start()
        client = local_client(self.workspace)
        authorized = AuthorizeResult(
            enterprise_id=None,
            team_id=self.workspace.team_id,
            bot_user_id=self.workspace.bot_user_id,
            bot_id=self.workspace.bot_id,
            bot_token=self.workspace.bot_token,
        )
        self.bot = SmallBot(client, authorized)
        self._handler = AsyncSocketModeHandler(self.bot.app, self.workspace.app_token, ping_interval=1)
        self._handler.client.proxy = None
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    def call(self, work: Any) -> Any:
        """Runs `work()` on the loop and returns what it gives."""

        async def run() -> Any:
            return work()

        return self._wait(asyncio.run_coroutine_threadsafe(run(), self._loop))

    def await_for(self, coroutine: Any) -> Any:
        return self._wait(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    async def _close(self) -> None:
        with suppress(asyncio.CancelledError):
            await self._handler.close_async()  # type: ignore[no-untyped-call]
        await self.workspace.close()

    def close(self) -> None:
        self._wait(asyncio.run_coroutine_threadsafe(self._close(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def url(self, person: str, place: str = "c/C0LIVETEAM", **more: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in {"key": KEY, "as": person, **more}.items())
        return f"{self.workspace.base_url}/{place}?{query}"
