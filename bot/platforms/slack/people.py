"""What Slack knows about people and channels, as facts for the tables that the bot keeps."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.platforms.base import ChannelFacts, Fate, PersonFacts, SendError
from bot.platforms.slack.calls import Calls

log = logging.getLogger(__name__)

MEMBERS_AT_ONCE = 200


class People:
    """Questions to Slack. Of the answers only the locales are kept, for the few sentences that the adapter says."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._locales: dict[tuple[str, str], str] = {}

    def locale_of(self, workspace_id: str, person_id: str) -> str:
        """ "" for a person who was never asked about."""
        return self._locales.get((workspace_id, person_id), "")

    async def fetch_person(self, workspace_id: str, person_id: str) -> PersonFacts | None:
        """None when Slack does not know or does not say; SendError when it may say later."""
        found = await self._ask(workspace_id, "users.info", user=person_id, include_locale="true")
        if found is None:
            return None
        facts = person_facts(found["user"], workspace_id)
        self._locales[workspace_id, person_id] = facts.locale
        return facts

    async def fetch_channel(self, workspace_id: str, channel_id: str) -> ChannelFacts | None:
        """As `fetch_person`; a private channel without the bot is not known."""
        found = await self._ask(workspace_id, "conversations.info", channel=channel_id)
        return channel_facts(found["channel"]) if found is not None else None

    async def list_members(self, workspace_id: str, channel_id: str) -> list[str]:
        """The ids of everybody in a channel; raises SendError."""
        members: list[str] = []
        cursor = ""
        while True:
            asked = {"cursor": cursor} if cursor else {}
            found = await self._calls.read(
                workspace_id, "conversations.members", channel=channel_id, limit=MEMBERS_AT_ONCE, **asked
            )
            members.extend(str(member) for member in found["members"])
            cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return members

    async def _ask(self, workspace_id: str, method: str, **about: str) -> Mapping[str, Any] | None:
        try:
            return await self._calls.read(workspace_id, method, **about)
        except SendError as error:
            if error.fate is not Fate.DEAD:
                raise
            log.info("%s does not say: %s", method, error.why, extra={"about": about})
            return None


def person_facts(user: Mapping[str, Any], workspace_id: str) -> PersonFacts:
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return PersonFacts(
        person_id=str(user["id"]),
        name=next((str(name) for name in names if name), str(user["id"])),
        locale=str(user.get("locale") or ""),
        tz=str(user.get("tz") or ""),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")) or not is_at_home(user, workspace_id),
        is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_deleted=bool(user.get("deleted")),
    )


def is_at_home(user: Mapping[str, Any], workspace_id: str) -> bool:
    """In a grid people belong to an enterprise and are at home in several of its workspaces."""
    home = user.get("team_id") or workspace_id
    grid = user.get("enterprise_user") or {}
    return home == workspace_id or workspace_id in (grid.get("teams") or ()) or home == grid.get("enterprise_id")


def channel_facts(channel: Mapping[str, Any]) -> ChannelFacts:
    is_dm = bool(channel.get("is_im"))
    return ChannelFacts(
        channel_id=str(channel["id"]),
        name=str(channel.get("name") or ""),
        kind=channel_kind(channel),
        is_member=is_dm or bool(channel.get("is_member")),
        is_archived=bool(channel.get("is_archived")),
        person_id=str(channel.get("user") or "") if is_dm else "",
    )


def channel_kind(channel: Mapping[str, Any]) -> str:
    if channel.get("is_im"):
        return "dm"
    if channel.get("is_mpim"):
        return "group"
    return "private" if channel.get("is_private") or channel.get("is_group") else "channel"
