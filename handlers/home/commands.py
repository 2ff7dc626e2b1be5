"""What an admin presses about deliveries that finally failed."""

from __future__ import annotations

from handlers.core.context import Context, incoming_of
from handlers.core.errors import Refusal
from handlers.core.messages import Press
from handlers.core.replies import Answer, Reply
from handlers.home.views import no_longer_failed, said_card


def retry_delivery(context: Context) -> Answer:
    """Try it again from the start."""
    if not context.store.work.revive(pressed_work(context)):
        raise Refusal(no_longer_failed(context.private))
    return Reply(said_card(context.private.say("Trying it again.")))


def drop_delivery(context: Context) -> Answer:
    """Let it go: it will never be sent, and is no longer shown."""
    if not context.store.work.let_go(pressed_work(context)):
        raise Refusal(no_longer_failed(context.private))
    return Reply(said_card(context.private.say("Let go. It will not be sent.")))


def pressed_work(context: Context) -> int:
    wanted = incoming_of(context, Press).value.get("work")
    return wanted if isinstance(wanted, int) else 0
