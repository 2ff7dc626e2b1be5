"""Neutral cards to messages and Home views; whatever comes in, what goes out is within Slack's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.platforms.slack import blocks, limits
from bot.platforms.slack.blocks import BlockDict
from bot.platforms.slack.mrkdwn import clip_escaped
from bot.platforms.slack.pages import fitted, paged, squeezed
from bot.platforms.slack.pieces import Look, Piece, draw_card
from handlers.core.cards import Card, plain_card
from handlers.core.text import Text, Words

NATIVE = frozenset({"table", "data_visualization"})
MESSAGE = Look()


def render(card: Card, look: Look = MESSAGE) -> list[BlockDict]:
    """The card as one message or several to be posted in a row: {"text", "blocks", unfurl flags}."""
    pages = paged(fitted(draw_card(card, look)), limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL_ADVISED)
    first = message(card, pages[0] if pages else [])
    rest = [
        message(Card(f"{card.title} ({number}/{len(pages)})"), page) for number, page in enumerate(pages[1:], start=2)
    ]
    return [first, *rest]


def render_one(card: Card, look: Look = MESSAGE) -> BlockDict:
    """The card as exactly one message: a last row counts what does not fit, the buttons at its end stay."""
    pieces = fitted(draw_card(card, look))
    return message(card, squeezed(pieces, limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL_ADVISED))


def render_plain(card: Card) -> BlockDict:
    """The card without blocks: what is sent when Slack, or our linter, refuses the drawn one."""
    return message(card, [])


def render_home(card: Card, look: Look) -> BlockDict:
    """The view of views.publish."""
    return {"type": "home", "blocks": view_blocks(draw_card(card, look))}


def view_blocks(pieces: Sequence[Piece]) -> list[BlockDict]:
    """At most the blocks that a view takes; never none."""
    shown = squeezed(pieces, limits.VIEW_BLOCKS, limits.VIEW_BYTES // 8)
    return [piece.block for piece in shown] or [blocks.section(Text((Words(blocks.NOTHING),)))]


def message(card: Card, pieces: Sequence[Piece]) -> BlockDict:
    drawn: BlockDict = {"text": fallback(card), "unfurl_links": False, "unfurl_media": False}
    if pieces:
        drawn["blocks"] = [piece.block for piece in pieces]
    return drawn


def fallback(card: Card) -> str:
    """What notifications, searches and screen readers get."""
    whole = plain_card(card)
    if card.summary:
        whole = f"{card.summary}\n{whole}"
    return clip_escaped(whole.strip(), limits.MESSAGE_TEXT_ADVISED) or blocks.NOTHING


def has_native(payload: Mapping[str, Any]) -> bool:
    return any(block["type"] in NATIVE for block in payload.get("blocks", []))
