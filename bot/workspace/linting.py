"""The linter of the Slack adapter, in Slack's own error words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.platforms.slack.linter import Fault, lint_message, lint_view

TOTALS = frozenset({"blocks_too_long"})


class Refused(Exception):
    """`error` as Slack names it, and one line per fault with its JSON pointer."""

    def __init__(self, error: str, lines: Sequence[str]) -> None:
        super().__init__(error)
        self.error = error
        self.lines = list(lines)


def _refuse(faults: Sequence[Fault]) -> None:
    errors = [fault for fault in faults if fault.level == "error"]
    if not errors:
        return
    lines = [f"[ERROR] {fault.message} [json-pointer:{fault.pointer}]" for fault in errors]
    codes = {fault.code for fault in errors}
    if "no_text" in codes:
        raise Refused("no_text", lines)
    if any(fault.pointer == "/text" for fault in errors):
        raise Refused("msg_too_long", lines)
    raise Refused("msg_blocks_too_long" if codes <= TOTALS else "invalid_blocks", lines)


def check_message(payload: Mapping[str, Any], *, totals: bool = True) -> None:
    """Raises Refused."""
    faults = lint_message(payload)
    _refuse(faults if totals else [fault for fault in faults if fault.code not in TOTALS])


def check_view(view: Mapping[str, Any]) -> None:
    """Raises Refused."""
    _refuse(lint_view(view))
