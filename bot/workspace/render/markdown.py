"""markdown blocks and streamed text: CommonMark with tables, strikethrough and task lists, never raw HTML."""

import itertools
import re
from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

_TASK = re.compile(r"^\[([ xX])\] ")


def _is_web_link(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


class _Renderer(RendererHTML):
    """Links open apart and tell nothing; an image is a link to it, so nothing is fetched unasked."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        tokens[idx].attrSet("rel", "noreferrer noopener")
        tokens[idx].attrSet("target", "_blank")
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        url = str(tokens[idx].attrs.get("src", ""))
        label = tokens[idx].content or url
        return str(Markup('<a href="{}" target="_blank" rel="noreferrer noopener">🖼 {}</a>').format(url, label))


def _mark_tasks(tokens: Sequence[Token]) -> None:
    for before, token in itertools.pairwise(tokens):
        if token.type != "inline" or before.type != "paragraph_open" or not token.children:
            continue
        first = token.children[0]
        match = _TASK.match(first.content) if before.level >= 2 else None
        if match:
            first.content = ("☐ " if match[1] == " " else "☑ ") + first.content[match.end() :]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_web_link  # type: ignore[method-assign]
    parser.core.ruler.push("task_lists", lambda state: _mark_tasks(state.tokens))
    return parser


_PARSER = _parser()


def markdown(text: str) -> Markup:
    """A markdown string as HTML. Half-open marks stay text; the result is always well formed."""
    return Markup('<div class="rich markdown">{}</div>').format(Markup(_PARSER.render(text)))
