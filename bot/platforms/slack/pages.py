"""Pieces laid into messages: closer together, over several pages, or cut with a count of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from bot.platforms.slack import blocks, limits
from bot.platforms.slack.pieces import ROWS_AT_ONCE, Piece
from handlers.core.text import Text, Words

MORE = 10
"""Characters kept free for the row that counts what is left out."""


def fits(pieces: Sequence[Piece], most_blocks: int, most_size: int) -> bool:
    return len(pieces) <= most_blocks and sum(piece.size for piece in pieces) <= most_size


def fitted(pieces: list[Piece]) -> list[Piece]:
    """Drawn closer together where the airy form would not go into one message."""
    if fits(pieces, limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL_ADVISED):
        return pieces
    return tightened(pieces)


def tightened(pieces: Sequence[Piece]) -> list[Piece]:
    """Without dividers, and with neighbouring texts and buttons in one block each."""
    kept: list[Piece] = []
    for piece in pieces:
        if piece.block["type"] == "divider":
            continue
        merged = merge(kept[-1], piece) if kept else None
        if merged is None:
            kept.append(piece)
        else:
            kept[-1] = merged
    return kept


def merge(one: Piece, two: Piece) -> Piece | None:
    """Both in one block, where a block of their kind has room."""
    kind = one.block["type"]
    if kind != two.block["type"]:
        return None
    elements = [*one.block.get("elements", ()), *two.block.get("elements", ())]
    if kind == "rich_text" and one.size + two.size <= ROWS_AT_ONCE:
        gap = {"type": "rich_text_section", "elements": [{"type": "text", "text": "\n"}]}
        elements.insert(len(one.block["elements"]), gap)
        return Piece(blocks.rich(elements), rows=one.rows + two.rows)
    if kind == "context" and len(elements) <= limits.CONTEXT_ELEMENTS:
        return Piece({"type": "context", "elements": elements})
    return None


def paged(pieces: Sequence[Piece], most_blocks: int, most_size: int) -> list[list[Piece]]:
    pages: list[list[Piece]] = []
    page: list[Piece] = []
    for piece in pieces:
        if page and not fits([*page, piece], most_blocks, most_size):
            pages.append(page)
            page = []
        page.append(piece)
    return [*pages, page] if page else pages


def squeezed(pieces: Sequence[Piece], most_blocks: int, most_size: int) -> list[Piece]:
    """One page: the beginning, how many rows are left out, and the buttons that the card ends with."""
    if fits(pieces, most_blocks, most_size):
        return list(pieces)
    tail = [piece for piece in pieces if piece.keep][-2:]
    body = [piece for piece in pieces if not piece.keep]
    room = most_size - sum(piece.size for piece in tail) - MORE
    head = next(iter(paged(body, most_blocks - len(tail) - 1, room)), [])
    left_out = sum(max(piece.rows, 1) for piece in body[len(head) :])
    more = Piece(blocks.context(Text((Words(f"… +{left_out}"),))))
    return [*head, more, *tail]
