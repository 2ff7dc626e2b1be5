"""The parts of a card as blocks, each with its weight, before they are laid into messages and views."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeVar

from bot.platforms.slack import blocks, controls, limits
from bot.platforms.slack.blocks import BlockDict
from bot.platforms.slack.linter import spoken_length
from bot.platforms.slack.mrkdwn import clean, clip
from handlers.core.cards import (
    Actions,
    Block,
    Card,
    Chart,
    Divider,
    Fields,
    Heading,
    Image,
    Item,
    Items,
    Marker,
    Paragraph,
    Progress,
    Table,
    plain_block,
    plain_series,
)
from handlers.core.text import Text, Words, bold, join

Entry = TypeVar("Entry")
Surface = Literal["message", "modal", "home"]

MARKERS: Mapping[Marker, str] = {"open": "⬜ ", "done": "✅ ", "late": "⚠️ ", "critical": "❗ ", "none": ""}
BAR = 10
PARAGRAPH = 9_000
ROWS_AT_ONCE = limits.RICH_TEXT_ADVISED


@dataclass(frozen=True, slots=True)
class Look:
    """Where a card is drawn. `native` allows tables and charts; `images` are blob id -> Slack file id."""

    surface: Surface = "message"
    native: bool = True
    images: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Piece:
    """One block on its way into a page; `rows` are list rows in it, `keep` holds it when others give way."""

    block: BlockDict
    rows: int = 0
    keep: bool = False
    size: int = 0

    def __post_init__(self) -> None:
        self.size = self.size or spoken_length(self.block)


def draw_card(card: Card, look: Look) -> list[Piece]:
    pieces = [Piece(blocks.header(card.title))] if card.title.strip() else []
    pieces.extend(draw(card.blocks, look))
    for piece in reversed(pieces):
        if piece.block["type"] != "actions":
            break
        piece.keep = True
    return pieces


def draw(parts: Iterable[Block], look: Look) -> Iterator[Piece]:
    """Every block in order. A message takes one table and two charts; further ones go out as text."""
    tables = limits.TABLES if look.native and look.surface != "modal" else 0
    charts = limits.CHARTS if look.native and look.surface != "modal" else 0
    for part in parts:
        match part:
            case Table():
                drawn = table_native(part) if tables else None
                tables -= drawn is not None
                yield from drawn or table_text(part)
            case Chart():
                drawn = chart_native(part) if charts else None
                charts -= drawn is not None
                yield from drawn or chart_text(part)
            case Image():
                yield Piece(image(part, look))
            case _:
                yield from draw_simple(part)


def draw_simple(part: Paragraph | Heading | Fields | Items | Progress | Actions | Divider) -> Iterator[Piece]:
    match part:
        case Paragraph(text=said, small=small):
            yield from [Piece(blocks.context(said) if small else paragraph(said))] if said else []
        case Heading():
            yield Piece(paragraph(bold(part.text)))
        case Fields():
            yield from (Piece(blocks.fields(some)) for some in batches(part.pairs, limits.SECTION_FIELDS))
        case Items():
            yield from items(part.rows)
        case Progress():
            yield Piece(paragraph(progress(part)))
        case Actions():
            buttons = controls.elements(part.controls)
            yield from (Piece(blocks.actions(row)) for row in batches(buttons, limits.ACTIONS_ELEMENTS))
        case Divider():
            yield Piece(blocks.divider())


def batches(entries: Sequence[Entry], most: int) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), most):
        yield entries[start : start + most]


def paragraph(value: Text) -> BlockDict:
    return blocks.rich([blocks.run(value, PARAGRAPH)])


def progress(part: Progress) -> Text:
    """████░░░░░░ 12/45 · the label"""
    share = part.done / part.total if part.total > 0 else 0.0
    full = min(BAR, max(0, math.floor(share * BAR)))
    figures = f"{'█' * full}{'░' * (BAR - full)} {part.done}/{part.total}"
    return Text((Words(figures), Words(f" · {part.label}" if part.label else "")))


def items(rows: Sequence[Item]) -> Iterator[Piece]:
    """A row with a control is a section of its own; rows without share rich_text blocks."""
    quiet: list[Text] = []
    for row in rows:
        drawn = row_with_control(Same(row)) if row.control is not None else None
        if drawn is None:
            quiet.append(item_text(row))
            continue
        yield from lines(quiet)
        quiet = []
        yield Piece(drawn[0], rows=1, size=drawn[1])
    yield from lines(quiet)


class Same:
    """A row as itself: two are equal when they are one object."""

    __slots__ = ("row",)

    def __init__(self, row: Item) -> None:
        self.row = row

    def __hash__(self) -> int:
        return id(self.row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.row is self.row


@lru_cache(4096)
def row_with_control(same: Same) -> tuple[BlockDict, int] | None:
    """The section of a row and its readable characters. Rows that did not change come as the same object, and a
    section is never changed once it is drawn. None where the control cannot be drawn."""
    control = controls.element(same.row.control) if same.row.control is not None else None
    if control is None:
        return None
    block = blocks.section(item_text(same.row, indent=""), control)
    return block, spoken_length(block)


def item_text(row: Item, indent: str = "\u2003\u2002") -> Text:
    first = Text((Words(MARKERS[row.marker]),)) + row.text
    return first + f"\n{indent}" + row.detail if row.detail else first


def lines(rows: Sequence[Text]) -> Iterator[Piece]:
    """Rows under each other, as many to a block as read well."""
    some: list[Text] = []
    size = 0
    for row in rows:
        length = len(row.plain) + 1
        if some and size + length > ROWS_AT_ONCE:
            yield Piece(blocks.rich([blocks.run(join(some, "\n"), PARAGRAPH)]), rows=len(some))
            some, size = [], 0
        some.append(row)
        size += length
    if some:
        yield Piece(blocks.rich([blocks.run(join(some, "\n"), PARAGRAPH)]), rows=len(some))


def table_native(part: Table) -> list[Piece] | None:
    """Caption and table block; None where it is over a limit of the block."""
    rows = (part.columns, *part.rows)
    width = len(part.columns)
    # Half of the block's own limit: the rest of the message has to fit beside it.
    size = sum(len(value) or 1 for row in rows for value in row)
    fits = 0 < width <= limits.TABLE_COLUMNS and len(rows) <= limits.TABLE_ROWS and size <= limits.TABLE_TOTAL // 2
    if not fits or any(len(row) != width for row in rows):
        return None
    head = [Piece(paragraph(bold(part.caption)))] if part.caption else []
    return [*head, Piece(blocks.table(rows))]


def table_text(part: Table) -> list[Piece]:
    head = [bold(part.caption)] if part.caption else []
    rows = [Text((Words(" · ".join(row)),)) for row in (part.columns, *part.rows)]
    return list(lines([*head, *rows]))


def chart_native(part: Chart) -> list[Piece] | None:
    """The chart, and its numbers as text beside it; None where it is over a limit of the block."""
    categories = [clip(clean(name), limits.CHART_LABEL) for name in part.categories]
    names = [clip(clean(name), limits.CHART_LABEL) for name, _ in part.series]
    counts = 0 < len(categories) <= limits.CHART_CATEGORIES and 0 < len(names) <= limits.CHART_SERIES
    whole = all(math.isfinite(value) for _, values in part.series for value in values)
    named = all(categories) and all(names) and bool(part.title.strip())
    if not (counts and whole and named) or len(set(names)) < len(names) or len(set(categories)) < len(categories):
        return None
    axis: BlockDict = {"categories": categories}
    for key, label in (("x_label", part.x_label), ("y_label", part.y_label)):
        if label:
            axis[key] = clip(clean(label), limits.CHART_AXIS_LABEL)
    series = [
        {"name": name, "data": [{"label": c, "value": v} for c, v in zip(categories, values, strict=True)]}
        for name, (_, values) in zip(names, part.series, strict=True)
    ]
    block: BlockDict = {
        "type": "data_visualization",
        "title": clip(clean(part.title), limits.CHART_TITLE),
        "chart": {"type": part.shape, "series": series, "axis_config": axis},
    }
    return [Piece(block), *lines([Text((Words(line),)) for line in plain_block(part)[1:]])]


def chart_text(part: Chart) -> list[Piece]:
    rows = [Text((Words(plain_series(name, values, part.categories)),)) for name, values in part.series]
    return list(lines([bold(part.title), *rows]))


def image(part: Image, look: Look) -> BlockDict:
    file_id = look.images.get(part.blob_id)
    if file_id is None:
        return blocks.context(Text((Words(f"🖼 {part.alt}"),)))
    alt = clip(clean(part.alt), limits.IMAGE_ALT) or blocks.NOTHING
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt}
