"""Block Kit as small functions returning plain dicts; text that comes in is cleaned, clipped and inert."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.platforms.slack import limits
from bot.platforms.slack.mrkdwn import (
    CHANNEL_ID,
    PERSON_ID,
    clean,
    clip,
    has_markup,
    is_web,
    shown,
    shown_text,
    text_mrkdwn,
)
from handlers.core.cards import Confirm, Option
from handlers.core.text import ChannelRef, Link, Mention, Span, Text, Words

BlockDict = dict[str, Any]
NOTHING = "–"
FIELD_SHOWN = 800
"""Ten of them fit into one message."""


def plain(value: str, most: int) -> BlockDict:
    return {"type": "plain_text", "text": clip(clean(value).strip(), most) or NOTHING, "emoji": False}


def styled(value: Text, most: int) -> BlockDict:
    """plain_text where nothing is lost by it, else mrkdwn that links nothing by itself."""
    if has_markup(value):
        return {"type": "mrkdwn", "text": text_mrkdwn(value, most) or NOTHING, "verbatim": True}
    return plain(shown_text(value), most)


def header(value: str) -> BlockDict:
    return {"type": "header", "text": plain(value.replace("\n", " "), limits.HEADER_TEXT)}


def divider() -> BlockDict:
    return {"type": "divider"}


def section(value: Text, accessory: BlockDict | None = None) -> BlockDict:
    block: BlockDict = {"type": "section", "text": styled(value, limits.SECTION_TEXT)}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def fields(pairs: Sequence[tuple[str, Text]]) -> BlockDict:
    return {
        "type": "section",
        "fields": [
            {
                "type": "mrkdwn",
                "text": text_mrkdwn(
                    Text((Words(label, bold=True), Words("\n"))) + (value if value else NOTHING),
                    FIELD_SHOWN,
                ),
                "verbatim": True,
            }
            for label, value in pairs
        ],
    }


def context(value: Text) -> BlockDict:
    return {"type": "context", "elements": [styled(value, limits.FIELD_TEXT)]}


def actions(elements: Sequence[BlockDict]) -> BlockDict:
    return {"type": "actions", "elements": list(elements)}


def inline(span: Span, room: int) -> BlockDict | None:
    """One rich_text element of at most `room` characters; None when nothing of it is seen."""
    match span:
        case Mention() if not span.quiet and PERSON_ID.fullmatch(span.person_id):
            return {"type": "user", "user_id": span.person_id}
        case ChannelRef() if CHANNEL_ID.fullmatch(span.channel_id):
            return {"type": "channel", "channel_id": span.channel_id}
        case Link() if is_web(span.url) and len(span.url) <= limits.URL:
            return {"type": "link", "url": span.url, "text": clip(clean(span.text), room)}
    words = clip(shown(span), room)
    if not words:
        return None
    element: BlockDict = {"type": "text", "text": words}
    if isinstance(span, Words):
        style = {name: True for name in ("bold", "italic", "strike", "code") if getattr(span, name)}
        if style:
            element["style"] = style
    return element


def run(value: Text, most: int = limits.RICH_TEXT_ADVISED) -> BlockDict:
    """A rich_text_section; neighbours of the same style become one element."""
    elements: list[BlockDict] = []
    room = most
    for span in value.spans:
        if room <= 1:
            break
        element = inline(span, room)
        if element is None:
            continue
        room -= len(element.get("text", span.name if isinstance(span, Mention | ChannelRef) else ""))
        last = elements[-1] if elements else None
        if last and last["type"] == element["type"] == "text" and last.get("style") == element.get("style"):
            last["text"] += element["text"]
        else:
            elements.append(element)
    return {"type": "rich_text_section", "elements": elements}


def rich(runs: Iterable[BlockDict]) -> BlockDict:
    return {"type": "rich_text", "elements": list(runs)}


def confirm(asked: Confirm) -> BlockDict:
    return {
        "title": plain(asked.title, limits.CONFIRM_TITLE),
        "text": plain(asked.text, limits.CONFIRM_TEXT),
        "confirm": plain(asked.yes, limits.CONFIRM_BUTTON),
        "deny": plain(asked.no, limits.CONFIRM_BUTTON),
    }


def option(choice: Option) -> BlockDict:
    block: BlockDict = {"text": plain(choice.label, limits.OPTION_TEXT), "value": choice.value}
    if choice.description:
        block["description"] = plain(choice.description, limits.OPTION_DESCRIPTION)
    return block


def compact(value: Mapping[str, Any]) -> str:
    """JSON as short as it gets; lone surrogates, which no wire carries, are replaced."""
    drawn = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return drawn if drawn.isascii() else drawn.encode(errors="replace").decode()


def cell(value: str) -> BlockDict:
    return {"type": "raw_text", "text": clean(value) or " "}


def table(rows: Sequence[Sequence[str]]) -> BlockDict:
    return {"type": "table", "rows": [[cell(value) for value in row] for row in rows]}
