"""What people typed, out of Slack's escapes: mentions stay as `<@ID>` tokens, the rest is plain words."""

from __future__ import annotations

import re

TOKEN = re.compile(r"<(?P<body>[^<>]*)>")
SPACES = re.compile(r"[ \t\u3000]{2,}")


def read_words(raw: str, without: str = "") -> str:
    """`raw` as words; mentions of the person `without` (the bot) are taken out."""
    pieces: list[str] = []
    last = 0
    for match in TOKEN.finditer(raw):
        pieces.append(unescaped(raw[last : match.start()]))
        pieces.append(token_words(match["body"], without))
        last = match.end()
    pieces.append(unescaped(raw[last:]))
    return SPACES.sub(" ", "".join(pieces)).strip()


def unescaped(raw: str) -> str:
    """Entities as characters; a typed `<@` stays distinct from a mention."""
    plain = raw.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return plain.replace("<@", "＜@").replace("<#", "＜#")


def token_words(body: str, without: str) -> str:
    """The words for what stood between angle brackets."""
    target, _, label = body.partition("|")
    if target.startswith("@"):
        return "" if without and target[1:] == without else f"<{target}>"
    if target.startswith("#"):
        return f"<{target}>"
    if target.startswith("!"):
        return unescaped(label) or f"@{target[1:].partition('^')[0]}"
    if target.startswith("mailto:"):
        return unescaped(label) or unescaped(target.removeprefix("mailto:"))
    return unescaped(target)


def mentions(raw: str, person_id: str) -> bool:
    return bool(person_id) and re.search(rf"<@{re.escape(person_id)}(\|[^>]*)?>", raw) is not None
