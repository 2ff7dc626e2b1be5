"""The app's manifest, derived from what the features offer and what the listeners read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.platforms.slack import limits
from bot.platforms.slack.events import READERS
from bot.platforms.slack.transport import EVENTS_PATH
from handlers.core.feature import Feature

COMMAND = "/live"
NAME = "Callsheet"
DESCRIPTION = "Checklists, nudges, talking points and retros where the live team already talks · 直播团队的通告单"
COMMAND_HELP = "Tonight's show · 今晚的直播"
USAGE_HINT = "[checklist | 清单 | show | 场次 | help | 帮助]"

# Event of the manifest -> the scope that it needs ("" for none). Slack's own schema does not hold these together.
SCOPE_OF_EVENT: Mapping[str, str] = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "file_shared": "files:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_archive": "channels:read",
    "user_change": "users:read",
    "tokens_revoked": "",
    "app_uninstalled": "",
}

# Method that the adapter calls -> the scopes that it may need, by the kind of channel.
SCOPES_OF_METHOD: Mapping[str, tuple[str, ...]] = {
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "conversations.info": ("channels:read", "groups:read", "im:read"),
    "conversations.members": ("channels:read", "groups:read", "im:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}


def build_manifest(features: Sequence[Feature], *, socket_mode: bool = True, url: str = "") -> dict[str, Any]:
    """The manifest as Slack takes it (JSON). `url` is the public address of the server for signed HTTP."""
    address = {} if socket_mode else {"request_url": url.rstrip("/") + EVENTS_PATH}
    settings: dict[str, Any] = {
        "event_subscriptions": {**address, "bot_events": bot_events()},
        "interactivity": {"is_enabled": True, **address, **options_address(address)},
        "org_deploy_enabled": False,
        "socket_mode_enabled": socket_mode,
        "token_rotation_enabled": False,
    }
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {"name": NAME, "description": DESCRIPTION},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [slash_command(features, address)],
            **shortcuts(features),
        },
        "oauth_config": {"scopes": {"bot": bot_scopes()}},
        "settings": settings,
    }


def options_address(address: Mapping[str, str]) -> dict[str, str]:
    return {"message_menu_options_url": address["request_url"]} if address else {}


def bot_events() -> list[str]:
    """Exactly the events that have a reader; Slack names messages by the kind of channel."""
    return sorted(name for name in SCOPE_OF_EVENT if name.partition(".")[0] in READERS)


def bot_scopes() -> list[str]:
    needed = {"commands"} | {SCOPE_OF_EVENT[event] for event in bot_events()} - {""}
    for scopes in SCOPES_OF_METHOD.values():
        needed.update(scopes)
    return sorted(needed)


def slash_command(features: Sequence[Feature], address: Mapping[str, str]) -> dict[str, Any]:
    return {
        "command": COMMAND,
        "description": COMMAND_HELP,
        "usage_hint": usage_hint(features),
        "should_escape": True,
        **({"url": address["request_url"]} if address else {}),
    }


def usage_hint(features: Sequence[Feature]) -> str:
    """The nouns in the order of their features, the first alias beside each."""
    nouns = [noun for feature in features for noun in feature.nouns]
    hint = " | ".join(" ".join((noun.name, *noun.aliases[:1])) for noun in nouns)
    return f"[{hint}]"[: limits.USAGE_HINT] if nouns else USAGE_HINT


def shortcuts(features: Sequence[Feature]) -> dict[str, Any]:
    drawn = [
        {
            "name": shortcut.label,
            "type": "message" if shortcut.on_message else "global",
            "callback_id": shortcut.name,
            "description": shortcut.label,
        }
        for feature in features
        for shortcut in feature.shortcuts
    ]
    return {"shortcuts": drawn} if drawn else {}
