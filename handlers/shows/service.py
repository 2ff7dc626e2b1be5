"""Adds shows and finds the ones ahead."""

from __future__ import annotations

from datetime import date, datetime

from handlers.core.context import Scene, team_zone
from handlers.core.tonight import FARTHEST, day_around
from handlers.shows.rules import Plan
from storage.databases import Store
from storage.tables import Show

WALL = "%Y-%m-%dT%H:%M"
STANDARD = "standard"


def plan_show(
    store: Store,
    plan: Plan,
    *,
    tz: str,
    by: str,
    at: datetime,
    channel_id: str | None = None,
    template_key: str = STANDARD,
) -> Show:
    """Adds a planned show; the caller answers with `Happened("show.planned")`, which hangs its checklist."""
    return store.shows.add(
        Show(
            theme=plan.theme,
            platform=plan.platform,
            state="planned",
            start_at=plan.start_at,
            start_local=plan.start.strftime(WALL),
            end_at=plan.end_at,
            end_local=plan.end.strftime(WALL),
            tz=tz,
            template_key=template_key,
            channel_id=channel_id,
            created_by=by,
            created_at=at,
        )
    )


def shows_ahead(scene: Scene) -> list[Show]:
    """Today's shows, over or not, and all the coming ones; the earliest first."""
    begun, ends = day_around(scene)
    shows = scene.store.shows.list_between(begun, ends + FARTHEST)
    return [show for show in shows if show.state != "draft"]


def days_taken(scene: Scene) -> frozenset[date]:
    """The team's days that have a show ahead already."""
    zone = team_zone(scene.workspace)
    return frozenset(show.start_at.astimezone(zone).date() for show in shows_ahead(scene))


def usual_platform(scene: Scene) -> str:
    """Where the last show went on air; "" when there was none."""
    recent = scene.store.shows.list_recent(1)
    return recent[0].platform if recent else ""
