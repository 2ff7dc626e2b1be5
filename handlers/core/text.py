"""Rich text as data: spans, never markup, so that nothing a person typed can turn into a mention or a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """Literal characters with an optional style."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Mention:
    """A person; `name` is what stands where mentions are not drawn (plain text, quiet mentions)."""

    person_id: str
    name: str
    quiet: bool = True
    kind: Literal["mention"] = "mention"


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel, drawn as a link to it."""

    channel_id: str
    name: str
    kind: Literal["channel"] = "channel"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the product made (never one that a person typed); http or https only."""

    url: str
    text: str
    kind: Literal["link"] = "link"


Span = Words | Mention | ChannelRef | Link


@dataclass(frozen=True, slots=True)
class Text:
    """A run of spans on one or more lines ("\\n" inside Words breaks the line)."""

    spans: tuple[Span, ...] = ()

    @property
    def plain(self) -> str:
        """The text as a screen reader, a notification or a search sees it."""
        return "".join(plain_span(span) for span in self.spans)

    def __add__(self, other: Text | Span | str) -> Text:
        return Text(self.spans + text(other).spans)

    def __bool__(self) -> bool:
        return any(plain_span(span) for span in self.spans)


NOTHING = Text()


def plain_span(span: Span) -> str:
    match span:
        case Mention():
            return f"@{span.name}"
        case ChannelRef():
            return f"#{span.name}"
        case _:
            return span.text


def text(value: Text | Span | str) -> Text:
    """Anything text-like as Text."""
    if isinstance(value, str):
        return plain_words(value)
    return value if isinstance(value, Text) else Text((value,))


@lru_cache(4096)
def plain_words(value: str) -> Text:
    """The same few sentences and titles are drawn again and again."""
    return Text((Words(value),))


def bold(value: str) -> Text:
    return Text((Words(value, bold=True),))


def strike(value: str) -> Text:
    return Text((Words(value, strike=True),))


def code(value: str) -> Text:
    return Text((Words(value, code=True),))


def join(parts: Iterable[Text | Span | str], separator: str = "") -> Text:
    """The parts one after the other, `separator` between them."""
    spans: list[Span] = []
    for index, part in enumerate(parts):
        if index and separator:
            spans.append(Words(separator))
        spans.extend(text(part).spans)
    return Text(tuple(spans))
