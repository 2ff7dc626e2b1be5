"""Payloads as Slack sends them, one file each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.platforms.slack.payloads import Seen

FOLDER = Path(__file__).parent / "payloads"
TEAM, BOT, BOT_ID = "T0CALLSHT1", "U0CALLSHT0", "B0CALLSHT0"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REAL = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SEEN = Seen(BOT, BOT_ID, NOW, REAL)


def recorded(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return body


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))
