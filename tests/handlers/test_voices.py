"""How a reader is spoken to: language, zone, dates, and rich text that stays rich."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.core.text import Mention, Words, bold
from handlers.core.voices import Voice, known_locale, known_zone
from tests.handlers.stage import EVENING, SHANGHAI

CHINESE, ENGLISH = Voice("zh-CN", SHANGHAI), Voice("en", SHANGHAI)
LONDON = Voice("en", ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("tag", "locale"),
    [("zh-CN", "zh-CN"), ("zh-TW", "zh-CN"), ("zh", "zh-CN"), ("en-GB", "en"), ("fr-FR", "en"), ("", "en")],
)
def test_nearest_locale(tag: str, locale: str) -> None:
    assert known_locale(tag) == locale


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "\x00"])
def test_a_zone_that_does_not_exist_is_the_teams(name: str) -> None:
    assert known_zone(name, "Asia/Shanghai") == SHANGHAI


def test_times_are_the_readers_and_dates_only_where_needed() -> None:
    assert CHINESE.when(EVENING, EVENING) == "18:00"
    assert LONDON.when(EVENING, EVENING) == "10:00"
    night = EVENING + timedelta(hours=7)
    assert CHINESE.when(night, EVENING) == "11月23日 周一 01:00"
    assert ENGLISH.when(night, EVENING) == "Mon 23 Nov 01:00"
    assert LONDON.when(night, EVENING) == "17:00"


def test_a_year_is_said_where_it_is_not_this_one() -> None:
    far = EVENING.replace(year=2099, month=3, day=13, hour=20)
    assert CHINESE.when(far, EVENING) == "2099年3月13日 周五 20:00"
    assert ENGLISH.date(far, EVENING) == "Fri 13 Mar 2099"
    new_year = EVENING.replace(year=2027, month=1, day=1, hour=2)
    assert CHINESE.date(new_year, EVENING) == "2027年1月1日 周五"
    assert LONDON.date(new_year, EVENING) == "Thu 31 Dec"


def test_rich_values_stay_rich_and_typed_ones_inert() -> None:
    said = ENGLISH.rich("{who} planned {theme}.", who=Mention("U1", "Mei"), theme=bold("<!channel> {who}"))
    assert said.spans == (Mention("U1", "Mei"), Words(" planned "), Words("<!channel> {who}", bold=True), Words("."))
    assert CHINESE.say("Theme") == "主题"
    assert ENGLISH.say("Checklist: {theme}", theme="{0} %s {who}") == "Checklist: {0} %s {who}"


def test_sentences_are_joined_as_the_language_does() -> None:
    assert (CHINESE.gap, ENGLISH.gap) == ("", " ")


def test_an_unknown_sentence_speaks_for_itself() -> None:
    assert CHINESE.say("Not in any catalog {n}", n=1) == "Not in any catalog 1"
    assert CHINESE.say("") == ""
