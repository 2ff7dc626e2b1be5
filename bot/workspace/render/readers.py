"""For whom something is drawn, and the names that this reader sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Reader:
    """One person looking at the page; `language` is a catalog name: `zh_CN` or `en`."""

    user_id: str
    language: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Choice:
    """An entry of a people or channel picker."""

    id: str
    name: str


class Directory(Protocol):
    """Names behind ids. None means unknown, or not visible to the reader."""

    def person_name(self, user_id: str) -> str | None: ...

    def channel_name(self, channel_id: str) -> str | None: ...

    def people(self) -> Sequence[Choice]: ...

    def channels(self) -> Sequence[Choice]: ...
