"""The neutral vocabulary of cards and forms; only the platforms' renderers know how they are drawn.

Every part has a form that a poorer platform can show: a Table degrades to fields and then to a file, a Chart
to its table, a Form to a card with inputs. `plain_card` is the text that notifications and search read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from handlers.core.text import NOTHING, Text

Style = Literal["default", "primary", "danger"]
Value = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Confirm:
    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Button:
    """`action` is `feature.verb`; `value` names record, version and the wanted state: never secret, never trusted."""

    label: str
    action: str
    value: Value = field(default_factory=dict)
    style: Style = "default"
    confirm: Confirm | None = None
    url: str = ""
    spoken: str = ""
    """What a screen reader says when the label alone is not enough ("Done: check the coupons")."""
    kind: Literal["button"] = "button"


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """A choice that acts at once; `of` is what is chosen from."""

    label: str
    action: str
    of: Literal["option", "person", "date", "time", "search"] = "option"
    options: tuple[Option, ...] = ()
    chosen: str = ""
    value: Value = field(default_factory=dict)
    kind: Literal["select"] = "select"


Control = Button | Select


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Text
    small: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Fields:
    """Label and value pairs, two columns where there is room."""

    pairs: tuple[tuple[str, Text], ...]
    kind: Literal["fields"] = "fields"


Marker = Literal["open", "done", "late", "critical", "none"]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: a marker, a text, a smaller line under it, and at most one control at its end."""

    text: Text
    marker: Marker = "none"
    detail: Text = NOTHING
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class Items:
    rows: tuple[Item, ...]
    kind: Literal["items"] = "items"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total`, drawn as a bar with its figures; `label` is what follows them."""

    done: int
    total: int
    label: str
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over shared categories; the same numbers stand in its table form."""

    shape: Literal["bar", "line", "area"]
    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    x_label: str = ""
    y_label: str = ""
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True, slots=True)
class Image:
    blob_id: int
    alt: str
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class Actions:
    controls: tuple[Control, ...]
    kind: Literal["actions"] = "actions"


@dataclass(frozen=True, slots=True)
class Divider:
    kind: Literal["divider"] = "divider"


Block = Paragraph | Heading | Fields | Items | Progress | Table | Chart | Image | Actions | Divider


@dataclass(frozen=True, slots=True)
class Card:
    """What one message shows. `title` is its heading and the first line of its plain form."""

    title: str
    blocks: tuple[Block, ...] = ()
    summary: str = ""
    """One line for notifications; the title when empty."""


@dataclass(frozen=True, slots=True)
class TextInput:
    key: str
    label: str
    value: str = ""
    hint: str = ""
    placeholder: str = ""
    lines: Literal["one", "many"] = "one"
    max_length: int = 0
    optional: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class NumberInput:
    key: str
    label: str
    value: str = ""
    hint: str = ""
    decimals: bool = False
    optional: bool = False
    kind: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class ChoiceInput:
    key: str
    label: str
    options: tuple[Option, ...]
    value: tuple[str, ...] = ()
    many: bool = False
    hint: str = ""
    optional: bool = False
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True)
class SearchInput:
    """Options come from the form's `search` as the person types."""

    key: str
    label: str
    value: tuple[Option, ...] = ()
    many: bool = False
    hint: str = ""
    optional: bool = False
    kind: Literal["search"] = "search"


@dataclass(frozen=True, slots=True)
class PersonInput:
    key: str
    label: str
    value: tuple[str, ...] = ()
    many: bool = False
    hint: str = ""
    optional: bool = False
    kind: Literal["person"] = "person"


@dataclass(frozen=True, slots=True)
class DateInput:
    """`value` is ISO (2026-11-22)."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    kind: Literal["date"] = "date"


@dataclass(frozen=True, slots=True)
class TimeInput:
    """`value` is HH:MM, 24 hours."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    kind: Literal["time"] = "time"


@dataclass(frozen=True, slots=True)
class FileInput:
    key: str
    label: str
    hint: str = ""
    optional: bool = False
    kind: Literal["file"] = "file"


Input = TextInput | NumberInput | ChoiceInput | SearchInput | PersonInput | DateInput | TimeInput | FileInput


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog: blocks and inputs in order. Without inputs it is a reader's own view and has no submit button.

    `name` is the form's id in its feature; `args` reopen the same form (they ride along, at most 2,000 characters
    of JSON) and are handed back with the submission.
    """

    name: str
    title: str
    body: tuple[Block | Input, ...]
    submit: str = ""
    args: Value = field(default_factory=dict)
    tell_when_closed: bool = False

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(part for part in self.body if isinstance(part, Input))


def plain_block(block: Block) -> list[str]:
    """The lines of a block without its controls."""
    match block:
        case Paragraph():
            return block.text.plain.split("\n")
        case Heading():
            return [block.text]
        case Fields():
            return [f"{label}: {value.plain}" for label, value in block.pairs]
        case Items():
            return [line for row in block.rows for line in plain_item(row)]
        case Progress():
            return [f"{block.done}/{block.total} · {block.label}"]
        case Table():
            return [block.caption, *(" · ".join(row) for row in (block.columns, *block.rows))]
        case Chart():
            return [
                block.title,
                *(plain_series(name, values, block.categories) for name, values in block.series),
            ]
        case Image():
            return [block.alt]
        case Actions() | Divider():
            return []


MARKS: Mapping[Marker, str] = {"open": "○ ", "done": "✓ ", "late": "⚠ ", "critical": "❗ ", "none": ""}


def plain_item(row: Item) -> list[str]:
    first = f"{MARKS[row.marker]}{row.text.plain}"
    return [first, f"  {row.detail.plain}"] if row.detail else [first]


def plain_series(name: str, values: tuple[float, ...], categories: tuple[str, ...]) -> str:
    points = ", ".join(f"{category} {value:g}" for category, value in zip(categories, values, strict=True))
    return f"{name}: {points}"


def plain_card(card: Card) -> str:
    """The whole card as text: title, then every block, a line each; controls are left out."""
    lines = [card.title] if card.title else []
    for block in card.blocks:
        lines.extend(plain_block(block))
    return "\n".join(line for line in lines if line)
