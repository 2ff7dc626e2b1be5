"""Which show is meant: tonight's, the one on air, or the one that a few words name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from handlers.core.clock import business_day
from handlers.core.context import Scene, team_zone
from handlers.core.vocabulary import folded
from storage.tables import Show

AWAITED = frozenset({"planned", "ready"})
LONGEST_SHOW = timedelta(hours=24)
FARTHEST = timedelta(days=400)
"""No show is planned further ahead."""
LOOK_BACK, LOOK_AHEAD = timedelta(days=14), FARTHEST
AN_INSTANT = timedelta(microseconds=1)

TODAY = frozenset({"tonight", "today", "now", "current", "今晚", "今天", "今日", "本场", "当前"})
TOMORROW = frozenset({"tomorrow", "明天", "明晚", "明日"})
YESTERDAY = frozenset({"yesterday", "昨天", "昨晚", "昨日"})


def is_on_air(show: Show, now: datetime) -> bool:
    """Said to be live, or within its planned time with nobody having said that it ended."""
    return show.state == "live" or (show.state in AWAITED and show.start_at <= now < show.end_at)


def pick_current(shows: Iterable[Show], now: datetime, day_end_at: datetime) -> tuple[Show, ...]:
    """On air, else the next to start before the day's cut-off, else the next one. Several: somebody has to choose."""
    known = sorted(shows, key=lambda show: (show.start_at, show.id))
    running = tuple(show for show in known if is_on_air(show, now))
    if running:
        return running
    ahead = [show for show in known if show.state in AWAITED and show.start_at > now]
    today = [show for show in ahead if show.start_at < day_end_at]
    first = next(iter(today or ahead), None)
    return tuple(show for show in ahead if first and show.start_at == first.start_at)


def day_around(scene: Scene, days: int = 0) -> tuple[datetime, datetime]:
    """Start and end of the team's business day, `days` after today's."""
    zone = team_zone(scene.workspace)
    cut = scene.workspace.day_cut_min
    begun, ends = business_day(scene.now.astimezone(zone), cut)
    shift = timedelta(days=days)
    return begun + shift, ends + shift


def current_show(scene: Scene) -> tuple[Show, ...]:
    """The show that is meant when none is named; two at once are both given, none is ()."""
    shows = scene.store.shows
    begun = shows.list_between(scene.now - LONGEST_SHOW, scene.now + AN_INSTANT)
    found = {show.id: show for show in (*shows.list_on_air(), *begun, *next_to_start(scene))}
    return pick_current(found.values(), scene.now, day_around(scene)[1])


def next_to_start(scene: Scene) -> list[Show]:
    """All that start together next, however many they are."""
    shows = scene.store.shows
    return [
        show
        for first in shows.next_after(scene.now)
        for show in shows.list_between(first.start_at, first.start_at + AN_INSTANT)
    ]


def find_shows(scene: Scene, words: str) -> tuple[Show, ...]:
    """What the words name: nothing said, a day, `#12`, or part of a theme."""
    wanted = folded(words)
    if not wanted:
        return current_show(scene)
    day = wanted.removesuffix("场").removesuffix("的")
    if day in TODAY:
        return tonights(scene)
    if day in TOMORROW:
        return shows_of_day(scene, 1)
    if day in YESTERDAY:
        return shows_of_day(scene, -1)
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 16:
        show = scene.store.shows.find(int(number))
        return (show,) if show else ()
    return themed(nearby(scene), wanted, scene.now)


def tonights(scene: Scene) -> tuple[Show, ...]:
    """Today's current show, or the last one of today when all are over."""
    _, ends = day_around(scene)
    current = tuple(show for show in current_show(scene) if show.start_at < ends)
    return current or shows_of_day(scene, 0)[-1:]


def shows_of_day(scene: Scene, days: int) -> tuple[Show, ...]:
    return tuple(show for show in scene.store.shows.list_between(*day_around(scene, days)) if show.state != "draft")


def nearby(scene: Scene) -> Sequence[Show]:
    """Shows not long ago and not far ahead."""
    return scene.store.shows.list_between(scene.now - LOOK_BACK, scene.now + LOOK_AHEAD)


def themed(shows: Iterable[Show], wanted: str, now: datetime) -> tuple[Show, ...]:
    """Those whose theme holds the words, the nearest in time first."""
    found = [show for show in shows if wanted in folded(show.theme)]
    return tuple(sorted(found, key=lambda show: abs(show.start_at - now)))


def choosable(shows: Iterable[Show], now: datetime, most: int) -> list[Show]:
    """At most `most`, those to come or on air before those that are over, the nearer before the farther; by start."""
    near = sorted(shows, key=lambda show: (show.end_at <= now, abs(show.start_at - now), show.id))
    return sorted(near[:most], key=lambda show: (show.start_at, show.id))
