"""What happens to JSON and blocks on their way in."""

from __future__ import annotations

import json
import secrets
from typing import Any

from bot.workspace.records import Json


def parse_body(text: str) -> Any:
    """JSON that can be written down again; ValueError for anything else, half characters included."""
    body = json.loads(text)
    json.dumps(body, ensure_ascii=False).encode()
    return body


def with_block_ids(blocks: Any) -> list[Json] | None:
    """Slack gives a block_id to every block that has none."""
    if not blocks:
        return None
    return [block if block.get("block_id") else {**block, "block_id": secrets.token_hex(3)} for block in blocks]


def view_body(view: Json) -> Json:
    """A view as kept: block ids given, action ids of its inputs too."""
    return {**view, "blocks": [_with_action_ids(block) for block in with_block_ids(view.get("blocks")) or []]}


def _with_action_ids(block: Json) -> Json:
    element = block.get("element")
    if not isinstance(element, dict) or element.get("action_id"):
        return block
    return {**block, "element": {**element, "action_id": secrets.token_hex(3)}}
