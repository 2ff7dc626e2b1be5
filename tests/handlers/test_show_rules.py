"""When a show may stand on the calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.core.clock import business_day, instant_of
from handlers.shows.rules import PLATFORMS, Asked, faults, settled, suggested_day, tidy_theme
from tests.handlers.stage import EVENING, SHANGHAI, utc

GOOD = {"theme": "秋冬新品", "on": "2026-11-22", "start": "20:00", "end": "23:00", "platform": "douyin"}


def asked(**changed: str) -> Asked:
    return Asked(**{**GOOD, **changed})


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"theme": ""}, ["theme"]),
        ({"theme": " \u200b\n\u3000 "}, ["theme"]),
        ({"theme": "长" * 81}, ["theme"]),
        ({"theme": "长" * 80}, []),
        ({"platform": ""}, ["platform"]),
        ({"platform": "radio"}, ["platform"]),
        ({"on": ""}, ["date"]),
        ({"on": "22 Nov"}, ["date"]),
        ({"on": "2026-02-30"}, ["date"]),
        ({"on": "2027-12-26"}, []),
        ({"on": "2027-12-28"}, ["date"]),
        ({"on": "9999-12-31"}, ["date"]),
        ({"start": "25:00"}, ["start"]),
        ({"start": ""}, ["start"]),
        ({"end": "late"}, ["end"]),
        ({"on": "2026-11-21"}, ["date"]),
        ({"start": "17:00"}, ["start"]),
        ({"start": "18:00"}, ["start"]),
        ({"start": "18:01"}, []),
        ({"end": "19:00"}, ["end"]),
        ({"end": "20:00"}, ["end"]),
        ({"end": "02:00"}, []),
        ({"start": "23:00", "end": "11:59"}, []),
        ({"on": "2026-11-23", "start": "10:00", "end": "10:00"}, []),
        (
            {"theme": "", "on": "", "start": "", "end": "", "platform": ""},
            ["theme", "platform", "date", "start", "end"],
        ),
    ],
)
def test_faults_stand_at_their_inputs(changed: dict[str, str], wrong: list[str]) -> None:
    assert list(faults(asked(**changed), EVENING, SHANGHAI)) == wrong


def test_an_end_in_the_night_is_the_next_day() -> None:
    plan = settled(asked(start="22:00", end="02:30"), SHANGHAI)
    assert plan.end_at - plan.start_at == timedelta(hours=4, minutes=30)
    assert plan.end.day == 23
    assert plan.start_at == utc(2026, 11, 22, 14)


def test_a_day_round_is_the_longest() -> None:
    plan = settled(asked(on="2026-11-23", start="10:00", end="10:00"), SHANGHAI)
    assert plan.end_at - plan.start_at == timedelta(hours=24)


def test_what_has_faults_is_not_settled() -> None:
    for changed in ({"on": ""}, {"end": "19:00"}):
        with pytest.raises(ValueError, match="faults"):
            settled(asked(**changed), SHANGHAI)


@pytest.mark.parametrize(
    ("zone", "on", "start", "end", "wrong"),
    [
        ("Europe/London", "2027-03-28", "01:30", "03:00", ["start"]),
        ("Europe/London", "2027-03-27", "23:00", "01:30", ["end"]),
        ("Europe/London", "2026-10-25", "01:30", "04:00", []),
        ("America/New_York", "2027-03-14", "02:15", "05:00", ["start"]),
        ("America/New_York", "2027-03-14", "03:00", "05:00", []),
    ],
)
def test_hours_that_a_clock_change_leaves_out(zone: str, on: str, start: str, end: str, wrong: list[str]) -> None:
    now = utc(2026, 10, 1)
    assert list(faults(asked(on=on, start=start, end=end), now, ZoneInfo(zone))) == wrong


def test_an_hour_that_comes_twice_means_the_first() -> None:
    zone = ZoneInfo("Europe/London")
    twice = datetime.fromisoformat("2026-10-25T01:30")
    assert instant_of(twice, zone) == utc(2026, 10, 25, 0, 30)
    plan = settled(asked(on="2026-10-24", start="23:00", end="05:00"), zone)
    assert plan.end_at - plan.start_at == timedelta(hours=7)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("  秋冬\n新品 ", "秋冬 新品"), ("Ａ\u200bＢ", "AB"), ("\u202eabc", "abc"), ("<!channel>", "<!channel>")],
)
def test_a_theme_is_one_visible_line(said: str, kept: str) -> None:
    assert tidy_theme(said) == kept


def test_the_form_proposes_today_while_there_is_time() -> None:
    assert suggested_day(EVENING).isoformat() == "2026-11-22"
    taken = {date(2026, 11, 22), date(2026, 11, 23)}
    assert suggested_day(EVENING, taken) == date(2026, 11, 24)
    assert suggested_day(EVENING + timedelta(hours=1)).isoformat() == "2026-11-23"


@pytest.mark.parametrize(
    ("zone", "at", "start", "hours"),
    [
        ("Asia/Shanghai", "2026-11-22T05:59", "2026-11-21T06:00", 24),
        ("Asia/Shanghai", "2026-11-22T06:00", "2026-11-22T06:00", 24),
        ("Europe/London", "2026-03-29T05:00", "2026-03-28T06:00", 23),
        ("Europe/London", "2026-10-25T12:00", "2026-10-25T06:00", 24),
        ("America/New_York", "2026-11-01T03:00", "2026-10-31T06:00", 25),
    ],
)
def test_a_business_day_ends_at_its_cut_off(zone: str, at: str, start: str, hours: int) -> None:
    place = ZoneInfo(zone)
    begun, ends = business_day(datetime.fromisoformat(at).replace(tzinfo=place), 360)
    assert begun.replace(tzinfo=None).isoformat(timespec="minutes") == start
    assert ends.astimezone(UTC) - begun.astimezone(UTC) == timedelta(hours=hours)


def test_platforms_have_names_in_both_languages() -> None:
    assert {"douyin", "taobao", "other"} <= set(PLATFORMS)
    assert all(platform.zh and platform.en for platform in PLATFORMS.values())
