"""Cards drawn for one workspace, linted before they leave, and simpler where Slack refused them before."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.platforms.slack.blocks import BlockDict
from bot.platforms.slack.forms import modal
from bot.platforms.slack.linter import Fault, lint_message, lint_view
from bot.platforms.slack.pieces import Look
from bot.platforms.slack.renderer import has_native, render, render_home, render_one, render_plain
from handlers.core.cards import Card, Form
from handlers.core.clock import Clock

log = logging.getLogger(__name__)

Hook = Callable[[str], None]
"""Counts one happening by its code."""

WITHOUT_NATIVE = timedelta(days=1)


class Drawings:
    def __init__(self, clock: Clock, hook: Hook) -> None:
        self._clock = clock
        self._hook = hook
        self._plain_until: dict[str, datetime] = {}

    def look(self, workspace_id: str) -> Look:
        until = self._plain_until.get(workspace_id)
        return Look(native=until is None or self._clock.real() >= until)

    def pages(self, workspace_id: str, card: Card) -> list[BlockDict]:
        return [self._sound(page, card) for page in render(card, self.look(workspace_id))]

    def one(self, workspace_id: str, card: Card) -> BlockDict:
        return self._sound(render_one(card, self.look(workspace_id)), card)

    def home(self, workspace_id: str, card: Card) -> BlockDict:
        """A Home that Slack would refuse is shown as its text."""
        look = Look(surface="home", native=self.look(workspace_id).native)
        view = render_home(card, look)
        if not self._faults(lint_view(view), card.title):
            return view
        text = render_plain(card)["text"][:2_900]
        return {"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}]}

    def modal(self, form: Form, form_id: str) -> BlockDict:
        """There is no plain form: a faulty one goes out as it is, and Slack says what it thinks of it."""
        view = modal(form, form_id)
        self._faults(lint_view(view), form.name)
        return view

    def refused(self, workspace_id: str, page: Mapping[str, Any], card: Card, why: str) -> BlockDict:
        """What to send instead of a page that Slack refused: without tables and charts if it had some, for a
        day in this workspace; else without blocks."""
        log.warning("blocks refused: workspace=%s card=%r why=%s", workspace_id, card.title, why)
        self._hook(why)
        if has_native(page):
            self._plain_until[workspace_id] = self._clock.real() + WITHOUT_NATIVE
            return self.one(workspace_id, card)
        return render_plain(card)

    def _sound(self, page: BlockDict, card: Card) -> BlockDict:
        return render_plain(card) if self._faults(lint_message(page), card.title) else page

    def _faults(self, faults: list[Fault], title: str) -> bool:
        """Whether any of them is an error; all are told."""
        for fault in faults:
            log.warning("%s in %r at %s: %s", fault.code, title, fault.pointer, fault.message)
            self._hook(f"lint_{fault.code}")
        return any(fault.level == "error" for fault in faults)
