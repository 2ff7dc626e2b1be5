"""Everything that Slack would refuse in a message or a view, found without asking Slack.

Pure Python over raw dicts: it runs in tests, before every sending, and in the local workspace.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.platforms.slack import limits
from bot.platforms.slack.rules import Fault, by_type, listing, string
from bot.platforms.slack.shapes import BLOCKS, HOME, MESSAGE, MODAL, SURFACES, VIEWS

__all__ = ["Fault", "lint_message", "lint_view"]

SILENT = frozenset({
    "type", "block_id", "action_id", "value", "url", "image_url", "style", "user_id", "channel_id", "range",
    "align", "name", "initial_date", "initial_time",
})  # fmt: skip


def lint_message(payload: Mapping[str, Any]) -> list[Fault]:
    """Faults of {"text", "blocks", …}; channel, metadata and the like are not looked at."""
    return list(message_faults(payload))


def lint_view(view: Mapping[str, Any]) -> list[Fault]:
    """Faults of a modal or Home view as sent to views.open, push, update and publish."""
    return list(view_faults(view))


def message_faults(payload: Mapping[str, Any]) -> Iterator[Fault]:
    text, blocks = payload.get("text"), payload.get("blocks")
    if text:
        yield from string(limits.MESSAGE_TEXT)(text, "/text")
        if isinstance(text, str) and limits.MESSAGE_TEXT_ADVISED < len(text) <= limits.MESSAGE_TEXT:
            yield Fault("text_long", "/text", f"{len(text)} characters, better at most 4,000", "warn")
    elif not blocks:
        yield Fault("no_text", "/text", "a message needs text or blocks")
    else:
        yield Fault("no_fallback_text", "/text", "notifications and screen readers read `text`", "warn")
    if blocks:
        yield from listing(by_type(BLOCKS), limits.MESSAGE_BLOCKS, 0)(blocks, "/blocks")
        yield from whole_faults(blocks, MESSAGE)
        yield from total_faults(blocks)


def view_faults(view: Mapping[str, Any]) -> Iterator[Fault]:
    kind = view.get("type")
    if not isinstance(kind, str) or kind not in VIEWS:
        yield Fault("unknown_type", "/type", f"unknown view type {kind!r}")
        return
    yield from VIEWS[kind](dict(view), "")
    blocks = view.get("blocks")
    least = 1 if kind == MODAL else 0
    yield from listing(by_type(BLOCKS), limits.VIEW_BLOCKS, least)(blocks, "/blocks")
    if not isinstance(blocks, list):
        return
    yield from whole_faults(blocks, MODAL if kind == MODAL else HOME)
    if kind == MODAL and "submit" not in view and any(is_a(block, "input") for block in blocks):
        yield Fault("no_submit", "/submit", "a modal with an input needs a submit button")
    size = len(json.dumps(view, ensure_ascii=False).encode(errors="replace"))
    if size > limits.VIEW_BYTES:
        yield Fault("view_too_large", "", f"{size} bytes, at most {limits.VIEW_BYTES}")


def is_a(block: Any, kind: str) -> bool:
    return isinstance(block, dict) and block.get("type") == kind


def whole_faults(blocks: Sequence[Any], surface: str) -> Iterator[Fault]:
    """What only shows when the blocks are seen together."""
    if not isinstance(blocks, list):
        return
    yield from surface_faults(blocks, surface)
    yield from duplicate_faults(blocks)
    yield from data_faults(blocks)


def surface_faults(blocks: list[Any], surface: str) -> Iterator[Fault]:
    for index, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, dict) else None
        if isinstance(kind, str) and surface not in SURFACES.get(kind, {surface}):
            yield Fault("surface", f"/blocks/{index}", f"{kind} may not stand in a {surface}")
        if is_a(block, "input") and is_a(block.get("element"), "file_input") and surface != MODAL:
            yield Fault("surface", f"/blocks/{index}/element", "file_input stands in modals only")
        if is_a(block, "task_card") and surface == MESSAGE and block.get("status", "pending") == "pending":
            yield Fault("lone_pending", f"/blocks/{index}/status", "a lone task_card may not be pending")


def duplicate_faults(blocks: list[Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                yield Fault("duplicate_block_id", f"/blocks/{index}/block_id", f"{block_id} stands twice")
            seen.add(block_id)
        yield from duplicate_actions(block, index)


def duplicate_actions(block: dict[str, Any], index: int) -> Iterator[Fault]:
    elements = block.get("elements")
    ids = [
        element["action_id"]
        for element in (elements if isinstance(elements, list) else [])
        if isinstance(element, dict) and isinstance(element.get("action_id"), str)
    ]
    for action_id, count in Counter(ids).items():
        if count > 1:
            yield Fault("duplicate_action_id", f"/blocks/{index}/elements", f"{action_id} stands {count} times")


def data_faults(blocks: list[Any]) -> Iterator[Fault]:
    """Counts and character totals of tables, charts and markdown."""
    tables = [block for block in blocks if is_a(block, "table")]
    if len(tables) > limits.TABLES:
        yield Fault("too_many_tables", "/blocks", f"{len(tables)} tables, only one may stand in a message")
    charts = sum(is_a(block, "data_visualization") for block in blocks)
    if charts > limits.CHARTS:
        yield Fault("too_many_charts", "/blocks", f"{charts} charts, at most {limits.CHARTS}")
    totals = (
        ("table", limits.TABLE_TOTAL),
        ("data_table", limits.DATA_TABLE_TOTAL),
        ("markdown", limits.MARKDOWN_TOTAL),
    )
    for kind, most in totals:
        total = sum(spoken_length(block) for block in blocks if is_a(block, kind))
        if total > most:
            yield Fault("total_too_long", "/blocks", f"{total} characters in {kind} blocks, at most {most}")


def total_faults(blocks: Sequence[Any]) -> Iterator[Fault]:
    total = spoken_length(blocks)
    if total > limits.MESSAGE_TOTAL:
        yield Fault("blocks_too_long", "/blocks", f"{total} characters in all blocks, at most 12,000")
    elif total > limits.MESSAGE_TOTAL_ADVISED:
        yield Fault("blocks_long", "/blocks", f"{total} characters in all blocks, better under 10,000", "warn")


def spoken_length(node: Any) -> int:
    """Characters that a person could read in this part of a payload."""
    kind = type(node)
    if kind is str:
        return len(node)
    total = 0
    if kind is dict:
        for key, value in node.items():
            if key not in SILENT:
                total += spoken_length(value)
    elif kind is list:
        for value in node:
            total += spoken_length(value)
    return total
