"""The few coarse Bolt listeners. Each reads its payload, hands it over, and acks when that is durable.

An exception leaves the payload unacked, so that Slack brings it again; the app's error handler logs it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.platforms.base import Intake, NotSaved, Opener, Submitted
from bot.platforms.slack import limits, payloads
from bot.platforms.slack.events import read_event, read_line
from bot.platforms.slack.forms import form_id_of, input_keys, metadata_of, mint_id, modal, options_of
from bot.platforms.slack.mrkdwn import clean, clip
from bot.platforms.slack.payloads import Body, Seen
from bot.platforms.slack.privates import VoiceOf
from handlers.core.clock import Clock
from handlers.core.messages import Incoming, Message
from handlers.core.voices import N_

log = logging.getLogger(__name__)

ANY = re.compile(".*")
STILL_SAVING = N_("Still saving. Press again in a moment.")
Tell = Callable[[str, str], Coroutine[Any, Any, None]]
"""Says one private line through a response address."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """What the listeners need. After `submit_s` a submission's ack says "press again"."""

    intake: Intake
    clock: Clock
    voice_of: VoiceOf
    submit_s: float = limits.SUBMIT_S
    tell: Tell | None = None
    tellings: set[asyncio.Task[None]] = field(default_factory=set)
    """Under way: a task that nobody holds may vanish."""

    def register(self, app: AsyncApp) -> None:
        app.event("message")(self.on_event)
        app.event(ANY)(self.on_event)
        app.command(ANY)(self.on_command)
        app.action(ANY)(self.on_action)
        app.view(ANY)(self.on_submission)
        app.view_closed(ANY)(self.on_closed)
        app.shortcut(ANY)(self.on_shortcut)
        app.options(ANY)(self.on_options)
        app.error(on_error)

    def seen(self, context: AsyncBoltContext) -> Seen:
        return Seen(
            bot_user_id=context.bot_user_id or "",
            bot_id=context.bot_id or "",
            now=self.clock.now(),
            real=self.clock.real(),
        )

    def opener(self, body: Body) -> Opener | None:
        trigger = body.get("trigger_id")
        if not trigger:
            return None
        until = self.clock.real() + timedelta(seconds=limits.OPENER_S)
        return Opener(token=str(trigger), until=until, answer_to=str(body.get("response_url") or ""))

    async def hand_over(self, incoming: Incoming | None, body: Body, ack: AsyncAck) -> None:
        """Ack what is durable, repetitions too, and what nobody can read: again it reads no better."""
        if incoming is not None:
            await self.intake.accept(incoming, self.opener(body))
        await ack()

    async def hand_over_act(self, incoming: Incoming | None, body: Body, ack: AsyncAck) -> None:
        """As `hand_over` for what a person did: Slack does not bring it again, so they are told what was not saved."""
        try:
            await self.hand_over(incoming, body, ack)
        except NotSaved as refusal:
            if body.get("command"):
                await ack(text=refusal.says)
                return
            await ack()
            if body.get("response_url") and self.tell is not None:
                self.tell_later(self.tell(str(body["response_url"]), refusal.says))

    def tell_later(self, telling: Coroutine[Any, Any, None]) -> None:
        """The ack does not wait for what is said after it."""
        told = asyncio.create_task(telling)
        self.tellings.add(told)
        told.add_done_callback(self.tellings.discard)
        told.add_done_callback(log_untold)

    async def on_event(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        seen = self.seen(context)
        incoming = read_event(body, seen)
        line = read_line(body, seen)
        if line is not None:
            self.intake.count_message(*line)
        if isinstance(incoming, Message) and not self.is_wanted(incoming):
            incoming = None
        await self.hand_over(incoming, body, ack)

    def is_wanted(self, message: Message) -> bool:
        place = message.place
        if message.to_bot:
            return True
        return bool(place.thread) and self.intake.wants(message.workspace_id, place.channel_id, place.thread)

    async def on_command(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        await self.hand_over_act(payloads.read_command(body, self.seen(context)), body, ack)

    async def on_action(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        await self.hand_over_act(payloads.read_press(body, self.seen(context)), body, ack)

    async def on_shortcut(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        await self.hand_over_act(payloads.read_shortcut(body, self.seen(context)), body, ack)

    async def on_closed(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        await self.hand_over(payloads.read_dismissed(body, self.seen(context)), body, ack)

    async def on_options(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        options = payloads.read_options(body, self.seen(context))
        found = await self.intake.options(options) if options is not None else ()
        await ack(options=options_of(found))

    async def on_submission(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck) -> None:
        submission = payloads.read_submission(body, self.seen(context))
        if submission is None:
            await ack()
            return
        turn = asyncio.ensure_future(self.intake.submit(submission))
        try:
            submitted = await asyncio.wait_for(asyncio.shield(turn), self.submit_s)
        except TimeoutError:
            log.warning("submission still running: form=%s key=%s", submission.form.name, submission.key)
            turn.add_done_callback(log_late)
            voice = self.voice_of(submission.workspace_id, submission.person_id)
            submitted = Submitted(errors={"": voice.say(STILL_SAVING)})
        await ack(**submission_answer(body["view"], submitted))


def submission_answer(view: Mapping[str, Any], submitted: Submitted) -> dict[str, Any]:
    """The keyword arguments of the ack. Errors at keys that the form does not have go to its first input."""
    if submitted.errors:
        errors = placed_errors(submitted.errors, input_keys(view))
        return {"response_action": "errors", "errors": errors} if errors else {}
    if submitted.next_form is not None:
        drawn = submitted.next_form
        return {
            "response_action": "push" if drawn.push else "update",
            "view": modal(drawn.form, mint_id()),
        }
    return {}


def placed_errors(errors: Mapping[str, str], keys: list[str]) -> dict[str, str]:
    placed: dict[str, str] = {}
    for key, says in errors.items():
        at = key if key in keys else keys[0] if keys else ""
        if not at:
            log.error("a form without inputs was refused: %s", says)
            continue
        placed[at] = clip(f"{placed[at]} {clean(says)}" if at in placed else clean(says), limits.INPUT_HINT)
    return placed


def log_late(turn: asyncio.Future[Submitted]) -> None:
    """Nobody waits for this turn any more; what became of it is at least written down."""
    if turn.cancelled():
        return
    fault = turn.exception()
    if fault is not None:
        log.error("late submission failed", exc_info=fault)


def log_untold(telling: asyncio.Task[None]) -> None:
    fault = None if telling.cancelled() else telling.exception()
    if fault is not None:
        log.error("could not say that nothing was saved", exc_info=fault)


async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Unacked on purpose: what is not durable has to come again."""
    kind = (body.get("event") or {}).get("type") or body.get("type") or body.get("command")
    view = body.get("view") or {}
    log.error(
        "listener failed: payload=%s form=%s id=%s",
        kind,
        metadata_of(view).get("form", ""),
        form_id_of(view),
        exc_info=error,
    )
    return BoltResponse(status=500)
