"""Everything that the stage shows is also drawn for Slack and linted: a card that Slack would refuse fails its test."""

from __future__ import annotations

from collections.abc import Iterable

from bot.platforms.slack.forms import modal
from bot.platforms.slack.linter import lint_message, lint_view
from bot.platforms.slack.pieces import Look
from bot.platforms.slack.renderer import render, render_home
from handlers.core.cards import Card
from handlers.core.replies import DrawnForm, Post, Reply, Resolved


def check_answer(answered: Iterable[Resolved]) -> None:
    for effect in answered:
        match effect:
            case Reply() | Post():
                check_card(effect.card)
            case DrawnForm():
                assert lint_view(modal(effect.form, "form-1")) == []


def check_card(card: Card) -> None:
    """One message, within every limit."""
    messages = render(card)
    assert len(messages) == 1
    assert lint_message(messages[0]) == []


def check_home(card: Card) -> None:
    assert lint_view(render_home(card, Look(surface="home"))) == []
