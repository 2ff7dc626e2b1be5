"""Slack's rate limits, for those who ask for them."""

from __future__ import annotations

import math
from collections.abc import Callable

TIERS = {2: 20, 3: 50, 4: 100}
BURST = 3
WINDOW_S = 60.0


class Rates:
    """Per method and minute by tier; chat.postMessage one a second per channel after a short burst."""

    def __init__(self, real_s: Callable[[], float], *, strict: bool = False) -> None:
        self._real_s = real_s
        self.strict = strict
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, method: str, tier: int, channel: str) -> int:
        """0 when the call may pass (and counts), else the whole seconds to wait."""
        if not self.strict:
            return 0
        if method == "chat.postMessage":
            return self._take(f"{method}:{channel}", BURST, 1.0)
        most = TIERS.get(tier, 0)
        return self._take(method, most, most / WINDOW_S) if most else 0

    def _take(self, key: str, most: int, per_s: float) -> int:
        now = self._real_s()
        left, at = self._left.get(key, (float(most), now))
        left = min(float(most), left + (now - at) * per_s)
        if left >= 1:
            self._left[key] = (left - 1, now)
            return 0
        self._left[key] = (left, now)
        return max(1, math.ceil((1 - left) / per_s))
