"""How a handler says no."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.core.cards import Card
from handlers.core.text import Text, text


class Refusal(Exception):
    """A short private answer that says what happened and what would work. Nothing of the turn is kept.

    `card` replaces the plain sentence where a button helps; `redraw` names live cards to bring up to date
    (a stale press shows the person an old card).
    """

    def __init__(self, says: Text | str, *, card: Card | None = None, redraw: tuple[tuple[str, str], ...] = ()) -> None:
        self.says = text(says)
        self.card = card
        self.redraw = redraw
        super().__init__(self.says.plain)


class FormErrors(Exception):
    """What is wrong with a submission, at its inputs: `{input key: sentence}`. Rolls the turn back."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{key}: {says}" for key, says in errors.items()))
