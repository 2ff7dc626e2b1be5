"""Labels as people name them: emoji and spaces at the edges do not count."""

from __future__ import annotations

import re
import unicodedata

_CODE = re.compile(r":[a-z0-9_+\-]+:")
_MODIFIERS = ("So", "Sk", "Cs", "Cf", "Mn", "Me")


def trimmed(label: str) -> str:
    """Without emoji (drawn or `:coded:`) and with single spaces."""
    text = _CODE.sub(" ", label)
    drawn = "".join(" " if unicodedata.category(char) in _MODIFIERS else char for char in text)
    return " ".join(drawn.split())


def same_label(one: str, other: str) -> bool:
    """A label made of emoji only is compared as it stands."""
    left, right = trimmed(one), trimmed(other)
    return left == right if left or right else one.strip() == other.strip()


def holds(text: str, part: str) -> bool:
    """Whether `near` text holds the words given."""
    return trimmed(part) in trimmed(text)
