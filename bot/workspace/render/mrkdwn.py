"""Slack's mrkdwn as HTML.

Slack's word-boundary rule is kept, so `*粗体*` glued to Chinese shows its asterisks here too.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from bot.workspace.render.emoji import EMOJI
from bot.workspace.render.readers import Directory, Reader
from bot.workspace.render.times import fill_date

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_TOKENS = re.compile(
    r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|<(?P<control>[^<>\n]+)>|(?P<url>https?://[^\s<>|，。；、）】」]+)",
    re.DOTALL,
)
_EMOJI = re.compile(r":([a-z0-9_+'-]+):")
_EDGE = r"\s!-/:-@\[-`{-~" + _OPEN + _CLOSE
_MARKS = tuple(
    (re.compile(rf"(?:(?<=[{_EDGE}])|^){mark}(?!\s)([^\n]+?)(?<!\s){mark}(?=[{_EDGE}]|$)", re.MULTILINE), tag)
    for mark, tag in ((r"\*", "b"), ("_", "i"), ("~", "s"))
)
_BROADCASTS = ("channel", "here", "everyone")


def unescape(text: str) -> str:
    """Undoes Slack's three entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def link(url: str, label: str) -> Markup:
    """A link that tells the other side nothing; anything but http, https and mailto stays text."""
    if urlsplit(url).scheme not in ("http", "https", "mailto"):
        return escape(label)
    return Markup('<a href="{}" target="_blank" rel="noreferrer noopener">{}</a>').format(url, label)


def mention(user_id: str, directory: Directory, reader: Reader) -> Markup:
    """A mention that notifies: marked for everybody, more strongly for the one meant."""
    name = directory.person_name(user_id) or user_id
    kind = "mention mention-me" if user_id == reader.user_id else "mention"
    return Markup('<span class="{}" data-user="{}">@{}</span>').format(kind, user_id, name)


def broadcast(who: str) -> Markup:
    """`@channel` and its kin, in red: it rings for everyone."""
    return Markup('<span class="mention mention-all">@{}</span>').format(who)


def channel_mention(channel_id: str, fallback: str, directory: Directory) -> Markup:
    name = directory.channel_name(channel_id)
    if name is None:
        return Markup('<span class="mention">#{}</span>').format(fallback or channel_id)
    return Markup('<a class="mention" href="/c/{}" data-visit>#{}</a>').format(channel_id, name)


def date(seconds: str, template: str, fallback: str, reader: Reader) -> Markup:
    if not seconds.isdigit():
        return escape(fallback)
    at = datetime.fromtimestamp(int(seconds), UTC)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), fill_date(template, at, reader))


def _special(body: str, label: str, reader: Reader) -> Markup:
    name, _, rest = body.partition("^")
    if name in _BROADCASTS:
        return broadcast(name)
    if name == "date":
        seconds, _, template = rest.partition("^")
        return date(seconds, template.partition("^")[0], label, reader)
    if name == "subteam":
        return Markup('<span class="mention mention-all">{}</span>').format(label or f"@{rest}")
    return escape(label or f"<!{body}>")


def _control(body: str, directory: Directory, reader: Reader) -> Markup:
    target, _, label = body.partition("|")
    label = unescape(label)
    kinds: dict[str, Callable[[str], Markup]] = {
        "@": lambda rest: mention(rest, directory, reader),
        "#": lambda rest: channel_mention(rest, label, directory),
        "!": lambda rest: _special(rest, label, reader),
    }
    if draw := kinds.get(target[:1]):
        return draw(target[1:])
    url = unescape(target)
    return link(url, label or url) if ":" in url else escape(f"<{unescape(body)}>")


def _token(match: re.Match[str], directory: Directory, reader: Reader) -> Markup:
    if (block := match["block"]) is not None:
        return Markup("<pre><code>{}</code></pre>").format(unescape(block.strip("\n")))
    if (code := match["code"]) is not None:
        return Markup("<code>{}</code>").format(unescape(code))
    if (control := match["control"]) is not None:
        return _control(control, directory, reader)
    return link(unescape(match["url"]), unescape(match["url"]))


def _quotes(text: str) -> str:
    """Folds lines that begin with `>` into one quote, and other line ends into breaks."""
    parts: list[str] = []
    quoted: list[str] = []
    for line in [*text.split("\n"), None]:
        if line is not None and line.startswith("&gt;"):
            quoted.append(line[4:].removeprefix(" "))
            continue
        if quoted:
            parts.append("<blockquote>" + "<br>".join(quoted) + "</blockquote>")
            quoted = []
        if line is not None:
            parts.append(line + "<br>")
    return "".join(parts).removesuffix("<br>")


def with_emoji(text: str) -> str:
    """Replaces `:name:` of known emoji."""
    return _EMOJI.sub(lambda match: EMOJI.get(match[1], match[0]), text)


def mrkdwn(text: str, directory: Directory, reader: Reader) -> Markup:
    """A mrkdwn string as HTML: code, links and mentions first, then `*` `_` `~`, quotes and emoji."""
    slots: list[Markup] = []

    def keep(match: re.Match[str]) -> str:
        slots.append(_token(match, directory, reader))
        return f"{_OPEN}{len(slots) - 1}{_CLOSE}"

    bare = text.replace(_OPEN, "").replace(_CLOSE, "")
    marked = str(escape(unescape(_TOKENS.sub(keep, bare))))
    for pattern, tag in _MARKS:
        marked = pattern.sub(rf"<{tag}>\1</{tag}>", marked)
    drawn = _quotes(with_emoji(marked))
    return Markup(_SLOT.sub(lambda match: str(slots[int(match[1])]), drawn))


def plain(text: str, *, emoji: bool = True) -> Markup:
    """A plain_text string: escaped, line ends kept, emoji names drawn unless switched off."""
    shown = with_emoji(text) if emoji else text
    return Markup("<br>").join(shown.split("\n"))
