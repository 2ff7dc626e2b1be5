"""Block Kit as data: which fields every block and view has, and how much fits into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.platforms.slack import limits
from bot.platforms.slack.element_shapes import ELEMENTS, IN_ACTIONS, IN_INPUT, IN_SECTION
from bot.platforms.slack.rules import (
    Check,
    Fault,
    any_text,
    anything,
    by_type,
    choice,
    flag,
    listing,
    number,
    one_of,
    plain,
    shape,
    string,
)

STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), flag))
INLINE: dict[str, Check] = {
    "text": shape({"text": string(limits.MESSAGE_TEXT)}, {"style": STYLE}),
    "link": shape(
        {"url": string(limits.URL)}, {"text": string(limits.MESSAGE_TEXT, 0), "style": STYLE, "unsafe": flag}
    ),
    "user": shape({"user_id": string(255)}, {"style": STYLE}),
    "usergroup": shape({"usergroup_id": string(255)}, {"style": STYLE}),
    "channel": shape({"channel_id": string(255)}, {"style": STYLE}),
    "emoji": shape({"name": string(255)}, {"unicode": string(255), "skin_tone": number(1, 6), "style": STYLE}),
    "broadcast": shape({"range": choice("here", "channel", "everyone")}),
    "date": shape(
        {"timestamp": number(0), "format": string(255)},
        {"url": string(limits.URL), "fallback": string(255), "style": STYLE},
    ),
    "color": shape({"value": string(7)}),
    "team": shape({"team_id": string(255)}, {"style": STYLE}),
}
INLINES = listing(by_type(INLINE), 10_000, 0)
RUN = shape({"elements": INLINES})
RICH: dict[str, Check] = {
    "rich_text_section": RUN,
    "rich_text_list": shape(
        {
            "elements": listing(by_type({"rich_text_section": RUN}), 10_000, 0),
            "style": choice("bullet", "ordered"),
        },
        {"indent": number(0, 8), "offset": number(0), "border": number(0, 1)},
    ),
    "rich_text_preformatted": shape(
        {"elements": listing(by_type(INLINE, ("text", "link")), 10_000, 0)},
        {"border": number(0, 1), "language": string(50)},
    ),
    "rich_text_quote": shape({"elements": INLINES}, {"border": number(0, 1)}),
}
RICH_TEXT = shape({"elements": listing(by_type(RICH), 10_000, 0)}, {"block_id": string(limits.BLOCK_ID)})

CELLS: dict[str, Check] = {
    "raw_text": shape({"text": string(limits.TABLE_TOTAL)}),
    "raw_number": shape({"value": number()}, {"text": string(limits.TABLE_TOTAL)}),
    "rich_text": RICH_TEXT,
}
COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})

POINT = shape({"label": string(limits.CHART_LABEL), "value": number()})
SERIES = shape(
    {"name": string(limits.CHART_LABEL), "data": listing(POINT, limits.CHART_CATEGORIES)},
)
AXES = shape(
    {"categories": listing(string(limits.CHART_LABEL), limits.CHART_CATEGORIES)},
    {"x_label": string(limits.CHART_AXIS_LABEL), "y_label": string(limits.CHART_AXIS_LABEL)},
)


def same_points(value: Any, at: str) -> Iterator[Fault]:
    """Every series names each category once, in order, and no two series are called the same."""
    axes, series = value.get("axis_config"), value.get("series")
    if not isinstance(axes, dict) or not isinstance(series, list):
        return
    names = [entry.get("name") for entry in series if isinstance(entry, dict)]
    if len(names) != len(set(names)):
        yield Fault("duplicate_series", f"{at}/series", "series names must differ")
    for index, entry in enumerate(series):
        points = entry.get("data", []) if isinstance(entry, dict) else []
        labels = [point.get("label") for point in points if isinstance(point, dict)]
        if labels != axes.get("categories"):
            yield Fault("points_differ", f"{at}/series/{index}/data", "one point for each category, in order")


AXIS_CHART = shape({"series": listing(SERIES, limits.CHART_SERIES), "axis_config": AXES}, also=same_points)
SEGMENT = shape({"label": string(limits.CHART_LABEL), "value": number(5e-324)})
CHARTS: dict[str, Check] = {
    "bar": AXIS_CHART,
    "line": AXIS_CHART,
    "area": AXIS_CHART,
    "pie": shape({"segments": listing(SEGMENT, limits.CHART_SERIES)}),
}


def equal_rows(value: Any, at: str) -> Iterator[Fault]:
    rows = value.get("rows")
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        yield Fault("ragged", f"{at}/rows", "all rows need the same number of cells")


def header_cells(value: Any, at: str) -> Iterator[Fault]:
    yield from equal_rows(value, at)
    rows = value.get("rows")
    head = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    for index, cell in enumerate(head):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            yield Fault("plain_text_only", f"{at}/rows/0/{index}", "a header cell may not be rich_text")


ID: Mapping[str, Check] = {"block_id": string(limits.BLOCK_ID)}
TASK = shape(
    {"task_id": string(255), "title": string(255)},
    {**ID, "status": choice("pending", "in_progress", "complete", "error"),
     "details": anything, "output": anything, "sources": anything},
)  # fmt: skip

BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        {
            **ID,
            "text": any_text(limits.SECTION_TEXT),
            "fields": listing(any_text(limits.FIELD_TEXT), limits.SECTION_FIELDS),
            "accessory": by_type(ELEMENTS, IN_SECTION),
            "expand": flag,
        },
        one_of("text", "fields"),
    ),
    "header": shape({"text": plain(limits.HEADER_TEXT)}, {**ID, "level": number(1, 6)}),
    "divider": shape({}, ID),
    "image": shape(
        {"alt_text": string(limits.IMAGE_ALT)},
        {**ID, "image_url": string(limits.URL), "slack_file": anything, "title": plain(limits.IMAGE_TITLE)},
        one_of("image_url", "slack_file"),
    ),
    "context": shape(
        {
            "elements": listing(
                by_type(
                    {
                        "image": ELEMENTS["image"],
                        "plain_text": plain(limits.SECTION_TEXT),
                        "mrkdwn": any_text(limits.SECTION_TEXT),
                    }
                ),
                limits.CONTEXT_ELEMENTS,
            )
        },
        ID,
    ),
    "actions": shape({"elements": listing(by_type(ELEMENTS, IN_ACTIONS), limits.ACTIONS_ELEMENTS)}, ID),
    "input": shape(
        {"label": plain(limits.INPUT_LABEL), "element": by_type(ELEMENTS, IN_INPUT)},
        {**ID, "hint": plain(limits.INPUT_HINT), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": RICH_TEXT,
    "markdown": shape({"text": string(limits.MARKDOWN_TEXT)}, ID),
    "file": shape({"external_id": string(255), "source": choice("remote")}, ID),
    "video": shape(
        {"alt_text": string(limits.IMAGE_ALT), "title": plain(199), "thumbnail_url": string(limits.URL),
         "video_url": string(limits.URL)},
        {**ID, "author_name": string(49), "description": plain(199), "provider_icon_url": string(limits.URL),
         "provider_name": string(255), "title_url": string(limits.URL)},
    ),
    "table": shape(
        {"rows": listing(listing(by_type(CELLS), limits.TABLE_COLUMNS), limits.TABLE_ROWS)},
        {**ID, "column_settings": listing(COLUMN, limits.TABLE_COLUMNS, 0)},
        equal_rows,
    ),
    "data_table": shape(
        {
            "rows": listing(listing(by_type(CELLS), limits.TABLE_COLUMNS), limits.DATA_TABLE_ROWS, 2),
            "caption": string(limits.INPUT_LABEL),
        },
        {
            **ID,
            "page_size": number(1, limits.DATA_TABLE_PAGE),
            "row_header_column_index": number(0, limits.TABLE_COLUMNS - 1),
        },
        header_cells,
    ),
    "data_visualization": shape({"title": string(limits.CHART_TITLE), "chart": by_type(CHARTS)}, ID),
    "alert": shape({"text": any_text(limits.ALERT_TEXT)}, {**ID, "level": string(50)}),
    "context_actions": shape(
        {"elements": listing(by_type(ELEMENTS, ("feedback_buttons", "icon_button")), limits.CONTEXT_ACTIONS)},
        ID,
    ),
    "plan": shape({"title": anything}, {**ID, "tasks": listing(TASK, limits.PLAN_TASKS, 0)}),
    "task_card": TASK,
    "carousel": anything,
    "container": anything,
    "card": anything,
}  # fmt: skip

MESSAGE, MODAL, HOME = "message", "modal", "home"
SURFACES: Mapping[str, frozenset[str]] = {
    "alert": frozenset({MODAL}),
    "markdown": frozenset({MESSAGE}),
    "plan": frozenset({MESSAGE}),
    "task_card": frozenset({MESSAGE}),
    "context_actions": frozenset({MESSAGE}),
    "file": frozenset({MESSAGE}),
    "table": frozenset({MESSAGE, HOME}),
    "data_table": frozenset({MESSAGE, HOME}),
    "data_visualization": frozenset({MESSAGE, HOME}),
    "carousel": frozenset({MESSAGE, HOME}),
    "container": frozenset({MESSAGE, HOME}),
}

VIEW_COMMON: Mapping[str, Check] = {
    "private_metadata": string(limits.VIEW_METADATA, 0),
    "callback_id": string(limits.CALLBACK_ID, 0),
    "external_id": string(limits.CALLBACK_ID, 0),
}
VIEWS: dict[str, Check] = {
    MODAL: shape(
        {"title": plain(limits.VIEW_TITLE), "blocks": anything},
        {
            **VIEW_COMMON,
            "submit": plain(limits.VIEW_BUTTON),
            "close": plain(limits.VIEW_BUTTON),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
    ),
    HOME: shape({"blocks": anything}, VIEW_COMMON),
}
