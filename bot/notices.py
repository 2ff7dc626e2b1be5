"""What the platform tells about places and about ourselves, kept in the tables before a turn is routed."""

from __future__ import annotations

import logging

from handlers.core.messages import Gone, Incoming, Membership
from storage.databases import Store

log = logging.getLogger("callsheet.notices")


def note(store: Store, incoming: Incoming) -> None:
    """Channel archived, bot added or removed, app withdrawn: one clear log line each."""
    match incoming:
        case Gone():
            workspace = store.workspace.get()
            workspace.state = "gone"
            store.workspace.save(workspace)
            log.error(
                "the workspace withdrew the app; nothing is sent there until it is installed again",
                extra={"workspace": incoming.workspace_id, "why": incoming.why},
            )
        case Membership(change="archived"):
            store.channels.set_archived(incoming.place.channel_id, True)
            log.warning("a channel was archived", extra={"channel": incoming.place.channel_id})
        case Membership(is_bot_itself=True, change="joined" | "left"):
            joined = incoming.change == "joined"
            store.channels.set_member(incoming.place.channel_id, joined)
            log.info("the bot %s a channel", incoming.change, extra={"channel": incoming.place.channel_id})
        case _:
            pass
