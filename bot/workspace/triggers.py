"""Triggers: the short right to open a form in front of the person who acted."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME_S = 3.0


class ExpiredTrigger(Exception):
    """Older than three seconds, or never given."""


class ExchangedTrigger(Exception):
    """Used before."""


@dataclass(slots=True)
class _Trigger:
    person_id: str
    until: float
    used: bool = False


class Triggers:
    """`real_s` reads seconds that nothing moves."""

    def __init__(self, real_s: Callable[[], float], lifetime_s: float = LIFETIME_S) -> None:
        self._real_s = real_s
        self._lifetime_s = lifetime_s
        self._known: dict[str, _Trigger] = {}
        self._count = 0

    def mint(self, person_id: str) -> str:
        now = self._real_s()
        self._count += 1
        if self._count % 200 == 0:
            self._known = {key: one for key, one in self._known.items() if one.until + 60 > now}
        trigger_id = f"{self._count}.{secrets.randbelow(10**10):010d}.{secrets.token_hex(16)}"
        self._known[trigger_id] = _Trigger(person_id, now + self._lifetime_s)
        return trigger_id

    def spend(self, trigger_id: str) -> str:
        """The person in front of whom a form may open; ExpiredTrigger or ExchangedTrigger otherwise."""
        trigger = self._known.get(trigger_id)
        if trigger is None:
            raise ExpiredTrigger
        if trigger.used:
            raise ExchangedTrigger
        if self._real_s() > trigger.until:
            raise ExpiredTrigger
        trigger.used = True
        return trigger.person_id
