"""Planning a show: by words, by form, in both languages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.core.cards import Form, plain_card
from handlers.core.errors import FormErrors
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm, Reply
from tests.handlers.stage import (
    CAST,
    CHANNEL,
    ENGLISH,
    OTHER,
    TEAM,
    Stage,
    button,
    buttons_of,
    only_card,
    only_form,
    utc,
    words_of,
)

VALUES = {"theme": "周末返场", "date": "2026-11-28", "start": "20:00", "end": "01:00", "platform": "taobao"}


def inputs(form: Form) -> dict[str, object]:
    return {one.key: getattr(one, "value", None) for one in form.inputs}


def test_words_prefill_the_form(stage: Stage) -> None:
    drawn = only_form(stage.say("chen", "场次 新建 周末  返场"))
    assert drawn.form.title == "新建场次"
    assert inputs(drawn.form) == {
        "theme": "周末 返场",
        "date": "2026-11-22",
        "start": "20:00",
        "end": "23:00",
        "platform": ("douyin",),
    }
    assert drawn.missing.plain == "新建场次还缺日期、时间和平台。"


def test_a_planned_show_has_its_checklist_at_once(stage: Stage) -> None:
    drawn = only_form(stage.say("chen", "show new"))
    (reply,) = stage.submit("chen", drawn, VALUES)
    assert isinstance(reply, Reply)
    assert reply.public
    assert plain_card(reply.card) == "@陈姐 安排了 周末返场。\n时间: 11月28日 周六 20:00–01:00\n平台: 淘宝直播"
    with stage.database.read(TEAM) as store:
        (show,) = store.shows.list_recent()
        run = store.checklists.run_of(show.id)
        assert run is not None
        assert len(store.checklists.items_of(run.id)) == 45
    assert (show.start_at, show.end_at) == (utc(2026, 11, 28, 12), utc(2026, 11, 28, 17))
    assert (show.start_local, show.end_local, show.tz) == ("2026-11-28T20:00", "2026-11-29T01:00", "Asia/Shanghai")
    assert (show.state, show.created_by, show.channel_id, show.template_key) == ("planned", "chen", CHANNEL, "standard")
    opened = stage.press("mei", button(reply.card, "打开清单"))
    assert [type(one).__name__ for one in opened] == ["Live"]


@pytest.mark.parametrize("channel", ["dm", OTHER])
def test_where_nobody_else_would_read_it_the_answer_is_private(stage: Stage, channel: str) -> None:
    (reply,) = stage.submit("chen", FormRef("V", "shows.new"), VALUES, channel=channel)
    assert isinstance(reply, Reply)
    assert not reply.public


def test_faults_stand_at_their_inputs_in_the_readers_language(stage: Stage) -> None:
    form = FormRef("V", "shows.new")
    wrong = {"theme": " ", "date": "2026-11-01", "start": "20:00", "end": "23:00", "platform": "radio"}
    with pytest.raises(FormErrors) as raised:
        stage.submit("chen", form, wrong)
    assert raised.value.errors == {
        "theme": "请填写主题。",
        "platform": "请从列表里选一个平台。",
        "date": "这个时间已经过去了。",
    }
    with stage.database.write(TEAM) as store:
        store.roles.put("mei", "pm")
    with pytest.raises(FormErrors) as raised:
        stage.submit("mei", form, {**VALUES, "end": "19:00", "platform": ["taobao"]})
    assert raised.value.errors == {
        "platform": "Choose a platform from the list.",
        "end": "The end is before the start.",
    }
    with stage.database.read(TEAM) as store:
        assert store.shows.list_recent() == []


@pytest.mark.parametrize(
    ("person", "allowed"), [("chen", True), ("lin", True), ("su", True), ("wu", True), ("mi", False), ("fang", False)]
)
def test_who_may_plan(stage: Stage, person: str, allowed: bool) -> None:
    form = FormRef("V", "shows.new")
    if allowed:
        assert isinstance(stage.say(person, "show new")[0], DrawnForm)
        assert stage.submit(person, form, VALUES)
        return
    who = "访客" if person == "fang" else "直播项目经理（陈姐）、运营总监（林岚）"
    assert who in stage.refused(stage.say, person, "show new").says.plain
    assert who in stage.refused(stage.submit, person, form, VALUES).says.plain


def test_the_form_proposes_the_platform_of_last_time(stage: Stage) -> None:
    stage.submit("chen", FormRef("V", "shows.new"), VALUES)
    assert inputs(only_form(stage.say("chen", "show new")).form)["platform"] == ("taobao",)


def test_after_seven_in_the_evening_the_form_proposes_tomorrow(stage: Stage) -> None:
    stage.passes(hours=1)
    assert inputs(only_form(stage.say("chen", "show new")).form)["date"] == "2026-11-23"


def test_whoever_lives_elsewhere_is_told_which_zone_counts(stage: Stage) -> None:
    with stage.database.write(TEAM) as store:
        store.roles.put("oliver", "ops")
    hints = {one.key: getattr(one, "hint", "") for one in only_form(stage.say("oliver", "show new")).form.inputs}
    assert hints["start"] == "Times are the team's: Asia/Shanghai."
    hints = {one.key: getattr(one, "hint", "") for one in only_form(stage.say("chen", "show new")).form.inputs}
    assert hints["start"] == ""


def test_the_list_of_shows(stage: Stage) -> None:
    stage.clock.jump(timedelta(hours=-8))
    stage.plan("午间快闪", "2026-11-22", "12:00", "13:00")
    stage.clock.jump(timedelta(hours=8))
    stage.plan("秋冬新品专场", "2026-11-22", "20:00", "23:00")
    stage.plan("周末返场", "2026-11-28", "20:00", "01:00")
    card = only_card(stage.say("chen", "场次"))
    assert plain_card(card) == (
        "场次\n午间快闪\n  12:00–13:00 · 抖音 · 已结束\n秋冬新品专场\n  20:00–23:00 · 抖音 · 今晚\n"
        "周末返场\n  11月28日 周六 20:00–01:00 · 抖音 · 已安排"
    )
    assert [one.label for one in buttons_of(card)] == ["清单", "清单", "清单", "新建场次"]
    stage.passes(hours=3)
    assert "秋冬新品专场\n  20:00–23:00 · 抖音 · 直播中" in plain_card(only_card(stage.say("chen", "场次")))
    english = plain_card(only_card(stage.say("oliver", "show")))
    assert "秋冬新品专场\n  12:00–15:00 · Douyin · on air now" in english


def test_a_long_list_of_shows_says_how_many_more(stage: Stage) -> None:
    for day in range(1, 13):
        stage.plan(f"第{day}场", f"2026-12-{day:02}", "20:00", "23:00", hung=False)
    stage.plan("明年春装", "2027-03-05", "20:00", "23:00", hung=False)
    card = only_card(stage.say("chen", "场次"))
    assert "第10场" in plain_card(card)
    assert "第11场" not in plain_card(card)
    assert plain_card(card).endswith("另有 3 场")
    assert only_form(stage.press("chen", button(card, "选一场"))).form.name == "checklists.choose"
    english = plain_card(only_card(stage.say("oliver", "show")))
    assert english.endswith("and 3 more")


def test_a_year_that_is_not_this_one_is_said(stage: Stage) -> None:
    form = FormRef("V", "shows.new")
    (reply,) = stage.submit("chen", form, {**VALUES, "date": "2027-03-05"})
    assert isinstance(reply, Reply)
    assert "时间: 2027年3月5日 周五 20:00–01:00" in plain_card(reply.card)
    assert "2027年3月5日 周五 20:00–01:00 · 淘宝直播" in words_of(stage.say("chen", "场次"))
    with stage.database.read(TEAM) as store:
        (show,) = store.shows.list_recent()
    card = stage.live("checklist", stage.run_id(show), ENGLISH)
    assert card is not None
    assert "\nFri 5 Mar 2027 20:00–01:00\n" in plain_card(card)


def test_a_show_in_a_far_year_is_probably_a_slip(stage: Stage) -> None:
    form = FormRef("V", "shows.new")
    with pytest.raises(FormErrors) as raised:
        stage.submit("chen", form, {**VALUES, "date": "2099-03-13"})
    assert raised.value.errors == {"date": "那是一年多以后：请核对年份。"}


def test_while_nobody_holds_a_role_every_member_may_plan(bare: Stage) -> None:
    """A team's first evening: nobody has been seated yet."""
    bare.seed(tuple(replace(one, roles=()) for one in CAST))
    for words in ("清单", "场次", ""):
        assert "shows.new" in {one.value.get("form") for one in buttons_of(only_card(bare.say("mi", words)))}
        assert not any(one.value.get("form") == "shows.new" for one in buttons_of(only_card(bare.say("fang", words))))
    assert "新建" in words_of(bare.say("mi", "帮助 场次"))
    drawn = only_form(bare.say("mi", "场次 新建"))
    assert bare.submit("mi", drawn, VALUES)
    assert "访客" in bare.refused(bare.say, "fang", "场次 新建").says.plain
    with bare.database.write(TEAM) as store:
        store.roles.put("mi", "cs")
    assert isinstance(bare.say("wu", "场次 新建")[0], DrawnForm)
    with bare.database.write(TEAM) as store:
        store.roles.put("chen", "pm")
    refused = bare.refused(bare.say, "mi", "场次 新建").says.plain
    assert "直播项目经理（陈姐）" in refused
    assert "管理员（林岚）" in refused
    assert "shows.new" not in {one.value.get("form") for one in buttons_of(only_card(bare.say("mi", "清单 夜场")))}


def test_no_shows(stage: Stage) -> None:
    assert words_of(stage.say("mi", "show")) == "场次\n还没有安排场次。"
    assert buttons_of(only_card(stage.say("mi", "show"))) == []
    assert button(only_card(stage.say("chen", "show")), "新建场次").style == "primary"


def test_home_shows_what_is_coming(stage: Stage) -> None:
    for day in range(23, 29):
        stage.plan(f"第{day}场", f"2026-11-{day}", "20:00", "23:00", hung=False)
    read = plain_card(stage.home("mi"))
    assert "接下来的场次\n第23场\n  11月23日 周一 20:00–23:00 · 抖音 · 已安排\n第24场" in read
    assert "第26场" not in read


def test_the_menu_says_what_is_on(stage: Stage) -> None:
    assert "还没有安排场次。" in words_of(stage.say("mi", ""))
    stage.plan("秋冬新品专场", "2026-11-23", "20:00", "23:00")
    assert "下一场：秋冬新品专场，11月23日 周一 20:00–23:00" in words_of(stage.say("mi", ""))
    stage.passes(days=1)
    assert "今晚：秋冬新品专场，20:00–23:00" in words_of(stage.say("mi", ""))
    stage.passes(hours=2)
    assert "On air: 秋冬新品专场, 20:00–23:00" in words_of(stage.say("mei", ""))
