"""A small theatre: a seeded team, a movable clock, the real router, real SQLite. Said -> answered."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from handlers.checklists.service import hang
from handlers.core.cards import Actions, Button, Card, Control, Items, plain_card
from handlers.core.clock import FakeClock
from handlers.core.context import Actor, Context, Scene, private_voice, public_voice, reader_of, team_day
from handlers.core.errors import Refusal
from handlers.core.messages import (
    Command,
    FormRef,
    Incoming,
    Membership,
    Message,
    Opened,
    Options,
    Place,
    Press,
    Reaction,
    Shortcut,
    Submission,
)
from handlers.core.replies import DrawnForm, Reply, Resolved
from handlers.core.router import Router
from handlers.shows.rules import Asked, settled
from handlers.shows.service import plan_show
from handlers.team.service import seat
from storage.databases import Database, Store
from storage.repositories.checklists import ItemLine
from storage.tables import Channel, ChecklistItem, Person, Show, Workspace
from tests.handlers.drawing import check_answer, check_card, check_home

TEAM = "T1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 22, 18, 0, tzinfo=SHANGHAI)
CHANNEL, ENGLISH, OTHER, DM = "C-LIVE", "C-ENGLISH", "C-ELSEWHERE", "D"


@dataclass(frozen=True)
class Cast:
    """Somebody of the team."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    locale: str = "zh-CN"
    tz: str = "Asia/Shanghai"
    is_admin: bool = False
    is_guest: bool = False


CAST = (
    Cast("lin", "林岚", ("director",), is_admin=True),
    Cast("chen", "陈姐", ("pm",)),
    Cast("su", "苏苏", ("content", "compliance")),
    Cast("mei", "Mei", ("host",), locale="en-US"),
    Cast("ning", "阿宁", ("assistant",)),
    Cast("wu", "老吴", ("ops",)),
    Cast("zhou", "小周", ("control",)),
    Cast("mi", "小米", ("cs",)),
    Cast("oliver", "Oliver", ("data",), locale="en-GB", tz="Europe/London"),
    Cast("zhen", "阿珍", ("merch",)),
    Cast("sun", "老孙", ("supply",)),
    Cast("kai", "阿凯", ("marketing",)),
    Cast("liu", "大刘", ("tech",)),
    Cast("fang", "方圆", is_guest=True),
)


class Stage:
    """`say`, `press`, `submit` return what the router answers, with the store committed (or rolled back)."""

    def __init__(self, database: Database, router: Router, start: datetime = EVENING) -> None:
        self.database = database
        self.router = router
        self.clock = FakeClock(start)
        self.events = 0

    def seed(self, cast: Iterable[Cast] = CAST, **workspace: Any) -> None:
        now = self.clock.now()
        row = Workspace(workspace_id=TEAM, platform="test", name="晚八点直播间", created_at=now, **workspace)
        self.database.workspaces.add(row)
        with self.database.write(TEAM) as store:
            for one in cast:
                self.add_person(store, one)
            for channel_id, member, locale in ((CHANNEL, True, None), (ENGLISH, True, "en-US"), (OTHER, False, None)):
                store.channels.upsert(
                    Channel(channel_id=channel_id, name=channel_id, is_member=member, locale=locale, fetched_at=now)
                )

    def add_person(self, store: Store, one: Cast, **facts: Any) -> None:
        now = self.clock.now()
        store.people.upsert(
            Person(
                person_id=one.id,
                name=one.name,
                locale=one.locale,
                tz=one.tz,
                is_guest=one.is_guest,
                fetched_at=now,
                **facts,
            )
        )
        if not one.is_guest and not facts:
            seat(store, one.id, one.roles, joined_at=now, is_admin=one.is_admin)
        dm = f"{DM}-{one.id}"
        store.channels.upsert(Channel(channel_id=dm, name=one.name, kind="dm", person_id=one.id, fetched_at=now))

    def plan(
        self, theme: str, on: str, start: str, end: str, *, hung: bool = True, template_key: str = "standard"
    ) -> Show:
        """Adds a show, by the pm, with its checklist."""
        with self.database.write(TEAM) as store:
            plan = settled(Asked(theme, on, start, end, "douyin"), SHANGHAI)
            show = plan_show(store, plan, tz=SHANGHAI.key, by="chen", at=self.clock.now(), template_key=template_key)
            if hung:
                hang(store, show, self.clock.now())
        return show

    def say(self, person: str, words: str, channel: str = CHANNEL) -> tuple[Resolved, ...]:
        """`/live words` in a channel; `channel` "dm" is the person's DM with the bot."""
        return self.answer(Command(**self.base(person, channel), words=words))

    def write(self, person: str, words: str, channel: str = "dm", **more: Any) -> tuple[Resolved, ...]:
        """A message to the bot."""
        self.events += 1
        message = Message(**self.base(person, channel), ts=str(self.events), words=words, **{"to_bot": True, **more})
        return self.answer(message)

    def press(
        self, person: str, button: Control, *, channel: str = CHANNEL, form: FormRef | None = None, home: bool = False
    ) -> tuple[Resolved, ...]:
        """Presses a drawn button, wherever it stood."""
        surface: Literal["form", "home", "message"] = "form" if form else "home" if home else "message"
        place = Place(kind="home") if home else self.place(person, channel)
        base = {**self.base(person, channel), "place": place}
        return self.answer(Press(**base, action=button.action, value=button.value, surface=surface, form=form))

    def submit(
        self, person: str, form: DrawnForm | FormRef, values: Mapping[str, str | list[str]], channel: str = CHANNEL
    ) -> tuple[Resolved, ...]:
        return self.answer(Submission(**self.base(person, channel), form=form_ref(form), values=values))

    def react(self, person: str, emoji: str) -> tuple[Resolved, ...]:
        return self.answer(Reaction(**self.base(person, CHANNEL), emoji=emoji, added=True, ts="1"))

    def shortcut(self, person: str, name: str) -> tuple[Resolved, ...]:
        return self.answer(Shortcut(**self.base(person, CHANNEL), name=name))

    def suggest(self, person: str, form: FormRef, key: str, query: str) -> tuple[Resolved, ...]:
        return self.answer(Options(**self.base(person, CHANNEL), form=form, input_key=key, query=query))

    def open_home(self, person: str) -> tuple[Resolved, ...]:
        return self.answer(Opened(**self.base(person, CHANNEL)))

    def joins(self, person: str) -> tuple[Resolved, ...]:
        return self.answer(Membership(**self.base(person, CHANNEL), change="joined", who_id=person))

    def home(self, person: str) -> Card:
        with self.database.read(TEAM) as store:
            card = self.router.home(self.context(store, Opened(**self.base(person, CHANNEL))))
        check_home(card)
        return card

    def live(self, kind: str, entity_id: str, channel: str = CHANNEL) -> Card | None:
        """The living card as it stands now in that channel."""
        with self.database.read(TEAM) as store:
            card = self.router.draw_live(self.scene(store, channel), kind, entity_id)
        if card is not None:
            check_card(card)
        return card

    def answer(self, incoming: Incoming) -> tuple[Resolved, ...]:
        with self.database.write(TEAM) as store:
            answered = self.router.answer(self.context(store, incoming))
        check_answer(answered)
        return answered

    def refused(self, act: Any, *args: Any, **more: Any) -> Refusal:
        """The refusal of an act that has to be refused."""
        try:
            answered = act(*args, **more)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"not refused: {answered}")

    def item(self, show: Show, key: str) -> ChecklistItem:
        with self.database.read(TEAM) as store:
            run = store.checklists.run_of(show.id)
            assert run is not None
            return next(item for item in store.checklists.items_of(run.id) if item.key == key)

    def run_id(self, show: Show) -> str:
        with self.database.read(TEAM) as store:
            run = store.checklists.run_of(show.id)
            assert run is not None
            return str(run.id)

    def scene(self, store: Store, channel: str = CHANNEL) -> Scene:
        workspace = store.workspace.get()
        found = store.channels.find(channel)
        reader = reader_of(store, found)
        return Scene(store, workspace, self.clock.now(), public_voice(workspace, found, reader), reader)

    def context(self, store: Store, incoming: Incoming) -> Context:
        scene = self.scene(store, incoming.place.channel_id)
        person = store.people.get(incoming.person_id)
        membership = store.memberships.find(person.person_id)
        roles = store.roles.roles_of(person.person_id, team_day(scene.workspace, scene.now))
        return Context(
            store=store,
            workspace=scene.workspace,
            now=scene.now,
            public=scene.public,
            reader=scene.reader,
            actor=Actor(person, frozenset(roles), bool(membership and membership.is_admin)),
            channel=store.channels.find(incoming.place.channel_id),
            incoming=incoming,
            private=private_voice(scene.workspace, person),
        )

    def place(self, person: str, channel: str) -> Place:
        return Place(f"{DM}-{person}", kind="dm") if channel == "dm" else Place(channel)

    def base(self, person: str, channel: str) -> dict[str, Any]:
        self.events += 1
        return {
            "workspace_id": TEAM,
            "person_id": person,
            "place": self.place(person, channel),
            "key": f"event-{self.events}",
            "said_at": self.clock.real(),
        }

    def passes(self, **span: float) -> None:
        self.clock.jump(timedelta(**span))


@contextmanager
def open_stage(source: Path, path: Path, router: Router) -> Iterator[Stage]:
    """A stage over a copy of the database `source`."""
    shutil.copy(source, path)
    database = Database(f"sqlite:///{path}", synchronous="NORMAL")
    try:
        yield Stage(database, router)
    finally:
        database.close()


def form_ref(form: DrawnForm | FormRef) -> FormRef:
    return form if isinstance(form, FormRef) else FormRef("V1", form.form.name, "1", dict(form.form.args))


def buttons_of(card: Card | DrawnForm) -> list[Control]:
    """Every control drawn, in order."""
    blocks = card.form.body if isinstance(card, DrawnForm) else card.blocks
    found: list[Control] = []
    for block in blocks:
        if isinstance(block, Items):
            found += [item.control for item in block.rows if item.control]
        elif isinstance(block, Actions):
            found += block.controls
    return found


def button(card: Card | DrawnForm, label: str) -> Button:
    """The one button whose label or spoken words begin so."""
    fitting = [one for one in buttons_of(card) if isinstance(one, Button) and label in (one.label, one.spoken)]
    fitting = fitting or [one for one in buttons_of(card) if isinstance(one, Button) and one.label.startswith(label)]
    assert len(fitting) == 1, (label, [one.label for one in buttons_of(card)])
    return fitting[0]


def only_card(answered: tuple[Resolved, ...]) -> Card:
    """The card of the one private reply."""
    assert len(answered) == 1, answered
    assert isinstance(answered[0], Reply), answered
    return answered[0].card


def only_form(answered: tuple[Resolved, ...]) -> DrawnForm:
    assert len(answered) == 1, answered
    assert isinstance(answered[0], DrawnForm), answered
    return answered[0]


def words_of(answered: tuple[Resolved, ...]) -> str:
    """All that the person reads, as plain text."""
    return "\n".join(plain_card(one.card) for one in answered if isinstance(one, Reply))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def as_line(item: ChecklistItem) -> ItemLine:
    """An item as cards see it."""
    return ItemLine(**{name: getattr(item, name) for name in ItemLine._fields})
