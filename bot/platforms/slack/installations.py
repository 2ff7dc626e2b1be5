"""The one installation that the settings name: its token, and who the bot is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.platforms.slack.calls import Calls
from bot.platforms.slack.transport import Identity

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Team:
    """What Slack says of a token: `scopes` that it has, `at` what Slack's own clock says (None: it did not say)."""

    id: str
    name: str
    bot_user_id: str
    bot_id: str
    scopes: tuple[str, ...]
    at: datetime | None


class Installation:
    """`workspace_id` may be empty until Slack has been asked whose token this is."""

    def __init__(self, base_url: str, bot_token: str, workspace_id: str = "") -> None:
        self._bot_token = bot_token
        self._workspace_id = workspace_id
        self._team: Team | None = None
        self._asking = asyncio.Lock()
        self.calls = Calls(base_url, self.token_of)

    def token_of(self, workspace_id: str) -> str | None:
        known = not self._workspace_id or workspace_id == self._workspace_id
        return self._bot_token if known and self._bot_token else None

    async def identify(self) -> Team:
        """Asked once; SendError when Slack does not take the token or cannot be reached."""
        if self._team is not None:
            return self._team
        async with self._asking:
            if self._team is None:
                data, headers = await self.calls.ask(self._workspace_id, "auth.test")
                self._team = Team(
                    id=str(data["team_id"]),
                    name=str(data.get("team") or data["team_id"]),
                    bot_user_id=str(data["user_id"]),
                    bot_id=str(data.get("bot_id") or ""),
                    scopes=tuple(scope.strip() for scope in header(headers, "x-oauth-scopes").split(",") if scope),
                    at=instant_of(header(headers, "date")),
                )
                self._workspace_id = self._team.id
            return self._team

    async def identity_of(self, workspace_id: str) -> Identity | None:
        team = await self.identify()
        if workspace_id != team.id:
            return None
        return Identity(self._bot_token, team.bot_user_id, team.bot_id)


def header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def instant_of(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date) if date else None
    except ValueError:
        log.debug("unreadable date of an answer: %s", date)
        return None
