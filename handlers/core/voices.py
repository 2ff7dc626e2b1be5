"""How the product speaks: a reader's language and zone. Every sentence a person sees goes through a Voice."""

from __future__ import annotations

import gettext
import string
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.core.text import Span, Text, Words, text

LOCALES = ("zh-CN", "en")


def known_locale(tag: str) -> str:
    """The nearest locale that we speak: zh-TW and zh-Hans read zh-CN, everything else English."""
    return "zh-CN" if tag.lower().startswith("zh") else "en"


@cache
def known_zone(name: str, otherwise: str = "UTC") -> ZoneInfo:
    """The zone of that IANA name; `otherwise` where a platform tells us one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(otherwise)


@cache
def catalog(locale: str) -> gettext.NullTranslations:
    """The gettext catalog of a locale; msgids are the English sentences."""
    folder = locale.replace("-", "_")
    path = resources.files("handlers") / "locale" / folder / "LC_MESSAGES" / "callsheet.mo"
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream)


def N_(msgid: str) -> str:  # noqa: N802
    """Marks a sentence for the catalogs where it is data and said later."""
    return msgid


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks to one reader, or to a channel, in `locale`, with wall times of `zone`."""

    locale: str
    zone: ZoneInfo

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return self.pick("", " ")

    def say(self, msgid: str, /, **values: Any) -> str:
        """The sentence in the reader's language; `{name}` placeholders are filled from `values`."""
        return catalog(self.locale).gettext(msgid).format(**values) if msgid else ""

    def plural(self, one: str, many: str, n: int, /, **values: Any) -> str:
        """As `say`, by number; `{n}` is the number itself."""
        return catalog(self.locale).ngettext(one, many, n).format(n=n, **values)

    def rich(self, msgid: str, /, **values: Text | Span | str | int) -> Text:
        """As `say`, but values may be rich text and stay rich: `rich("{who} ticked {item}", who=Mention(…))`."""
        pieces: list[Span] = []
        for literal, name in parse(catalog(self.locale).gettext(msgid)):
            if literal:
                pieces.append(Words(literal))
            if name:
                value = values[name]
                pieces.extend(text(str(value) if isinstance(value, int) else value).spans)
        return Text(tuple(pieces))

    def pick(self, zh: str, en: str) -> str:
        """The right one of two texts that are data in both languages."""
        return zh if self.locale == "zh-CN" else en

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def time(self, at: datetime) -> str:
        """20:00"""
        return self.local(at).strftime("%H:%M")

    def date(self, at: datetime, now: datetime) -> str:
        """11月22日 周日, or Sun 22 Nov; in another year than that of `now` 2099年3月13日 周五, or Fri 13 Mar 2099."""
        local = self.local(at)
        is_this_year = local.year == self.local(now).year
        if self.locale == "zh-CN":
            year = "" if is_this_year else f"{local.year}年"
            return f"{year}{local.month}月{local.day}日 周{'一二三四五六日'[local.weekday()]}"
        return f"{local:%a} {local.day} {local:%b}" + ("" if is_this_year else f" {local.year}")

    def when(self, at: datetime, now: datetime) -> str:
        """Time alone on the reader's own day, with the date on any other."""
        if self.local(at).date() == self.local(now).date():
            return self.time(at)
        return f"{self.date(at, now)} {self.time(at)}"


@cache
def parse(sentence: str) -> tuple[tuple[str, str], ...]:
    """A sentence as (literal, placeholder name) pairs."""
    return tuple((literal, name or "") for literal, name, _, _ in string.Formatter().parse(sentence))
