"""What a person does with what the app drew, in Slack's payloads, and what the app's answer brings about."""

from __future__ import annotations

from typing import Any

from bot.workspace.linting import Refused, check_message, check_view
from bot.workspace.manifests import ShortcutEntry, SlashCommand
from bot.workspace.records import Channel, Json, Message, Person, View
from bot.workspace.sending import view_body
from bot.workspace.sockets import Answer
from bot.workspace.stages import Stage
from bot.workspace.views import StackFull

TIMEOUT = "operation_timeout"


class Interactions:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def _base(self, kind: str, person: Person, *, trigger: bool = True) -> Json:
        team = self._stage.world.team
        payload: Json = {
            "type": kind,
            "token": "local",
            "team": {"id": team.id, "domain": team.domain},
            "user": self._stage.shapes.person_stub(person.id),
            "api_app_id": self._stage.world.bot.app_id,
            "enterprise": None,
            "is_enterprise_install": False,
        }
        return {**payload, "trigger_id": self._stage.triggers.mint(person.id)} if trigger else payload

    async def _send(self, payload: Json, person: Person, summary: str) -> Answer | None:
        if not self._stage.manifest.is_interactive:
            self._stage.wire.add("out", "interactive", f"interactivity is off: {summary}", ok=False)
            return None
        answer = await self._stage.sockets.request("interactive", payload, f"{payload['type']} {summary}")
        if answer is None:
            self.toast(person, TIMEOUT)
        return answer

    def toast(self, person: Person, code: str) -> None:
        self._stage.feed.publish("toast", audience=frozenset({person.id}), data={"code": code})

    def _channel(self, channel: Channel) -> Json:
        return {"id": channel.id, "name": self._stage.shapes.channel_name(channel)}

    # commands

    async def command(self, person: Person, channel: Channel, entry: SlashCommand, text: str) -> Answer | None:
        team = self._stage.world.team
        payload: Json = {
            "token": "local",
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": channel.id,
            "channel_name": self._stage.shapes.channel_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": entry.command,
            "text": self._stage.typing.command(text, should_escape=entry.should_escape),
            "api_app_id": self._stage.world.bot.app_id,
            "is_enterprise_install": "false",
            "response_url": self._stage.responses.mint(channel.id, person.id),
            "trigger_id": self._stage.triggers.mint(person.id),
        }
        answer = await self._stage.sockets.request("slash_commands", payload, f"{entry.command} {text}")
        if answer is None:
            self.toast(person, TIMEOUT)
        return answer

    def command_reply(self, person: Person, channel: Channel, answer: Answer) -> Message | None:
        """The message that came in the ack, if any."""
        body = answer.payload
        if not body or not (body.get("text") or body.get("blocks")):
            return None
        try:
            check_message(body, totals=False)
        except Refused as refused:
            self._stage.wire.add("in", "ack", f"{refused.error} in the answer to a command", ok=False, body=body)
            self.toast(person, refused.error)
            return None
        return self._stage.responses.put(channel.id, person.id, body)

    # buttons and the like

    async def act_on_message(
        self, person: Person, channel: Channel, message: Message, action: Json, values: Json
    ) -> Answer | None:
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_for is not None,
        }
        if message.thread_ts or message.reply_count:
            container["thread_ts"] = message.thread_ts or message.ts
        payload = {
            **self._base("block_actions", person),
            "container": container,
            "channel": self._channel(channel),
            "state": {"values": values},
            "response_url": self._stage.responses.mint(channel.id, person.id, message.ts),
            "actions": [self._stamped(action)],
        }
        if message.ephemeral_for is None:
            payload["message"] = self._stage.shapes.message(message, metadata=True)
        return await self._send(payload, person, str(action.get("action_id")))

    async def act_on_view(self, person: Person, view: View, action: Json, values: Json) -> Answer | None:
        payload = {
            **self._base("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "view": {**self._stage.shapes.view(view), "state": {"values": values}},
            "actions": [self._stamped(action)],
        }
        return await self._send(payload, person, str(action.get("action_id")))

    def _stamped(self, action: Json) -> Json:
        return {**action, "action_ts": self._stage.clock.next_ts()}

    async def shortcut(
        self, person: Person, entry: ShortcutEntry, channel: Channel | None, message: Message | None
    ) -> Answer | None:
        kind = "message_action" if message else "shortcut"
        payload = {
            **self._base(kind, person),
            "callback_id": entry.callback_id,
            "action_ts": self._stage.clock.next_ts(),
        }
        if message and channel:
            payload |= {
                "channel": self._channel(channel),
                "message_ts": message.ts,
                "message": self._stage.shapes.message(message, metadata=True),
                "response_url": self._stage.responses.mint(channel.id, person.id, message.ts),
            }
        return await self._send(payload, person, entry.callback_id)

    async def suggest(self, person: Person, element: Json, block_id: str, query: str, where: Json) -> list[Json] | None:
        """The app's options for a query; None after three seconds. `where`: container, view or message."""
        payload = {
            **self._base("block_suggestion", person, trigger=False),
            **where,
            "action_id": element.get("action_id"),
            "block_id": block_id,
            "value": query,
        }
        answer = await self._send(payload, person, str(element.get("action_id")))
        if answer is None:
            return None
        body = answer.payload or {}
        options: list[Json] = list(body.get("options") or [])
        for group in body.get("option_groups") or []:
            options += group.get("options") or []
        return options

    # forms

    async def submit(self, person: Person, view: View, values: dict[str, dict[str, Json]]) -> Answer | None:
        payload = {
            **self._base("view_submission", person),
            "view": {**self._stage.shapes.view(view), "state": {"values": values}},
            "response_urls": [],
        }
        return await self._send(payload, person, str(view.body.get("callback_id", "")))

    def follow(self, person: Person, view: View, payload: Json | None) -> dict[str, Any]:
        """Carry out the answer to a submission: `closed`, or `errors` by block_id."""
        views = self._stage.world.views
        action = (payload or {}).get("response_action")
        if action == "errors":
            return {"errors": (payload or {}).get("errors") or {}}
        if action == "clear":
            views.clear(person.id)
            return {"closed": True}
        if action in ("update", "push"):
            return self._redraw(person, view, action, (payload or {}).get("view") or {})
        views.close(view)
        return {"closed": True}

    def _redraw(self, person: Person, view: View, action: str, raw: Json) -> dict[str, Any]:
        views = self._stage.world.views
        try:
            check_view(raw)
            if action == "push":
                views.push(person.id, view_body(raw))
            else:
                views.update(views.find(view.id) or view, view_body(raw))
        except (Refused, StackFull) as refused:
            error = refused.error if isinstance(refused, Refused) else "push_limit_reached"
            self._stage.wire.add("in", "ack", f"{error} in the answer to a form", ok=False, body=raw)
            self.toast(person, error)
            return {"errors": {"": error}}
        return {"closed": False}

    async def close(self, person: Person, view: View, *, is_cleared: bool = False) -> None:
        """Take the form away; the app hears of it when it asked to."""
        self._stage.world.views.close(view)
        if view.body.get("notify_on_close"):
            payload = {
                **self._base("view_closed", person, trigger=False),
                "view": self._stage.shapes.view(view),
                "is_cleared": is_cleared,
            }
            await self._send(payload, person, str(view.body.get("callback_id", "")))
