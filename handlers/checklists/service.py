"""Hangs checklists on shows, ticks and unticks items, and gathers what a card needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers.checklists.rules import ShowClock, is_open, resolve
from handlers.checklists.templates import Template, TemplateFile, TemplateItem
from handlers.core.context import Scene, team_day
from handlers.core.datafiles import DataError, read_data
from handlers.core.roles import Posts, load_posts
from storage.databases import Store
from storage.repositories.checklists import ItemLine
from storage.tables import ChecklistItem, ChecklistRun, Show

FILE = read_data("handlers.checklists", "checklists.json", TemplateFile)
TEMPLATES: Mapping[str, Template] = {template.key: template for template in FILE.templates}


def resolve_all() -> dict[str, tuple[TemplateItem, ...]]:
    try:
        return {key: resolve(TEMPLATES, key) for key in TEMPLATES}
    except ValueError as error:
        raise DataError(f"handlers/checklists/data/checklists.json: {error}") from error


RESOLVED: Mapping[str, tuple[TemplateItem, ...]] = resolve_all()


def hang(store: Store, show: Show, now: datetime) -> ChecklistRun:
    """The show's checklist: the one it has, else its template resolved and timed on the show's clock."""
    found = store.checklists.run_of(show.id)
    if found is not None:
        return found
    clock = clock_of(show)
    timed = sorted(
        ((clock.due_at(line), index, line) for index, line in enumerate(RESOLVED[show.template_key])),
        key=lambda entry: entry[:2],
    )
    run = ChecklistRun(show_id=show.id, template_key=show.template_key, template_version=FILE.version, created_at=now)
    items = [new_item(line, position, due_at) for position, (due_at, _, line) in enumerate(timed)]
    return store.checklists.add_run(run, items)


def clock_of(show: Show) -> ShowClock:
    return ShowClock(show.start_at, show.end_at, show.actual_start_at, show.actual_end_at)


def new_item(line: TemplateItem, position: int, due_at: datetime) -> ChecklistItem:
    """Nobody owns it by name: it belongs to whoever holds its role, so a change of roles moves it along."""
    return ChecklistItem(
        key=line.id,
        position=position,
        phase=line.phase,
        anchor=line.anchor,
        offset_min=line.offset_min,
        repeat_min=line.repeat_min,
        due_at=due_at,
        role=line.role,
        critical=line.critical,
        title_zh=line.title_zh,
        title_en=line.title_en,
        proof=line.proof.model_dump(exclude_defaults=True),
    )


def tick(store: Store, item: ItemLine, by: str, at: datetime, *, owner_id: str | None = None) -> int:
    """Marks it done by `by`, on behalf of `owner_id` where that is somebody else; the item's new version.

    Conflict when it has changed since `item` was read.
    """
    version = store.checklists.set_state(
        item.id, item.version, state="done", done_by=by, done_for=owner_id or item.owner_id or by, done_at=at
    )
    store.checklists.add_event(
        item.id, verb="tick", by_id=by, for_id=owner_id or item.owner_id, at=at, item_version=version
    )
    return version


def untick(store: Store, item: ItemLine, by: str, at: datetime) -> int:
    """Opens it again; the item's new version. Conflict when it has changed since `item` was read."""
    version = store.checklists.set_state(item.id, item.version, state="open")
    store.checklists.add_event(item.id, verb="untick", by_id=by, for_id=item.done_for, at=at, item_version=version)
    return version


def owner_of(scene: Scene, item: ItemLine) -> str | None:
    """Who answers for the item today; None when its role is vacant."""
    if item.owner_id:
        return item.owner_id
    holders = scene.store.roles.holders_of(item.role, team_day(scene.workspace, scene.now))
    return next((holder.person_id for holder in holders), None)


@dataclass(frozen=True, slots=True)
class Board:
    """A checklist with all that is needed to draw it."""

    show: Show
    run_id: int
    items: tuple[ItemLine, ...]
    posts: Posts

    def owner_of(self, item: ItemLine) -> str | None:
        return item.owner_id or self.posts.owner_of(item.role)

    def open_of(self, person_id: str) -> list[ItemLine]:
        return [item for item in self.items if is_open(item) and self.owner_of(item) == person_id]


def board_of(scene: Scene, run_id: int, show: Show) -> Board:
    posts = load_posts(scene.store, team_day(scene.workspace, scene.now))
    return Board(show, run_id, tuple(scene.store.checklists.lines_of(run_id)), posts)
