"""rich_text blocks as HTML: sections, lists, quotes, preformatted text and every inline kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from bot.workspace.render.emoji import glyph
from bot.workspace.render.mrkdwn import broadcast, channel_mention, date, link, mention, plain
from bot.workspace.render.readers import Directory, Reader

Node = Mapping[str, Any]

_STYLES = (("code", "code"), ("bold", "b"), ("italic", "i"), ("strike", "s"), ("underline", "u"))
_COLOR_DIGITS = frozenset("0123456789abcdefABCDEF#")


def _styled(content: Markup, node: Node) -> Markup:
    style = node.get("style") or {}
    for key, tag in _STYLES:
        if style.get(key):
            content = Markup(f"<{tag}>{{}}</{tag}>").format(content)
    return content


def _emoji(node: Node) -> Markup:
    if code := node.get("unicode"):
        return escape("".join(chr(int(part, 16)) for part in str(code).split("-")))
    return escape(glyph(str(node.get("name", ""))))


def _color(node: Node) -> Markup:
    value = str(node.get("value", ""))
    if not value or not set(value) <= _COLOR_DIGITS:
        return escape(value)
    swatch = Markup('<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" ')
    return swatch + Markup('rx="2" fill="{}"/></svg>{}').format(value, value)


class RichText:
    """Draws rich_text for one reader."""

    def __init__(self, directory: Directory, reader: Reader) -> None:
        self._inline: dict[str, Callable[[Node], Markup]] = {
            "text": lambda node: plain(str(node.get("text", "")), emoji=False),
            "link": lambda node: link(str(node.get("url", "")), str(node.get("text") or node.get("url", ""))),
            "user": lambda node: mention(str(node.get("user_id", "")), directory, reader),
            "channel": lambda node: channel_mention(str(node.get("channel_id", "")), "", directory),
            "usergroup": lambda node: broadcast(str(node.get("usergroup_id", ""))),
            "broadcast": lambda node: broadcast(str(node.get("range", ""))),
            "emoji": _emoji,
            "date": lambda node: date(
                str(node.get("timestamp", "")), str(node.get("format", "")), str(node.get("fallback", "")), reader
            ),
            "color": _color,
            "team": lambda node: escape(str(node.get("team_id", ""))),
        }
        self._kinds: dict[str, Callable[[Node], Markup]] = {
            "rich_text_section": lambda node: Markup("<p>{}</p>").format(self.inline(node)),
            "rich_text_quote": lambda node: Markup("<blockquote>{}</blockquote>").format(self.inline(node)),
            "rich_text_preformatted": lambda node: Markup("<pre><code>{}</code></pre>").format(self.inline(node)),
            "rich_text_list": self._list,
        }

    def draw(self, block: Node) -> Markup:
        """The whole block; consecutive lists nest by their indent through a class."""
        drawn = Markup("").join(self._element(element) for element in block.get("elements") or [])
        return Markup('<div class="rich">{}</div>').format(drawn)

    def inline(self, node: Node) -> Markup:
        """The inline elements of one section."""
        children: Sequence[Node] = node.get("elements") or []
        return Markup("").join(self._inline_element(child) for child in children)

    def _element(self, node: Node) -> Markup:
        kind = str(node.get("type", ""))
        draw = self._kinds.get(kind)
        return draw(node) if draw else Markup('<p class="unknown">[{}]</p>').format(kind)

    def _inline_element(self, node: Node) -> Markup:
        kind = str(node.get("type", ""))
        draw = self._inline.get(kind)
        return _styled(draw(node), node) if draw else Markup('<span class="unknown">[{}]</span>').format(kind)

    def _list(self, node: Node) -> Markup:
        tag = "ol" if node.get("style") == "ordered" else "ul"
        indent = min(int(node.get("indent") or 0), 8)
        start = Markup(' start="{}"').format(int(node.get("offset") or 0) + 1) if tag == "ol" else Markup("")
        bordered = " bordered" if node.get("border") else ""
        items = Markup("").join(Markup("<li>{}</li>").format(self.inline(item)) for item in node.get("elements") or [])
        return Markup('<{0} class="indent-{1}{2}"{3}>{4}</{0}>').format(Markup(tag), indent, bordered, start, items)
