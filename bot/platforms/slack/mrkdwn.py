"""Text made safe for Slack: cleaned, clipped, and escaped where Slack would read markup."""

from __future__ import annotations

import re
from typing import NewType

from handlers.core.text import ChannelRef, Link, Mention, Span, Text, Words

Safe = NewType("Safe", str)
"""Escaped: nothing in it can become a mention, a channel or a link that we did not mean."""

ELLIPSIS = "…"
PERSON_ID = re.compile(r"[UW][A-Z0-9]{1,30}")
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{1,30}")

# Bidirectional overrides reorder what stands beside them; zero-width and control characters hide in names;
# lone surrogates cannot be sent at all. A joiner stays where it joins emoji.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
    "|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)


def clean(value: str) -> str:
    """`value` without characters that are not seen but change what is."""
    return value if value.isprintable() else UNSEEN.sub("", value)


def clip(value: str, most: int) -> str:
    """At most `most` characters, the last one an ellipsis where something was cut."""
    return value if len(value) <= most else value[: most - 1].rstrip() + ELLIPSIS


ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(value: str) -> Safe:
    """The three characters that start markup, as entities; cleaned first."""
    return Safe(clean(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def clip_escaped(value: str, most: int) -> Safe:
    """`value` escaped and at most `most` characters long, no entity cut in two."""
    # Cleaning a megabyte of which four thousand characters remain would be felt.
    near = value[: most * 4]
    safe = escape(near)
    if len(safe) <= most and len(near) == len(value):
        return safe
    room, kept = most - 1, []
    for character in clean(near)[:most]:
        piece = ENTITIES.get(character, character)
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return Safe("".join(kept) + ELLIPSIS)


def is_web(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not re.search(r"[\s<>|]", url)


def has_markup(value: Text) -> bool:
    """Whether plain text would lose something of it."""
    return any(
        isinstance(span, Link | ChannelRef)
        or (isinstance(span, Mention) and not span.quiet)
        or (isinstance(span, Words) and bool(marks_of(span)))
        for span in value.spans
    )


def shown(span: Span) -> str:
    """What stands there where markup is not drawn; a quiet mention is the name alone."""
    match span:
        case Mention():
            return clean(span.name)
        case ChannelRef():
            return f"#{clean(span.name)}"
        case _:
            return clean(span.text)


def shown_text(value: Text) -> str:
    return "".join(shown(span) for span in value.spans)


def marks_of(words: Words) -> list[str]:
    """The marks that can be drawn around the words, the innermost first: none of them may stand within, nor a new
    line, and there has to be something to mark."""
    if not (words.bold or words.italic or words.strike or words.code):
        return []
    core = words.text.strip()
    if not core or "\n" in core:
        return []
    styles = (("`", words.code), ("~", words.strike), ("_", words.italic), ("*", words.bold))
    return [mark for mark, wanted in styles if wanted and mark not in core]


def marked(words: Words) -> str:
    """Escaped words with their marks; spaces at their ends go outside."""
    marks = "".join(marks_of(words))
    if not marks:
        return escape(words.text)
    core = words.text.strip()
    before, _, after = words.text.partition(core)
    return f"{before}{marks[::-1]}{escape(core)}{marks}{after}"


def gap_between(before: str, span: Span, last: Span | None, after: str) -> str:
    """The space that Slack wants at the edge of a mark, where there is none yet."""
    is_edge = any(isinstance(one, Words) and marks_of(one) for one in (span, last))
    return " " if is_edge and before and after and not before[-1].isspace() and not after[0].isspace() else ""


def span_mrkdwn(span: Span) -> str:
    match span:
        case Mention() if not span.quiet and PERSON_ID.fullmatch(span.person_id):
            return f"<@{span.person_id}>"
        case ChannelRef() if CHANNEL_ID.fullmatch(span.channel_id):
            return f"<#{span.channel_id}>"
        case Link() if is_web(span.url):
            label = str(escape(span.text)).replace("|", "¦").replace("\n", " ")
            return f"<{escape(span.url)}|{label}>"
        case Words():
            return marked(span)
        case _:
            return escape(shown(span))


def text_mrkdwn(value: Text, most: int) -> Safe:
    """mrkdwn for the places that take no rich text; a span that does not fit whole is clipped to words."""
    kept, last = "", None
    for span in value.spans:
        piece = span_mrkdwn(span)
        gap = gap_between(kept, span, last, piece)
        room = most - len(kept) - len(gap)
        if len(piece) > room:
            kept += gap + clip_escaped(shown(span), room) if room > 1 else ""
            break
        kept += gap + piece
        last = span if piece else last
    return Safe(kept.strip(" "))
