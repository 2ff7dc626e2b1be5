"""What people ask about the team."""

from __future__ import annotations

from handlers.core.cards import Block
from handlers.core.context import Context, team_day
from handlers.core.replies import Answer, Reply
from handlers.core.roles import load_posts
from handlers.team.views import my_roles_blocks, roles_card


def list_roles(context: Context, words: str) -> Answer:
    return Reply(roles_card(context.private, load_posts(context.store, team_day(context.workspace, context.now))))


def my_roles(context: Context) -> tuple[Block, ...]:
    return my_roles_blocks(context.private, context.actor)
