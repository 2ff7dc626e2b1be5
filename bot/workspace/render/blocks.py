"""Block Kit blocks as HTML, through the macros of `templates/blocks.html`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup

from bot.workspace.render.charts import Chart, chart_of
from bot.workspace.render.markdown import markdown
from bot.workspace.render.mrkdwn import mrkdwn, plain
from bot.workspace.render.readers import Choice, Directory, Reader
from bot.workspace.render.rich_text import RichText

Block = Mapping[str, Any]

_MACROS = frozenset(
    {
        "section",
        "header",
        "divider",
        "context",
        "actions",
        "input",
        "image",
        "rich_text",
        "markdown",
        "table",
        "data_table",
        "data_visualization",
        "alert",
    }
)
_ELEMENTS = {
    "button": "button",
    "static_select": "select",
    "users_select": "select",
    "conversations_select": "select",
    "channels_select": "select",
    "multi_static_select": "multi_select",
    "multi_users_select": "multi_select",
    "multi_conversations_select": "multi_select",
    "multi_channels_select": "multi_select",
    "multi_external_select": "external_select",
    "external_select": "external_select",
    "overflow": "overflow",
    "datepicker": "picker",
    "timepicker": "picker",
    "datetimepicker": "picker",
    "checkboxes": "checks",
    "radio_buttons": "checks",
    "plain_text_input": "text_input",
    "email_text_input": "text_input",
    "url_text_input": "text_input",
    "number_input": "text_input",
    "rich_text_input": "text_input",
    "file_input": "file_input",
    "image": "image",
}


class Blocks:
    """Draws blocks for one reader on one surface: `message`, `modal` or `home`.

    `scope` makes the ids of one drawing unique in the document.
    """

    def __init__(
        self, environment: Environment, directory: Directory, reader: Reader, surface: str, scope: str
    ) -> None:
        self.reader = reader
        self.directory = directory
        self.surface = surface
        self._scope = scope
        self._drawn = 0
        self._rich = RichText(directory, reader)
        self._blocks: Any = environment.get_template("blocks.html").module
        self._elements: Any = environment.get_template("elements.html").module

    def draw(self, blocks: Sequence[Block]) -> Markup:
        """All blocks in order; what the page does not know is a visible grey line."""
        return Markup("").join(self.block(block) for block in blocks)

    def block(self, block: Block) -> Markup:
        kind = str(block.get("type", ""))
        macro = getattr(self._blocks, f"draw_{kind}" if kind in _MACROS else "draw_unknown")
        return Markup(macro(self, block))

    def element(self, element: Block, block_id: str, label: str = "") -> Markup:
        """One control; `label` is the block's label when the control has no words of its own."""
        macro = _ELEMENTS.get(str(element.get("type", "")), "unknown")
        drawn = getattr(self._elements, f"draw_{macro}")(self, element, block_id, label)
        return Markup(drawn)

    def text(self, node: Block | None) -> Markup:
        """A text object; None draws nothing."""
        if not node:
            return Markup("")
        if node.get("type") == "mrkdwn":
            return mrkdwn(str(node.get("text", "")), self.directory, self.reader)
        return plain(str(node.get("text", "")), emoji=node.get("emoji", True) is not False)

    def rich_text(self, block: Block) -> Markup:
        return self._rich.draw(block)

    def markdown(self, text: str) -> Markup:
        return markdown(text)

    def cell(self, cell: Block) -> Markup:
        """One cell of a table: raw_text, raw_number or rich_text."""
        if cell.get("type") == "rich_text":
            return self._rich.draw(cell)
        return plain(str(cell.get("text", cell.get("value", ""))), emoji=False)

    def chart(self, block: Block) -> Chart | None:
        """The chart's geometry; None when its data cannot be drawn."""
        try:
            return chart_of(block)
        except (KeyError, TypeError, ValueError):
            return None

    def choices(self, element: Block) -> Sequence[Choice]:
        """The entries of a people, channel or conversation select."""
        if "users" in str(element.get("type", "")):
            return self.directory.people()
        return self.directory.channels()

    def local_wall(self, element: Block) -> str:
        """The initial value of a date, time or instant picker, as its native control takes it."""
        if seconds := element.get("initial_date_time"):
            return datetime.fromtimestamp(int(seconds), self.reader.zone).strftime("%Y-%m-%dT%H:%M")
        return str(element.get("initial_date") or element.get("initial_time") or "")

    def initial_text(self, element: Block) -> str:
        """What stands in a text input at first; rich text is reduced to its words."""
        value = element.get("initial_value")
        if isinstance(value, Mapping):
            return Markup(self._rich.draw(value)).striptags()
        return "" if value is None else str(value)

    def our_path(self, url: str) -> str:
        """The path of an image that the workspace itself serves; empty for any other, which is not fetched."""
        parts = urlsplit(url)
        is_local = parts.hostname in (None, "127.0.0.1", "localhost") and not (parts.netloc and not parts.scheme)
        return parts.path if is_local and parts.path.startswith("/files/") else ""

    def is_web(self, url: str) -> bool:
        return url.startswith(("https://", "http://"))

    def fresh_id(self) -> str:
        """An element id that no other drawing of this document uses."""
        self._drawn += 1
        return f"{self._scope}-{self._drawn}"
