"""When items are due, what is late, what a card shows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.checklists.rules import (
    MOST_DONE,
    MOST_ROWS,
    Layout,
    ShowClock,
    is_late,
    lay_out,
    missing_before_go,
)
from handlers.checklists.service import RESOLVED, clock_of, new_item
from handlers.checklists.views import late_by
from handlers.core.voices import Voice
from storage.repositories.checklists import ItemLine
from storage.tables import Show
from tests.handlers.stage import SHANGHAI, as_line, utc

START, END = utc(2026, 11, 22, 12), utc(2026, 11, 22, 15)
PLANNED = ShowClock(START, END)
LINES = {line.id: line for line in RESOLVED["standard"]}


@pytest.mark.parametrize(
    ("key", "clock", "due_at"),
    [
        ("S01", PLANNED, utc(2026, 11, 15, 12)),
        ("S34", PLANNED, utc(2026, 11, 22, 11, 55)),
        ("S35", PLANNED, utc(2026, 11, 22, 12, 3)),
        ("S39", PLANNED, utc(2026, 11, 22, 14, 45)),
        ("S40", PLANNED, utc(2026, 11, 22, 15, 10)),
        ("S45", PLANNED, utc(2026, 11, 24, 15)),
        # Started ten minutes late: only on-air items that hang on the start move.
        ("S34", ShowClock(START, END, START + timedelta(minutes=10)), utc(2026, 11, 22, 11, 55)),
        ("S35", ShowClock(START, END, START + timedelta(minutes=10)), utc(2026, 11, 22, 12, 13)),
        ("S40", ShowClock(START, END, START + timedelta(minutes=10)), utc(2026, 11, 22, 15, 10)),
        # Ended half an hour late: what hangs on the end moves.
        ("S40", ShowClock(START, END, START, END + timedelta(minutes=30)), utc(2026, 11, 22, 15, 40)),
    ],
)
def test_due_times_hang_on_the_show_clock(key: str, clock: ShowClock, due_at: datetime) -> None:
    assert clock.due_at(LINES[key]) == due_at


@pytest.mark.parametrize(
    ("zone", "wall", "shift"),
    [
        ("Asia/Shanghai", "2026-03-29T20:00", timedelta()),
        ("Europe/London", "2026-03-29T20:00", timedelta(hours=-1)),
        ("Europe/London", "2026-10-25T20:00", timedelta(hours=1)),
        ("America/New_York", "2026-03-08T20:00", timedelta(hours=-1)),
        ("America/New_York", "2026-11-01T20:00", timedelta(hours=1)),
    ],
)
def test_minutes_are_exact_across_a_clock_change(zone: str, wall: str, shift: timedelta) -> None:
    """24 hours before the show is 24 hours, so the wall time moves by an hour where the clocks did."""
    place = ZoneInfo(zone)
    start = datetime.fromisoformat(wall).replace(tzinfo=place)
    due = ShowClock(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=3)).due_at(LINES["S18"])
    assert start.astimezone(UTC) - due == timedelta(hours=24)
    assert due.astimezone(place).replace(tzinfo=None) - (start.replace(tzinfo=None) - timedelta(days=1)) == shift


def items_of(template: str = "standard", **states: datetime) -> list[ItemLine]:
    """The checklist of a show, ids by position; `states`: key -> when it was done."""
    timed = sorted((PLANNED.due_at(line), index, line) for index, line in enumerate(RESOLVED[template]))
    items = []
    for position, (due_at, _, line) in enumerate(timed):
        item = new_item(line, position, due_at)
        item.id = position + 1
        if line.id in states:
            item.state, item.done_at = "done", states[line.id]
        item.run_id, item.version = 1, 1
        items.append(as_line(item))
    return items


def due_done(now: datetime, *but: str, template: str = "standard") -> list[ItemLine]:
    """Everything that was due is done, but some."""
    done = {item.key: item.due_at for item in items_of(template) if item.due_at < now and item.key not in but}
    return items_of(template, **done)


def keys(layout: Layout) -> dict[str, list[str]]:
    return {phase.phase: [row.key for row in phase.rows] for phase in layout.phases}


def test_late_begins_after_the_due_instant() -> None:
    item = items_of()[0]
    assert not is_late(item, item.due_at)
    assert is_late(item, item.due_at + timedelta(seconds=1))
    assert not is_late(item._replace(state="done"), item.due_at + timedelta(days=1))


def test_the_evening_card_folds_by_rule() -> None:
    layout = lay_out(due_done(utc(2026, 11, 22, 10), "S20", "S22"), utc(2026, 11, 22, 10))
    assert [item.key for item in layout.late] == ["S20", "S22"]
    assert keys(layout) == {
        "T-7d": [],
        "T-3d": [],
        "T-1d": [],
        "T-2h": ["S24", "S25", "S26", "S27", "S28", "S29"],
        "T-30m": ["S30", "S31", "S32", "S33", "S34"],
        "on-air": ["S35", "S38"],
        "after": ["S40", "S41", "S44", "S45"],
    }
    assert [phase.is_finished for phase in layout.phases] == [True, True, False, False, False, False, False]
    assert [phase.is_near for phase in layout.phases] == [False, False, False, True, True, False, False]
    assert [phase.folded for phase in layout.phases] == [0, 0, 0, 0, 0, 3, 2]


def test_late_critical_ones_come_first_however_young() -> None:
    now = utc(2026, 11, 22, 10, 30)
    layout = lay_out(due_done(now, "S22", "S25"), now)
    assert [item.key for item in layout.late] == ["S25", "S22"]


def test_a_finished_phase_shows_no_rows() -> None:
    now = utc(2026, 11, 22, 11, 58)
    layout = lay_out(due_done(now), now)
    assert keys(layout)["T-30m"] == []
    assert keys(layout)["on-air"] == ["S35", "S36", "S37", "S38", "S39"]


def test_only_the_last_ticks_of_the_phase_at_work_are_seen() -> None:
    now = utc(2026, 11, 22, 10, 40)
    items = due_done(now)
    shown = [row for phase in lay_out(items, now).phases for row in phase.rows if row.state == "done"]
    assert [row.key for row in shown] == ["S25", "S26", "S27", "S28"]
    assert len(shown) == MOST_DONE


@pytest.mark.parametrize("template", ["standard", "launch", "mega"])
@pytest.mark.parametrize("hours", [-900, -200, -40, -24, -2, -1, 0, 2, 4, 60, 200])
@pytest.mark.parametrize("nothing_done", [True, False])
def test_a_card_never_outgrows_its_rows(template: str, hours: int, nothing_done: bool) -> None:
    now = START + timedelta(hours=hours)
    items = items_of(template) if nothing_done else due_done(now, template=template)
    layout = lay_out(items, now)
    rows = [*layout.late, *(row for phase in layout.phases for row in phase.rows)]
    assert len(rows) <= MOST_ROWS
    assert len({row.id for row in rows}) == len(rows)
    counted = layout.late_folded + sum(phase.folded for phase in layout.phases)
    assert sum(row.state == "open" for row in rows) + counted == sum(item.state == "open" for item in items)


def test_a_full_card_keeps_what_is_critical() -> None:
    now = START - timedelta(minutes=2)
    layout = lay_out(items_of(), now)
    assert len(layout.late) == MOST_ROWS
    assert layout.late_folded == 34 - MOST_ROWS
    late_critical = [item for item in items_of() if item.critical and is_late(item, now)]
    assert sum(item.critical for item in layout.late) == len(late_critical) == 16


def test_go_asks_for_fifteen_and_not_for_itself() -> None:
    items = items_of()
    assert missing_before_go(items) == 15
    done = [item._replace(state="open" if item.key == "S34" else "done") for item in items]
    assert missing_before_go(done) == 0


@pytest.mark.parametrize(
    ("delay", "zh", "en"),
    [
        (timedelta(seconds=5), "晚 1 分钟", "1 min late"),
        (timedelta(minutes=59), "晚 59 分钟", "59 min late"),
        (timedelta(minutes=60), "晚 1 小时", "1 h late"),
        (timedelta(minutes=125), "晚 2 小时 5 分", "2 h 5 min late"),
        (timedelta(hours=7, minutes=5), "晚 7 小时", "7 h late"),
        (timedelta(hours=25), "晚 1 天", "1 day late"),
        (timedelta(days=3), "晚 3 天", "3 days late"),
    ],
)
def test_how_late_in_words(delay: timedelta, zh: str, en: str) -> None:
    assert late_by(Voice("zh-CN", SHANGHAI), delay) == zh
    assert late_by(Voice("en", SHANGHAI), delay) == en


def test_the_clock_of_a_show_row() -> None:
    show = Show(
        theme="",
        platform="",
        start_at=START,
        start_local="",
        end_at=END,
        end_local="",
        tz="",
        actual_start_at=START + timedelta(minutes=1),
        template_key="standard",
        created_by="",
        created_at=START,
    )
    assert clock_of(show) == ShowClock(START, END, START + timedelta(minutes=1), None)
