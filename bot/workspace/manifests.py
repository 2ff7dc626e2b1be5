"""What the app's manifest allows: scopes, events, commands, shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.workspace.records import Json

EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "file_shared": ("files:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_archive": ("channels:read",),
    "user_change": ("users:read",),
    "app_home_opened": (),
}


@dataclass(frozen=True, slots=True)
class SlashCommand:
    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True)
class ShortcutEntry:
    name: str
    kind: str
    callback_id: str


class Manifest:
    def __init__(self, raw: dict[str, Any]) -> None:
        features: Json = raw.get("features") or {}
        settings: Json = raw.get("settings") or {}
        scopes: Json = (raw.get("oauth_config") or {}).get("scopes") or {}
        self.scopes = frozenset([*(scopes.get("bot") or []), *(scopes.get("bot_optional") or [])])
        self.events = frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or [])
        self.is_interactive = bool((settings.get("interactivity") or {}).get("is_enabled"))
        self.commands = {
            row["command"]: SlashCommand(
                row["command"],
                row.get("description", ""),
                row.get("usage_hint", ""),
                bool(row.get("should_escape")),
            )
            for row in features.get("slash_commands") or []
        }
        self.shortcuts = [
            ShortcutEntry(row["name"], row["type"], row["callback_id"]) for row in features.get("shortcuts") or []
        ]

    def delivers(self, event: str) -> bool:
        """Whether an event (`message.im`, `reaction_added`, …) is subscribed to, and its scope granted."""
        needed = EVENT_SCOPES.get(event, ())
        return event in self.events and (not needed or any(scope in self.scopes for scope in needed))
