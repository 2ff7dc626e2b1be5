"""Every rule of the linter has a case that breaks it, and nothing else."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.platforms.slack import limits
from bot.platforms.slack.linter import lint_message, lint_view

Json = dict[str, Any]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**changes: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "a.b", **changes}


def option(**changes: Any) -> Json:
    return {"text": plain(), "value": "v", **changes}


def select(**changes: Any) -> Json:
    return {"type": "static_select", "action_id": "a.s", "options": [option()], **changes}


def section(**changes: Any) -> Json:
    return {"type": "section", "text": plain(), **changes}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def entry(**changes: Any) -> Json:
    """An input block."""
    element = {"type": "plain_text_input", "action_id": "in"}
    return {"type": "input", "block_id": "k", "label": plain(), "element": element, **changes}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def table(rows: int = 2, columns: int = 2, text: str = "x", **changes: Any) -> Json:
    return {"type": "table", "rows": [[cell(text)] * columns] * rows, **changes}


def data_table(rows: int = 2, text: str = "x", **changes: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [[cell(text)]] * rows, **changes}


def chart(kind: str = "bar", **changes: Any) -> Json:
    series = [{"name": "GMV", "data": [{"label": "Mon", "value": 1}]}]
    inner = {"type": kind, "series": series, "axis_config": {"categories": ["Mon"]}, **changes}
    return {"type": "data_visualization", "title": "t", "chart": inner}


def pie(**segment: Any) -> Json:
    chart = {"type": "pie", "segments": [{"label": "a", "value": 1, **segment}]}
    return {"type": "data_visualization", "title": "t", "chart": chart}


def asking(**changes: Any) -> Json:
    return section(accessory=button(confirm=confirm(**changes)))


def choosing(**changes: Any) -> Json:
    return actions(select(options=[option(**changes)]))


def series(name: str = "a", value: float = 1) -> Json:
    return {"name": name, "data": [{"label": "Mon", "value": value}]}


def confirm(**changes: Any) -> Json:
    return {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain(), **changes}


def message(*blocks: Json, **changes: Any) -> Json:
    return {"text": "x", "blocks": list(blocks), **changes}


def modal(*blocks: Json, **changes: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": list(blocks or [section()]), **changes}


def long(most: int) -> str:
    return "x" * (most + 1)


SOUND_BLOCKS = [
    section(),
    section(text=mrkdwn(), accessory=button(value="v", style="danger", confirm=confirm(), accessibility_label="l")),
    section(text=plain(), accessory=select(initial_option=option())),
    {"type": "section", "fields": [mrkdwn()] * 10},
    {"type": "header", "text": plain()},
    {"type": "divider"},
    {"type": "context", "elements": [plain(), mrkdwn()]},
    actions(button(), button(action_id="a.c"), {"type": "users_select", "action_id": "a.u"}),
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "alt"},
    rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "U1"}),
    {"type": "markdown", "text": "**x**"},
    table(100, 20, " "),
    data_table(101),
    chart("line"),
    pie(),
]


@pytest.mark.parametrize("block", SOUND_BLOCKS, ids=lambda block: block["type"])
def test_sound_blocks_have_no_fault(block: Json) -> None:
    assert lint_message(message(block)) == []


def test_a_sound_view_has_no_fault() -> None:
    view = modal(entry(), section(), submit=plain(), close=plain(), private_metadata="{}", notify_on_close=True)
    assert lint_view(view) == []
    assert lint_view({"type": "home", "blocks": [section(), table()]}) == []


@pytest.mark.parametrize(
    ("code", "pointer", "block"),
    [
        ("unknown_type", "/blocks/0", {"type": "sektion"}),
        ("wrong_type", "/blocks/0", "section"),
        ("unknown_field", "/blocks/0/colour", section(colour="red")),
        ("missing", "/blocks/0", {"type": "section"}),
        ("missing", "/blocks/0/text", {"type": "header"}),
        ("missing", "/blocks/0", {"type": "image", "alt_text": "x"}),
        ("wrong_type", "/blocks/0/text/text", section(text={"type": "plain_text", "text": 3})),
        ("wrong_type", "/blocks/0/expand", section(expand="yes")),
        ("wrong_type", "/blocks/0/elements", {"type": "actions", "elements": {}}),
        ("not_a_choice", "/blocks/0/elements/0/style", actions(button(style="loud"))),
        ("misplaced", "/blocks/0/elements/0", actions({"type": "plain_text_input"})),
        ("misplaced", "/blocks/0/accessory", section(accessory={"type": "datetimepicker"})),
        ("plain_text_only", "/blocks/0/text", {"type": "header", "text": mrkdwn()}),
        ("plain_text_only", "/blocks/0/elements/0/text", actions(button(text=mrkdwn()))),
        ("empty", "/blocks/0/text/text", section(text=mrkdwn(""))),
        ("empty", "/blocks/0/text/text", section(text=plain(""))),
        ("empty", "/blocks/0/elements/0/elements/0/text", rich({"type": "text", "text": ""})),
        ("empty", "/blocks/0/rows/0/0/text", {"type": "table", "rows": [[cell("")]]}),
        ("too_few", "/blocks/0/elements", actions()),
        ("too_few", "/blocks/0/elements/0/options", actions(select(options=[]))),
        ("missing", "/blocks/0/elements/0", actions({"type": "static_select", "action_id": "a"})),
        ("too_long", "/blocks/0/text/text", section(text=plain(long(limits.SECTION_TEXT)))),
        ("too_long", "/blocks/0/text/text", {"type": "header", "text": plain(long(limits.HEADER_TEXT))}),
        ("too_long", "/blocks/0/block_id", section(block_id=long(limits.BLOCK_ID))),
        ("too_long", "/blocks/0/fields/0/text", {"type": "section", "fields": [plain(long(limits.FIELD_TEXT))]}),
        ("too_many", "/blocks/0/fields", {"type": "section", "fields": [plain()] * 11}),
        ("too_many", "/blocks/0/elements", {"type": "context", "elements": [plain()] * 11}),
        ("too_many", "/blocks/0/elements", actions(*(button(action_id=f"a{n}") for n in range(26)))),
        ("too_long", "/blocks/0/elements/0/text/text", actions(button(text=plain(long(limits.BUTTON_TEXT))))),
        ("too_long", "/blocks/0/elements/0/value", actions(button(value=long(limits.BUTTON_VALUE)))),
        ("too_long", "/blocks/0/elements/0/url", actions(button(url=long(limits.URL)))),
        ("too_long", "/blocks/0/elements/0/action_id", actions(button(action_id=long(limits.ACTION_ID)))),
        ("too_long", "/blocks/0/elements/0/accessibility_label", actions(button(accessibility_label=long(75)))),
        ("too_long", "/blocks/0/elements/0/placeholder/text", actions(select(placeholder=plain(long(150))))),
        ("too_many", "/blocks/0/elements/0/options", actions(select(options=[option()] * 101))),
        ("too_long", "/blocks/0/elements/0/options/0/text/text", choosing(text=plain(long(75)))),
        ("too_long", "/blocks/0/elements/0/options/0/value", choosing(value=long(150))),
        (
            "too_long",
            "/blocks/0/elements/0/options/0/description/text",
            choosing(description=plain(long(75))),
        ),
        ("initial_unknown", "/blocks/0/elements/0/initial_option", actions(select(initial_option=option(value="w")))),
        ("too_many", "/blocks/0/elements/0/options", actions({"type": "overflow", "options": [option()] * 6})),
        ("too_many", "/blocks/0/elements/0/options", actions({"type": "checkboxes", "options": [option()] * 11})),
        ("too_long", "/blocks/0/accessory/confirm/title/text", asking(title=plain(long(100)))),
        ("too_long", "/blocks/0/accessory/confirm/text/text", asking(text=plain(long(300)))),
        ("too_long", "/blocks/0/accessory/confirm/deny/text", asking(deny=plain(long(30)))),
        ("too_long", "/blocks/0/label/text", entry(label=plain(long(limits.INPUT_LABEL)))),
        ("too_long", "/blocks/0/hint/text", entry(hint=plain(long(limits.INPUT_HINT)))),
        ("too_long", "/blocks/0/alt_text", {"type": "image", "image_url": "https://x", "alt_text": long(2000)}),
        ("too_many", "/blocks/0/rows", table(101)),
        ("too_many", "/blocks/0/rows/0", table(1, 21)),
        ("ragged", "/blocks/0/rows", {"type": "table", "rows": [[cell()], [cell(), cell()]]}),
        ("too_few", "/blocks/0/rows", data_table(1)),
        ("too_many", "/blocks/0/rows", data_table(102)),
        ("missing", "/blocks/0/caption", {"type": "data_table", "rows": [[cell()]] * 2}),
        ("out_of_range", "/blocks/0/page_size", data_table(page_size=101)),
        ("plain_text_only", "/blocks/0/rows/0/0", {**data_table(), "rows": [[rich()], [cell()]]}),
        ("too_many", "/blocks/0/chart/axis_config/categories", chart(axis_config={"categories": ["c"] * 21})),
        ("points_differ", "/blocks/0/chart/series/0/data", chart(axis_config={"categories": ["Tue"]})),
        ("duplicate_series", "/blocks/0/chart/series", chart(series=[series(), series()])),
        ("too_many", "/blocks/0/chart/series", chart(series=[series(f"s{n}") for n in range(7)])),
        ("wrong_type", "/blocks/0/chart/series/0/data/0/value", chart(series=[series(value=math.nan)])),
        ("too_long", "/blocks/0/title", {**chart(), "title": long(50)}),
        ("too_long", "/blocks/0/chart/segments/0/label", pie(label=long(20))),
        ("out_of_range", "/blocks/0/chart/segments/0/value", pie(value=0)),
        ("surface", "/blocks/0", {"type": "alert", "text": plain()}),
        ("lone_pending", "/blocks/0/status", {"type": "task_card", "task_id": "t", "title": "t", "status": "pending"}),
        ("surface", "/blocks/0/element", entry(element={"type": "file_input", "action_id": "in"})),
        ("duplicate_action_id", "/blocks/0/elements", actions(button(), button())),
    ],
)  # fmt: skip
def test_a_block_out_of_bounds_is_found(code: str, pointer: str, block: Any) -> None:
    faults = lint_message(message(block))
    assert (code, pointer) in {(fault.code, fault.pointer) for fault in faults}
    assert all(fault.level == "error" for fault in faults)


@pytest.mark.parametrize(
    ("code", "level", "payload"),
    [
        ("no_text", "error", {"blocks": []}),
        ("no_fallback_text", "warn", {"blocks": [section()]}),
        ("too_long", "error", {"text": long(limits.MESSAGE_TEXT)}),
        ("text_long", "warn", {"text": long(limits.MESSAGE_TEXT_ADVISED)}),
        ("too_many", "error", message(*[section()] * 51)),
        ("duplicate_block_id", "error", message(section(block_id="a"), section(block_id="a"))),
        ("too_many_tables", "error", message(table(), table())),
        ("too_many_charts", "error", message(chart(), chart(), chart())),
        ("total_too_long", "error", message(table(100, 20, "x" * 6))),
        ("total_too_long", "error", message(data_table(text="x" * 9_000), data_table(text="x" * 9_000))),
        ("total_too_long", "error", message(*[{"type": "markdown", "text": "x" * 7_000}] * 2)),
        ("blocks_long", "warn", message(*[section(text=plain("x" * 2_900))] * 4)),
        ("blocks_too_long", "error", message(*[section(text=plain("x" * 2_900))] * 5)),
    ],
)
def test_a_message_out_of_bounds_is_found(code: str, level: str, payload: Json) -> None:
    assert (code, level) in {(fault.code, fault.level) for fault in lint_message(payload)}


@pytest.mark.parametrize(
    ("code", "pointer", "view"),
    [
        ("unknown_type", "/type", {"type": "dialog"}),
        ("missing", "/title", {"type": "modal", "blocks": [section()]}),
        ("too_long", "/title/text", modal(title=plain(long(limits.VIEW_TITLE)))),
        ("too_long", "/submit/text", modal(submit=plain(long(limits.VIEW_BUTTON)))),
        ("too_long", "/close/text", modal(close=plain(long(limits.VIEW_BUTTON)))),
        ("too_long", "/private_metadata", modal(private_metadata=long(limits.VIEW_METADATA))),
        ("too_long", "/callback_id", modal(callback_id=long(limits.CALLBACK_ID))),
        ("too_long", "/external_id", modal(external_id=long(limits.CALLBACK_ID))),
        ("too_many", "/blocks", modal(*[section()] * 101)),
        ("too_few", "/blocks", {"type": "modal", "title": plain(), "blocks": []}),
        ("no_submit", "/submit", modal(entry())),
        ("surface", "/blocks/0", modal(table())),
        ("surface", "/blocks/0", modal({"type": "markdown", "text": "x"})),
        ("surface", "/blocks/0", {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]}),
        ("unknown_field", "/title", {"type": "home", "title": plain(), "blocks": []}),
        ("duplicate_block_id", "/blocks/1/block_id", modal(entry(), entry(), submit=plain())),
        ("view_too_large", "", modal(*[section(text=plain("x" * 2_990))] * 90)),
    ],
)
def test_a_view_out_of_bounds_is_found(code: str, pointer: str, view: Json) -> None:
    assert (code, pointer) in {(fault.code, fault.pointer) for fault in lint_view(view)}


@pytest.mark.parametrize(
    "block",
    [
        section(text=plain(long(limits.SECTION_TEXT))),
        {"type": "header", "text": plain(long(limits.HEADER_TEXT))},
        {"type": "context", "elements": [plain()] * 11},
        actions(*(button(action_id=f"a{n}") for n in range(26))),
        {"type": "section", "fields": [plain()] * 11},
        section(block_id=long(limits.BLOCK_ID)),
    ],
    ids=str,
)
def test_what_slacks_own_models_refuse_the_linter_refuses(block: Json) -> None:
    parsed = Block.parse(copy.deepcopy(block))
    assert parsed is not None
    with pytest.raises(SlackObjectFormationError):
        parsed.validate_json()
    assert any(fault.level == "error" for fault in lint_message(message(block)))


MUTATIONS: list[Any] = [None, 0, "", [], [None], {"type": []}]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=repr)
def test_the_linter_itself_never_breaks(mutation: Any) -> None:
    """Whatever stands at whatever place of a payload, the answer is a list of faults."""
    for payload in (message(*SOUND_BLOCKS[:12]), modal(entry(), submit=plain())):
        lint = lint_view if payload.get("type") == "modal" else lint_message
        for path in paths(payload):
            broken = copy.deepcopy(payload)
            put(broken, path, mutation)
            assert isinstance(lint(broken), list)


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [at] if at else []
    for key, value in pairs:
        found += paths(value, (*at, key)) if not (isinstance(node, list) and key > 2) else []
    return found


def put(node: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
