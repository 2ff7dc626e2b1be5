"""What a handler wants said, as rows of work: the dispatch over the kinds of durable effects."""

from __future__ import annotations

from bot.desks import Desk, Origin, Ways
from bot.livecards import show_live
from bot.platforms.base import SendReaction
from handlers.core.context import Scene
from handlers.core.replies import Durable, Later, Live, Post, React, Reply, Upload


class Outgoing:
    """Writes a turn's durable effects; `ways` also open what they sealed."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways

    def write(self, scene: Scene, origin: Origin, wanted: tuple[Durable, ...]) -> None:
        """Queue all of them, in order."""
        for number, effect in enumerate(wanted):
            desk = Desk(self.ways, scene, origin, number)
            match effect:
                case Reply():
                    desk.reply(effect)
                case Post():
                    desk.post(effect)
                case Live():
                    show_live(desk, effect)
                case React():
                    desk.send(SendReaction(effect.channel_id, effect.ts, effect.emoji, effect.remove))
                case Upload():
                    desk.upload(effect)
                case Later():
                    desk.later(effect)
