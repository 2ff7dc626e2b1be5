"""Calls to Slack: one client, no retries of its own, every failure a SendError."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.base import Fate, SendError
from bot.platforms.slack import fates

log = logging.getLogger(__name__)

SLACK_API = "https://slack.com/api/"
ANSWER_HOST = "https://hooks.slack.com/"
TIMEOUT_S = 30

TokenOf = Callable[[str], str | None]
"""The bot token of a workspace id; None for a workspace that we are not installed in."""

Answer = tuple[Mapping[str, Any], Mapping[str, str]]
"""What a method answered, and the headers of that."""


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in {"127.0.0.1", "localhost", "::1"}


def web_client(base_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A client that never repeats a call by itself: only the queue knows whether that is safe."""
    client = AsyncWebClient(base_url=base_url, timeout=TIMEOUT_S, session=session, retry_handlers=[])
    if is_loopback(base_url):
        # Read from the environment at construction, and it would be asked for loopback too.
        client.proxy = None
    return client


class Calls:
    """Slack's methods by name, with the token of the workspace concerned."""

    def __init__(self, base_url: str, token_of: TokenOf, timeout_s: float = TIMEOUT_S) -> None:
        self.base_url = base_url
        self._token_of = token_of
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=not is_loopback(self.base_url))
            self._client = web_client(self.base_url, self._session)
        return self._session

    @property
    def client(self) -> AsyncWebClient:
        assert self.session is not None
        assert self._client is not None
        return self._client

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def write(self, workspace_id: str, method: str, **arguments: Any) -> Mapping[str, Any]:
        """A call that changes something, as JSON."""
        token = self.token(workspace_id)
        return await self._call(method, json={"token": token, **arguments})

    async def read(self, workspace_id: str, method: str, **arguments: Any) -> Mapping[str, Any]:
        """A call that only asks; Slack takes no JSON here."""
        token = self.token(workspace_id)
        params = {name: str(value) if isinstance(value, int) else value for name, value in arguments.items()}
        return await self._call(method, http_verb="GET", params={"token": token, **params})

    def token(self, workspace_id: str) -> str:
        token = self._token_of(workspace_id)
        if token is None:
            raise SendError(Fate.DEAD, "no_token")
        return token

    async def ask(self, workspace_id: str, method: str, token: str = "") -> Answer:
        """A call without arguments, its headers too; `token` other than the workspace's."""
        return await self._answer(method, json={"token": token or self.token(workspace_id)})

    async def _call(self, method: str, **how: Any) -> Mapping[str, Any]:
        data, _ = await self._answer(method, **how)
        return data

    async def _answer(self, method: str, **how: Any) -> Answer:
        try:
            answer = await self.client.api_call(method, **how)
        except SlackApiError as error:
            raise fates.of_answer(error, method) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise fates.of_wire(error) from error
        except AttributeError as error:
            # The library reads a text with status 200 as if it were an answer: a proxy's page.
            raise SendError(Fate.UNKNOWN, "no_answer") from error
        data = answer.data
        if not isinstance(data, dict) or not data.get("ok"):
            raise SendError(Fate.UNKNOWN, "no_answer")
        return data, answer.headers

    def may_answer(self, address: str) -> bool:
        """Whether `address` is Slack's own, or that of the server we are configured for."""
        return address.startswith(ANSWER_HOST) or origin(address) == origin(self.base_url)

    async def answer(self, address: str, payload: Mapping[str, Any]) -> bool:
        """Post to a response address; False when it is spent or not to be trusted."""
        if not self.may_answer(address):
            log.warning("refused a response address of another host: %s", urlsplit(address).hostname)
            return False
        try:
            async with self.session.post(address, json=payload, allow_redirects=False) as response:
                said = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(Fate.RETRY, fates.of_wire(error).why) from error
        if response.status == 429:
            raise fates.limited("response_url", response.headers)
        if response.status >= 500:
            raise SendError(Fate.RETRY, f"http_{response.status}")
        if any(code in said for code in fates.REFUSED_BLOCKS):
            raise SendError(Fate.DEAD, "invalid_blocks")
        if response.status != 200:
            log.info("response address is spent: status=%s", response.status)
        return response.status == 200

    async def upload(self, address: str, content: bytes) -> None:
        """The bytes of a file to the address that Slack named for them."""
        try:
            async with self.session.post(address, data=content) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Not yet shared with anyone: the whole upload may safely begin again.
            raise SendError(Fate.RETRY, fates.of_wire(error).why) from error
        if response.status != 200:
            raise SendError(Fate.RETRY, f"upload_http_{response.status}")


def origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
