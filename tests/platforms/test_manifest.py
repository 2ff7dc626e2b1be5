"""The manifest against the listeners, the features and the calls that the adapter makes, both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import bot.platforms.slack
from bot.platforms.slack import limits
from bot.platforms.slack.events import READERS
from bot.platforms.slack.manifest import (
    COMMAND,
    SCOPE_OF_EVENT,
    SCOPES_OF_METHOD,
    bot_events,
    bot_scopes,
    build_manifest,
)
from handlers.core.feature import Feature, Noun, ShortcutKind
from handlers.registry import FEATURES
from tests.platforms.recorded import names, recorded

SOURCES = sorted(Path(next(iter(bot.platforms.slack.__path__))).glob("*.py"))
METHOD = re.compile(r'"((?:apps|auth|chat|conversations|files|pins|reactions|users|views)\.[A-Za-z.]+)"')
# Asked with a token of its own, or needing no scope.
WITHOUT_SCOPE = {"auth.test", "apps.connections.open"}


def nothing(_: Any) -> None:
    return None


NOTE = ShortcutKind("note.message", "记到复盘 · Retro note", True, nothing)
CHECK = ShortcutKind("check.global", "查词 · Check wording", False, nothing)
SAMPLE = Feature("sample", (Noun("checklist", ("清单", "cl"), "help", ()),), shortcuts=(NOTE, CHECK))


def test_every_subscribed_event_is_read_and_every_read_event_subscribed() -> None:
    subscribed = {name.partition(".")[0] for name in bot_events()}
    assert subscribed == set(READERS)
    assert set(bot_events()) == set(SCOPE_OF_EVENT)


def test_every_event_is_recorded_and_read() -> None:
    events = {recorded(name)["event"]["type"] for name in names() if "event" in recorded(name)}
    assert set(READERS) <= events


def test_every_event_brings_its_scope_and_none_is_asked_for_idly() -> None:
    wanted = {"commands", *SCOPE_OF_EVENT.values(), *(s for scopes in SCOPES_OF_METHOD.values() for s in scopes)} - {""}
    assert set(bot_scopes()) == wanted


def test_every_method_called_has_its_scopes_and_its_tier() -> None:
    called: set[str] = set()
    for path in SOURCES:
        if path.name not in {"manifest.py", "limits.py", "paces.py", "fates.py"}:
            called |= set(METHOD.findall(path.read_text(encoding="utf-8")))
    assert called - WITHOUT_SCOPE == set(SCOPES_OF_METHOD)
    assert called - WITHOUT_SCOPE - {"chat.postMessage"} <= set(limits.TIER_OF)


def test_words_and_shortcuts_come_from_the_features() -> None:
    features = build_manifest([SAMPLE])["features"]
    assert features["slash_commands"] == [
        {
            "command": COMMAND,
            "description": "Tonight's show · 今晚的直播",
            "usage_hint": "[checklist 清单]",
            "should_escape": True,
        }
    ]
    assert [(s["type"], s["callback_id"]) for s in features["shortcuts"]] == [
        ("message", "note.message"),
        ("global", "check.global"),
    ]
    assert "shortcuts" not in build_manifest([])["features"]


@pytest.mark.parametrize("features", [[], [SAMPLE], list(FEATURES)], ids=["none", "sample", "ours"])
def test_the_manifest_keeps_slacks_lengths(features: list[Feature]) -> None:
    manifest = build_manifest(features)
    about, parts = manifest["display_information"], SimpleNamespace(**manifest["features"])
    assert len(about["name"]) <= limits.APP_NAME
    assert len(about["description"]) <= limits.APP_DESCRIPTION
    assert len(parts.bot_user["display_name"]) <= limits.DISPLAY_NAME
    for command in parts.slash_commands:
        assert len(command["command"]) <= limits.COMMAND
        assert 0 < len(command["usage_hint"]) <= limits.USAGE_HINT
    shortcuts = manifest["features"].get("shortcuts", [])
    assert len(shortcuts) <= limits.SHORTCUTS
    assert all(len(shortcut["name"]) <= limits.SHORTCUT_NAME for shortcut in shortcuts)
    assert len(manifest["settings"]["event_subscriptions"]["bot_events"]) <= limits.BOT_EVENTS
    assert json.loads(json.dumps(manifest)) == manifest


def test_over_http_every_part_has_the_address() -> None:
    manifest = build_manifest([SAMPLE], socket_mode=False, url="https://bot.example/")
    address = "https://bot.example/slack/events"
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == address
    assert settings["interactivity"]["request_url"] == address
    assert settings["interactivity"]["message_menu_options_url"] == address
    assert manifest["features"]["slash_commands"][0]["url"] == address
    assert "request_url" not in json.dumps(build_manifest([SAMPLE]))
