"""The small checks that the shapes of Block Kit are put together from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that Slack would refuse (`error`) or that is unwise (`warn`), at a JSON pointer."""

    code: str
    pointer: str
    message: str
    level: Literal["error", "warn"] = "error"


Check = Callable[[Any, str], Iterator[Fault]]


def string(most: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault("wrong_type", at, f"must be a string, is {type(value).__name__}")
        elif len(value) < least:
            yield Fault("empty", at, f"must have at least {least} characters")
        elif len(value) > most:
            yield Fault("too_long", at, f"{len(value)} characters, at most {most}")

    return check


def flag(value: Any, at: str) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault("wrong_type", at, "must be true or false")


def anything(_value: Any, _at: str) -> Iterator[Fault]:
    yield from ()


def number(low: float = -math.inf, high: float = math.inf) -> Check:
    def check(value: Any, at: str) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield Fault("wrong_type", at, "must be a finite number")
        elif not low <= value <= high:
            yield Fault("out_of_range", at, f"{value} is not within {low} and {high}")

    return check


def choice(*values: str) -> Check:
    def check(value: Any, at: str) -> Iterator[Fault]:
        if value not in values:
            yield Fault("not_a_choice", at, f"{value!r} is none of {', '.join(values)}")

    return check


def listing(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault("wrong_type", at, "must be a list")
            return
        if len(value) < least:
            yield Fault("too_few", at, f"{len(value)} entries, at least {least}")
        if len(value) > most:
            yield Fault("too_many", at, f"{len(value)} entries, at most {most}")
        for index, entry in enumerate(value):
            yield from each(entry, f"{at}/{index}")

    return check


def shape(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    also: Check = anything,
) -> Check:
    """An object with exactly these fields; `type` and the ids are looked at by who calls."""
    must = required or {}
    known = {**must, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault("wrong_type", at, "must be an object")
            return
        for name in must:
            if name not in value:
                yield Fault("missing", f"{at}/{name}", f"`{name}` is required")
        for name, entry in value.items():
            if name in known:
                yield from known[name](entry, f"{at}/{name}")
            elif name != "type":
                yield Fault("unknown_field", f"{at}/{name}", f"there is no field `{name}` here")
        yield from also(value, at)

    return check


def by_type(table: Mapping[str, Check], allowed: Iterable[str] | None = None) -> Check:
    """An object whose `type` picks its shape out of `table`, narrowed to `allowed`."""
    names = frozenset(allowed) if allowed is not None else None

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault("wrong_type", at, "must be an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in table:
            yield Fault("unknown_type", at, f"unknown type {kind!r}")
        elif names is not None and kind not in names:
            yield Fault("misplaced", at, f"{kind} may not stand here")
        else:
            yield from table[kind](value, at)

    return check


def one_of(*names: str) -> Check:
    """At least one of these fields is there."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not any(name in value for name in names):
            yield Fault("missing", at, f"needs {' or '.join(names)}")

    return check


def plain(most: int) -> Check:
    """A plain_text object."""
    inner = shape({"text": string(most)}, {"emoji": flag})

    def check(value: Any, at: str) -> Iterator[Fault]:
        if isinstance(value, dict) and value.get("type") != "plain_text":
            yield Fault("plain_text_only", at, "must be plain_text")
        else:
            yield from inner(value, at)

    return check


def any_text(most: int) -> Check:
    """A plain_text or mrkdwn object."""
    return by_type(
        {
            "plain_text": plain(most),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": flag}),
        }
    )
