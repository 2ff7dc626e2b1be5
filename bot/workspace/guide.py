"""The first-visit guide: five steps, each of which notices by itself that it is done."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from bot.workspace.faces import N_
from bot.workspace.feed import Change, Feed
from bot.workspace.history import History

_META = "guide"
_FIRST = "guide_first_person"
_CLOSES_WITHIN_S = 2.0
_CHECKLIST = re.compile("checklist|清单", re.IGNORECASE)
_TICK = re.compile(r"block_actions \w+\.(un)?tick\b")
_USER = re.compile(r'"user": ?\{"id": ?"(\w+)"')


@dataclass(frozen=True)
class Step:
    """One step as shown; `try_text` is what the page types for you, in `channel`."""

    key: str
    title: str
    text: str
    try_text: str
    channel: str
    is_done: bool
    is_next: bool


@dataclass(frozen=True)
class _Sentence:
    title: str
    text: str
    try_text: str = ""


_STEPS: Mapping[str, _Sentence] = {
    "command": _Sentence(
        N_("See tonight's checklist"),
        N_("In #live-team, type this and press Enter."),
        N_("/live checklist"),
    ),
    "press": _Sentence(
        N_("Tick something off"),
        N_("Press Done beside any item of the card, and watch the card change in place."),
    ),
    "second_person": _Sentence(
        N_("Be somebody else"),
        N_("Choose another person at the top, or open a second tab, and press a button as them."),
    ),
    "clock": _Sentence(
        N_("Move the clock"),
        N_("Open the clock at the top and go to 30 minutes before the show. Whatever falls due comes."),
    ),
    "form": _Sentence(
        N_("Plan a show"),
        N_("As 陈姐, who plans shows, type this, fill in the form and send it."),
        N_("/live show new"),
    ),
}


class Guide:
    """Keeps which steps are done, in the workspace's own file, and tells the feed when one more is.

    It learns from the changes that open pages are told; nobody looking means nobody to guide.
    """

    def __init__(self, history: History, feed: Feed) -> None:
        self._history = history
        self._feed = feed
        self._submitted_at = float("-inf")

    def steps(self, translations: NullTranslations) -> list[Step]:
        done = self.done()
        following = next((key for key in _STEPS if key not in done), "")
        return [
            Step(
                key=key,
                title=translations.gettext(sentence.title),
                text=translations.gettext(sentence.text),
                try_text=translations.gettext(sentence.try_text) if sentence.try_text else "",
                channel="C0LIVETEAM" if sentence.try_text else "",
                is_done=key in done,
                is_next=key == following,
            )
            for key, sentence in _STEPS.items()
        ]

    def done(self) -> set[str]:
        """The keys of the steps that are done."""
        return {word for word in (self._history.meta(_META) or "").split() if word in _STEPS}

    def notice(self, change: Change) -> None:
        """Tick what this change shows to be done."""
        fresh = self._shown(change) - self.done()
        if fresh:
            self._history.set_meta(_META, " ".join(sorted(self.done() | fresh)))
            self._feed.publish("guide")

    def _shown(self, change: Change) -> set[str]:
        if change.kind == "wire":
            return self._answered(change.data) if change.data.get("ok") and change.data.get("ms") else set()
        if change.kind == "clock":
            return {"clock"}
        closed = change.kind == "form" and not change.data.get("depth")
        return {"form"} if closed and time.monotonic() - self._submitted_at < _CLOSES_WITHIN_S else set()

    def _answered(self, entry: Mapping[str, Any]) -> set[str]:
        """What an acknowledged command or interaction stands for."""
        summary = str(entry.get("summary"))
        if entry.get("type") == "slash_commands":
            return {"command"} if _CHECKLIST.search(summary) else set()
        if summary.startswith("view_submission"):
            self._submitted_at = time.monotonic()
        return self._pressed(str(entry.get("body"))) if _TICK.match(summary) else set()

    def _pressed(self, body: str) -> set[str]:
        match = _USER.search(body)
        person = match[1] if match else ""
        first = self._history.meta(_FIRST) or ""
        if not first:
            self._history.set_meta(_FIRST, person)
        return {"press", "second_person"} if first and person and first != person else {"press"}
