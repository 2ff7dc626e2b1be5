"""Which show is meant."""

from datetime import datetime, timedelta

import pytest

from handlers.core.tonight import current_show, find_shows, pick_current
from storage.tables import Show
from tests.handlers.stage import SHANGHAI, TEAM, Stage

DAY = datetime(2026, 11, 22, tzinfo=SHANGHAI)


def at(clock: str, days: int = 0) -> datetime:
    hours, minutes = clock.split(":")
    return DAY + timedelta(days=days, hours=int(hours), minutes=int(minutes))


def show(name: str, start: str, end: str, days: int = 0, state: str = "planned") -> Show:
    begins, ends = at(start, days), at(end, days)
    if ends <= begins:
        ends += timedelta(days=1)
    return Show(
        id=sum(name.encode()),
        theme=name,
        platform="douyin",
        state=state,
        start_at=begins,
        start_local="",
        end_at=ends,
        end_local="",
        tz="Asia/Shanghai",
        template_key="standard",
        created_by="chen",
        created_at=DAY,
    )


TONIGHT = show("tonight", "20:00", "23:00")
LATE = show("late", "22:00", "02:00")
TOMORROW = show("tomorrow", "20:00", "23:00", 1)
TWIN = show("twin", "20:00", "22:00")
LIVE = show("live", "15:00", "16:00", state="live")


@pytest.mark.parametrize(
    ("shows", "now", "meant"),
    [
        ([TONIGHT, TOMORROW], at("18:00"), ["tonight"]),
        ([TONIGHT, TOMORROW], at("20:00"), ["tonight"]),
        ([TONIGHT, TOMORROW], at("22:59"), ["tonight"]),
        ([TONIGHT, TOMORROW], at("23:00"), ["tomorrow"]),
        # Past midnight a show is still the one on air; then the next one.
        ([LATE, TOMORROW], at("01:30", 1), ["late"]),
        ([LATE, TOMORROW], at("02:00", 1), ["tomorrow"]),
        # On air twice, and two that start at once: somebody has to choose.
        ([TONIGHT, LATE], at("22:30"), ["tonight", "late"]),
        ([TONIGHT, TWIN], at("18:00"), ["twin", "tonight"]),
        # Two on one evening, one after the other: the earlier one.
        ([TONIGHT, LATE], at("18:00"), ["tonight"]),
        # Said to be live counts beyond its planned end, before anything that is to come.
        ([LIVE, TONIGHT], at("18:00"), ["live"]),
        ([show("draft", "19:00", "20:00", state="draft"), TONIGHT], at("18:00"), ["tonight"]),
        ([show("ended", "17:00", "23:00", state="ended")], at("18:00"), []),
        ([], at("18:00"), []),
    ],
)
def test_current_show(shows: list[Show], now: datetime, meant: list[str]) -> None:
    day_end_at = at("06:00", 1) if now < at("06:00", 1) else at("06:00", 2)
    assert [show.theme for show in pick_current(shows, now, day_end_at)] == meant


@pytest.fixture
def week(stage: Stage) -> Stage:
    stage.clock.jump(timedelta(days=-3))
    for theme, on, start, end in (
        ("昨夜专场", "2026-11-21", "20:00", "23:00"),
        ("秋冬新品专场", "2026-11-22", "20:00", "23:00"),
        ("深夜福利场", "2026-11-23", "01:00", "03:00"),
        ("Winter Coats", "2026-11-23", "20:00", "23:00"),
    ):
        stage.plan(theme, on, start, end, hung=False)
    stage.clock.jump(timedelta(days=3))
    return stage


def meant(stage: Stage, words: str) -> list[str]:
    with stage.database.read(TEAM) as store:
        return [show.theme for show in find_shows(stage.scene(store), words)]


@pytest.mark.parametrize(
    ("words", "themes"),
    [
        ("", ["秋冬新品专场"]),
        ("今晚", ["秋冬新品专场"]),
        ("今晚场。", ["秋冬新品专场"]),
        ("tonight", ["秋冬新品专场"]),
        ("ＴＯＤＡＹ", ["秋冬新品专场"]),
        ("昨晚", ["昨夜专场"]),
        ("yesterday", ["昨夜专场"]),
        ("tomorrow", ["Winter Coats"]),
        ("明天场", ["Winter Coats"]),
        ("winter", ["Winter Coats"]),
        ("福利", ["深夜福利场"]),
        ("专场", ["秋冬新品专场", "昨夜专场"]),
        ("#1", ["昨夜专场"]),
        ("＃2", ["秋冬新品专场"]),
        ("#99", []),
        ("#" + "9" * 40, []),
        ("没有这一场", []),
    ],
)
def test_words_for_a_show(week: Stage, words: str, themes: list[str]) -> None:
    assert meant(week, words) == themes


def test_before_the_cut_off_tonight_is_still_last_night(week: Stage) -> None:
    week.passes(hours=7, minutes=30)
    assert meant(week, "今晚") == ["深夜福利场"]
    assert meant(week, "tomorrow") == ["Winter Coats"]
    week.passes(hours=2)
    assert meant(week, "今晚") == ["深夜福利场"]
    assert meant(week, "") == ["Winter Coats"]
    week.passes(hours=3)
    assert meant(week, "今晚") == ["Winter Coats"]


def test_the_cut_off_is_the_teams(bare: Stage) -> None:
    bare.seed(day_cut_min=0)
    bare.plan("深夜福利场", "2026-11-23", "01:00", "03:00")
    assert meant(bare, "今晚") == []
    assert meant(bare, "明天") == ["深夜福利场"]
    assert meant(bare, "") == ["深夜福利场"]


def test_shows_of_others_are_not_seen(week: Stage) -> None:
    with week.database.read("T-OTHER") as store:
        assert store.shows.list_recent() == []
    with week.database.read(TEAM) as store:
        assert len(current_show(week.scene(store))) == 1
