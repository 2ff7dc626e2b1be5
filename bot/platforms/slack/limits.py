"""Slack's limits and rates as data: lengths in characters, `_S` in seconds, `_MS` in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping

# Deadlines
ACK_S = 3.0
OPENER_S = 2.0  # a trigger lives 3 s; the rest is the way there and back
SUBMIT_S = 2.5  # what a submission's turn may take of the ack's 3 s
ANSWER_ADDRESS_S = 30 * 60
SIGNATURE_S = 5 * 60

# Messages and views
MESSAGE_TEXT = 40_000
MESSAGE_TEXT_ADVISED = 4_000
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_TITLE = 24
VIEW_BUTTON = 24
VIEW_METADATA = 3_000
VIEW_BYTES = 250_000
CALLBACK_ID = 255
# Undocumented: chat.postMessage answers msg_blocks_too_long near 13,200, once at 11,341.
MESSAGE_TOTAL_ADVISED = 10_000
MESSAGE_TOTAL = 12_000

# Blocks
BLOCK_ID = 255
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
INPUT_LABEL = 2_000
INPUT_HINT = 2_000
IMAGE_ALT = 2_000
IMAGE_TITLE = 2_000
MARKDOWN_TEXT = 12_000
MARKDOWN_TOTAL = 12_000
RICH_TEXT_ADVISED = 3_000
ALERT_TEXT = 200
CONTEXT_ACTIONS = 5
PLAN_TASKS = 50

# Elements
ACTION_ID = 255
BUTTON_TEXT = 75
BUTTON_SPOKEN = 75
BUTTON_VALUE = 2_000
URL = 3_000
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_DESCRIPTION = 75
SELECT_OPTIONS = 100
SELECT_GROUPS = 100
OVERFLOW_OPTIONS = 5
CHECK_OPTIONS = 10
PLACEHOLDER = 150
TEXT_INPUT = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
FILES_AT_ONCE = 10

# Tables and charts
TABLES = 1
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_TOTAL = 10_000
DATA_TABLE_ROWS = 101
DATA_TABLE_TOTAL = 20_000
DATA_TABLE_PAGE = 100
CHARTS = 2
CHART_TITLE = 50
CHART_AXIS_LABEL = 50
CHART_LABEL = 20
CHART_CATEGORIES = 20
CHART_SERIES = 6

# The manifest
APP_NAME = 35
APP_DESCRIPTION = 140
DISPLAY_NAME = 80
COMMAND = 32
USAGE_HINT = 1_000
SHORTCUT_NAME = 24
SHORTCUTS = 10
BOT_EVENTS = 100

# Calls a minute that a tier surely allows, per app and workspace
TIERS: Mapping[int, int] = {1: 1, 2: 20, 3: 50, 4: 100}

TIER_OF: Mapping[str, int] = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.getPermalink": 4,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 2,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}

POST_PACE_MS = 1_000  # chat.postMessage, per channel
POST_BURST_MS = 2_000  # three posts at once
UPDATE_PACE_MS = 1_000  # chat.update, per message


def tier_pace_ms(method: str) -> int:
    """Milliseconds between two calls of `method` at its tier's sure rate."""
    return 60_000 // TIERS[TIER_OF[method]]
