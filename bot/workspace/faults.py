"""Faults on order: the next calls of a method fail as asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SOCKET = "socket"
ACK = "ack"


@dataclass(slots=True)
class Fault:
    """`method` is a Web API method, "*" for any, "ack" to lose acknowledgments. `times` counts down.

    With none of the effects below it only delays. `drop_after`: the call takes effect, its answer is lost;
    `disconnect`: the connection breaks before the call takes effect.
    """

    method: str
    times: int = 1
    http_status: int | None = None
    error: str | None = None
    retry_after_s: float | None = None
    delay_ms: float = 0
    drop_after: bool = False
    disconnect: bool = False


class Faults:
    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        self._ordered.append(fault)

    def take(self, method: str) -> Fault | None:
        """The oldest fault that concerns the method, used up once."""
        for fault in self._ordered:
            if fault.method == method or (fault.method == "*" and method != ACK):
                fault.times -= 1
                if fault.times <= 0:
                    self._ordered.remove(fault)
                return fault
        return None

    def standing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._ordered]

    def clear(self) -> None:
        self._ordered.clear()
