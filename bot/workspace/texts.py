"""Marked-up text both ways: what a person types becomes mentions and links; what the app sends becomes words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from bot.workspace.records import Json
from bot.workspace.rosters import Roster

_TOKEN = re.compile(r"<([^<>\n]+)>")
_EDGE = r"[\s!\"#$%&'()+,\-./:;<=>?@\[\]^{|}*_~]"
_EMPHASIS = re.compile(rf"(?:(?<=^)|(?<={_EDGE}))([*_~`])(?=\S)([^\n]+?)(?<=\S)\1(?=$|{_EDGE})", re.MULTILINE)
_URL = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?，。；：！？）)]")
_BROADCAST = ("channel", "here", "everyone")
_WORD = "A-Za-z0-9_"


class Names(Protocol):
    """How ids are shown; the id itself when nobody bears it."""

    def person_name(self, person_id: str) -> str: ...

    def channel_name(self, channel_id: str) -> str: ...


class RosterNames:
    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def person_name(self, person_id: str) -> str:
        person = self._roster.person(person_id)
        return person.name if person else person_id

    def channel_name(self, channel_id: str) -> str:
        channel = self._roster.channel(channel_id)
        return channel.name if channel else channel_id


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _token_text(inside: str, names: Names) -> str:
    body, _, label = inside.partition("|")
    if body.startswith("@"):
        return "@" + names.person_name(body[1:])
    if body.startswith("#"):
        return "#" + names.channel_name(body[1:])
    if body.startswith("!date^"):
        return label or body
    if body.startswith("!subteam^"):
        return label or "@" + body.removeprefix("!subteam^")
    if body.startswith("!"):
        return "@" + body[1:]
    return label or body.removeprefix("mailto:")


def mrkdwn_text(text: str, names: Names) -> str:
    """mrkdwn as a reader reads it: names for ids, words for links, no marks where Slack would format."""
    shown = _TOKEN.sub(lambda found: _token_text(found[1], names), text)
    for _ in range(3):
        plainer = _EMPHASIS.sub(r"\2", shown)
        if plainer == shown:
            break
        shown = plainer
    return unescape(shown)


def markdown_text(text: str) -> str:
    """A markdown block without its commonest marks."""
    lines = [re.sub(r"^\s{0,3}#{1,6}\s+", "", line) for line in text.splitlines()]
    plain = re.sub(r"\[([^\]\n]+)\]\((?:[^)\n]+)\)", r"\1", "\n".join(lines))
    return re.sub(r"(\*\*|__|~~|`)(\S(?:[^\n]*?\S)?)\1", r"\2", plain)


class Typing:
    """What a person types, as Slack hands it on: `@Name` and `#channel` become mentions, the rest is inert."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def _mentions(self) -> dict[str, str]:
        known = {f"@{person.name}": f"<@{person.id}>" for person in self._roster.people(with_bot=True)}
        known |= {f"@{person.real_name}": f"<@{person.id}>" for person in self._roster.people()}
        known |= {f"#{c.name}": f"<#{c.id}|{c.name}>" for c in self._roster.channels() if not c.is_dm}
        known |= {f"<@{person.id}>": f"<@{person.id}>" for person in self._roster.people(with_bot=True)}
        known |= {f"<#{c.id}>": f"<#{c.id}|{c.name}>" for c in self._roster.channels() if not c.is_dm}
        return known | {f"@{word}": f"<!{word}>" for word in _BROADCAST}

    def _marked(self, text: str, known: dict[str, str], links: bool) -> str:
        names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        lookup = {name.lower(): marked for name, marked in known.items()}
        pattern = re.compile(rf"(?<![{_WORD}])(?:({names})(?![{_WORD}]))|({_URL.pattern})", re.IGNORECASE)
        out, done = [], 0
        for found in pattern.finditer(text):
            out.append(escape(text[done : found.start()]))
            link = f"<{escape(found[0])}>" if links else escape(found[0])
            out.append(lookup[found[1].lower()] if found[1] else link)
            done = found.end()
        return "".join([*out, escape(text[done:])])

    def message(self, text: str) -> str:
        return self._marked(text, self._mentions(), links=True)

    def command(self, text: str, *, should_escape: bool) -> str:
        """The text of a slash command: mentions as `<@U…|name>`, `<#C…|name>` only when the manifest asks so."""
        if not should_escape:
            return text
        named = {}
        for key, marked in self._mentions().items():
            if marked.startswith("<@"):
                person = self._roster.person(marked[2:-1])
                marked = f"{marked[:-1]}|{person.name if person else ''}>"
            named[key] = marked
        return self._marked(text, named, links=True)


def rich_text(text: str) -> list[Json]:
    """The rich_text block that Slack's client sends with a typed message."""
    elements: list[Json] = []
    done = 0
    for found in _TOKEN.finditer(text):
        _add_text(elements, text[done : found.start()])
        elements.append(_element(found[1]))
        done = found.end()
    _add_text(elements, text[done:])
    if not elements:
        return []
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


def _add_text(elements: list[Json], text: str) -> None:
    if text:
        elements.append({"type": "text", "text": unescape(text)})


def _element(inside: str) -> Json:
    body, _, label = inside.partition("|")
    makers: list[tuple[str, Callable[[str], Json]]] = [
        ("@", lambda rest: {"type": "user", "user_id": rest}),
        ("#", lambda rest: {"type": "channel", "channel_id": rest}),
        ("!", lambda rest: {"type": "broadcast", "range": rest}),
    ]
    for sign, make in makers:
        if body.startswith(sign):
            return make(body[1:])
    link: Json = {"type": "link", "url": unescape(body)}
    return {**link, "text": label} if label else link
