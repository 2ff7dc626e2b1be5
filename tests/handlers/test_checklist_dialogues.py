"""The evening, said and seen: one living card, ticked by several people."""

from datetime import timedelta

import pytest

from handlers.checklists.rules import MOST_ROWS
from handlers.checklists.service import tick
from handlers.core.cards import Button, ChoiceInput, Items, Progress, plain_card
from handlers.core.errors import FormErrors
from handlers.core.replies import Live
from storage.errors import Conflict
from storage.tables import Show
from tests.handlers.evening import EVENING_CARD, card_of, row_button, tick_what_is_due
from tests.handlers.stage import (
    CHANNEL,
    ENGLISH,
    OTHER,
    TEAM,
    Cast,
    Stage,
    as_line,
    button,
    buttons_of,
    form_ref,
    only_card,
    only_form,
    words_of,
)


def test_the_card_at_six_in_the_evening(stage: Stage, show: Show) -> None:
    assert plain_card(card_of(stage, show)) == EVENING_CARD


def test_the_card_in_an_english_channel(stage: Stage, show: Show) -> None:
    read = plain_card(card_of(stage, show, ENGLISH))
    assert read.startswith(
        "Checklist: 秋冬新品专场\nSun 22 Nov 20:00–23:00\n22/45 · done, critical 10 of 22\n"
        "Not ready to go live yet: 5 critical items to go.\nLate: 2, critical: 1\n"
        "⚠ Test main and backup internet, upload >= 10 Mbps, practise one switchover\n"
        "  critical · @大刘 · due Sat 21 Nov 20:40 · 21 h late\n"
    )
    assert "✓ A week before: all 7 done" in read
    assert card_of(stage, show, ENGLISH).summary == (
        "Checklist: 秋冬新品专场 · Not ready to go live yet: 5 critical items to go."
    )


@pytest.mark.parametrize("words", ["checklist", "清单", "清单今晚", "检查 今晚场。", "checklist tonight"])
def test_asked_for_in_the_channel_it_lives_there(stage: Stage, show: Show, words: str) -> None:
    expected = (Live("checklist", stage.run_id(show), CHANNEL, asked=True),)
    assert stage.say("zhou", words) == expected
    assert stage.write("zhou", words, channel=CHANNEL) == expected


def test_asked_for_in_a_dm_it_lives_in_the_dm(stage: Stage, show: Show) -> None:
    assert stage.write("mei", "checklist") == (Live("checklist", stage.run_id(show), "D-mei", asked=True),)


def test_in_a_dm_the_card_speaks_to_its_one_reader(stage: Stage, show: Show) -> None:
    assert "\nSun 22 Nov 12:00–15:00\n" in plain_card(card_of(stage, show, "D-oliver"))
    assert plain_card(card_of(stage, show, "D-zhou")) == EVENING_CARD


def test_where_the_bot_is_not_a_member_the_card_is_private(stage: Stage, show: Show) -> None:
    said = words_of(stage.say("mei", "checklist", channel=OTHER))
    assert said.startswith("Checklist: 秋冬新品专场")
    assert said.endswith("Invite me to this channel and the checklist stays here, always up to date.")


def test_guests_may_look(stage: Stage, show: Show) -> None:
    assert isinstance(stage.say("fang", "清单")[0], Live)
    drawn = only_form(stage.press("fang", button(card_of(stage, show), "全部")))
    assert {one.action for one in buttons_of(drawn)} == {"form.open"}
    home = stage.home("fang")
    assert plain_card(home).startswith(
        "方圆 的今日通告\n秋冬新品专场\n11月22日 周日 20:00–23:00\n还不能开播：还差 5 项关键项。逾期 2 项。"
    )
    assert only_form(stage.press("fang", button(home, "全部（45）"), home=True)).form.name == "checklists.view"


@pytest.mark.parametrize(("channel", "ticks"), [("D-fang", False), ("D-zhou", True), (CHANNEL, True)])
def test_a_guests_own_card_has_nothing_to_tick(stage: Stage, show: Show, channel: str, ticks: bool) -> None:
    drawn = {one.action for one in buttons_of(card_of(stage, show, channel))}
    assert ("checklists.tick" in drawn) == ticks
    assert "form.open" in drawn
    elsewhere = buttons_of(only_card(stage.say("fang", "清单", channel=OTHER)))
    assert {one.action for one in elsewhere} == {"form.open"}


def test_a_tick_changes_every_place_of_the_card(stage: Stage, show: Show) -> None:
    late = button(card_of(stage, show), "完成：主备网络测速，上行≥10Mbps，做一次切换演练")
    assert stage.press("liu", late) == (Live("checklist", stage.run_id(show)),)
    item = stage.item(show, "S20")
    assert (item.state, item.done_by, item.done_for, item.version) == ("done", "liu", "liu", 2)
    read = plain_card(card_of(stage, show))
    assert "23/45 · 已完成，其中关键项 11/22" in read
    assert "还差 4 项关键项" in read
    assert "主备网络" not in read


def test_a_tick_for_somebody_else_says_for_whom(stage: Stage, show: Show) -> None:
    stage.press("zhou", button(card_of(stage, show), "完成：推流测试≥10分钟，观众端核对画面、声音、延迟"))
    item = stage.item(show, "S25")
    assert (item.done_by, item.done_for) == ("zhou", "liu")
    assert "✓ 推流测试≥10分钟，观众端核对画面、声音、延迟\n  @小周 替 @大刘 18:00" in plain_card(card_of(stage, show))
    assert "@小周 for @大刘 18:00" in plain_card(card_of(stage, show, ENGLISH))


def test_history_keeps_every_change(stage: Stage, show: Show) -> None:
    stage.press("zhou", row_button(stage, show, "S25"))
    stage.clock.advance(timedelta(minutes=5))
    stage.press("liu", row_button(stage, show, "S25", "untick"))
    with stage.database.read(TEAM) as store:
        events = store.checklists.events_of(stage.item(show, "S25").id)
    told = [(event.verb, event.by_id, event.for_id, event.item_version) for event in events]
    assert told == [("tick", "zhou", "liu", 2), ("untick", "liu", "liu", 3)]
    assert events[1].at - events[0].at == timedelta(minutes=5)
    item = stage.item(show, "S25")
    assert (item.state, item.done_by, item.done_for, item.done_at) == ("open", None, None, None)


def test_ticking_again_changes_nothing_and_says_who(stage: Stage, show: Show) -> None:
    pressed = row_button(stage, show, "S25")
    stage.press("zhou", pressed)
    stage.passes(hours=1)
    refusal = stage.refused(stage.press, "mei", pressed)
    assert refusal.says.plain == (
        "Already done by 小周 18:00: Stream test >= 10 minutes; check picture, sound and delay on a viewer device"
    )
    assert refusal.redraw == (("checklist", stage.run_id(show)),)
    assert stage.item(show, "S25").version == 2


def test_times_in_private_are_the_readers(stage: Stage, show: Show) -> None:
    stage.press("zhou", row_button(stage, show, "S25"))
    refusal = stage.refused(stage.press, "oliver", row_button(stage, show, "S25"))
    assert "Already done by 小周 10:00" in refusal.says.plain


def test_a_stale_press_is_refused_with_who_and_when(stage: Stage, show: Show) -> None:
    old = row_button(stage, show, "S25")
    stage.press("zhou", old)
    stage.press("zhou", row_button(stage, show, "S25", "untick"))
    refusal = stage.refused(stage.press, "liu", old)
    assert refusal.says.plain.startswith("小周 18:00 撤销了这一项：推流测试")
    assert refusal.redraw == (("checklist", stage.run_id(show)),)
    assert stage.item(show, "S25").state == "open"


def test_a_stale_undo_is_refused(stage: Stage, show: Show) -> None:
    stage.press("zhou", row_button(stage, show, "S25"))
    old = row_button(stage, show, "S25", "untick")
    stage.press("zhou", old)
    assert "撤销了" in stage.refused(stage.press, "chen", old).says.plain
    stage.press("liu", row_button(stage, show, "S25"))
    assert stage.refused(stage.press, "chen", old).says.plain.startswith("大刘 18:00 勾了这一项")
    assert stage.item(show, "S25").state == "done"


@pytest.mark.parametrize("person", ["zhou", "liu"])
def test_an_undo_that_came_second_is_told_who_was_first(stage: Stage, show: Show, person: str) -> None:
    """Whoever ticked it, and whose work it is: that somebody else was faster is no question of who may."""
    stage.press("zhou", row_button(stage, show, "S25"))
    drawn = only_form(stage.press(person, button(card_of(stage, show), "关键")))
    undo = row_button(stage, show, "S25", "untick")
    assert any(one.value == undo.value for one in buttons_of(drawn))
    stage.passes(minutes=2)
    stage.press("chen", undo)
    refusal = stage.refused(stage.press, person, undo, form=form_ref(drawn))
    assert refusal.says.plain.startswith("陈姐 18:02 已经撤销了：推流测试")
    assert refusal.redraw == (("checklist", stage.run_id(show)),)
    stage.press("mei", row_button(stage, show, "S25"))
    assert stage.refused(stage.press, person, undo).says.plain.startswith("Mei 18:02 勾了这一项")
    assert stage.item(show, "S25").state == "done"


def test_whoever_never_might_is_still_told_who_may(stage: Stage, show: Show) -> None:
    stage.press("zhou", row_button(stage, show, "S25"))
    undo = row_button(stage, show, "S25", "untick")
    stage.press("liu", undo)
    assert "直播项目经理（陈姐）" in stage.refused(stage.press, "mi", undo).says.plain


def test_what_was_never_ticked_cannot_be_undone(stage: Stage, show: Show) -> None:
    refusal = stage.refused(stage.press, "chen", row_button(stage, show, "S25", "untick"))
    assert refusal.says.plain.startswith("这一项本来就没完成")


@pytest.mark.parametrize(
    ("person", "allowed"),
    [("zhou", True), ("liu", True), ("chen", True), ("lin", True), ("mi", False), ("wu", False), ("fang", False)],
)
def test_who_may_take_a_tick_back(stage: Stage, show: Show, person: str, allowed: bool) -> None:
    """Ticked by 小周 for 大刘: both of them, the pm and an admin."""
    stage.press("zhou", row_button(stage, show, "S25"))
    undo = row_button(stage, show, "S25", "untick")
    if allowed:
        assert stage.press(person, undo) == (Live("checklist", stage.run_id(show)),)
    else:
        refusal = stage.refused(stage.press, person, undo)
        assert ("访客" if person == "fang" else "直播项目经理（陈姐）") in refusal.says.plain
    assert stage.item(show, "S25").state == ("open" if allowed else "done")


def test_guests_do_not_tick(stage: Stage, show: Show) -> None:
    assert "访客" in stage.refused(stage.press, "fang", row_button(stage, show, "S25")).says.plain
    assert stage.item(show, "S25").state == "open"


def test_anyone_of_the_team_may_tick(stage: Stage, show: Show) -> None:
    with stage.database.write(TEAM) as store:
        stage.add_person(store, Cast("new", "新人"))
    stage.press("new", row_button(stage, show, "S25"))
    assert stage.item(show, "S25").done_by == "new"


def test_a_tick_on_something_just_changed_is_a_lost_race(stage: Stage, show: Show) -> None:
    seen = stage.item(show, "S25")
    stage.press("zhou", row_button(stage, show, "S25"))
    with pytest.raises(Conflict), stage.database.write(TEAM) as store:
        tick(store, as_line(seen), "liu", stage.clock.now())
    assert stage.item(show, "S25").done_by == "zhou"


def test_a_vacant_role_is_said(stage: Stage, show: Show) -> None:
    with stage.database.write(TEAM) as store:
        store.roles.remove("liu", "tech")
    assert "  关键 · 缺人：技术 · 18:00" in plain_card(card_of(stage, show))
    assert "  critical · vacant: technician · 18:00" in plain_card(card_of(stage, show, ENGLISH))
    stage.press("zhou", row_button(stage, show, "S25"))
    assert stage.item(show, "S25").done_for == "zhou"


def test_go_is_asked_for_when_all_is_ready(stage: Stage, show: Show) -> None:
    stage.clock.jump(timedelta(minutes=118))
    tick_what_is_due(stage, show, "S34")
    for key in ("S20", "S22", "S25"):
        if stage.item(show, key).state == "open":
            stage.press("chen", row_button(stage, show, key))
    assert "可以开播：关键项全部完成，只等拍板 Go。" in plain_card(card_of(stage, show))
    stage.press("chen", row_button(stage, show, "S34"))
    assert "Go：可以开播。" in plain_card(card_of(stage, show))


def test_on_air_and_after_the_line_counts_what_is_left(stage: Stage, show: Show) -> None:
    stage.clock.jump(timedelta(hours=2, minutes=1))
    assert "直播中：还有 12 项关键项没完成。" in plain_card(card_of(stage, show))
    assert "We are on air: 12 critical items are open." in plain_card(card_of(stage, show, ENGLISH))
    stage.clock.jump(timedelta(hours=3))
    assert "已下播：还有 12 项关键项没完成。" in plain_card(card_of(stage, show))
    stage.clock.jump(timedelta(days=5))
    tick_what_is_due(stage, show)
    assert "已下播：关键项全部完成。" in plain_card(card_of(stage, show))


def test_a_finished_checklist_is_seven_lines(stage: Stage, show: Show) -> None:
    stage.clock.jump(timedelta(days=5))
    tick_what_is_due(stage, show)
    card = card_of(stage, show)
    assert not any(isinstance(block, Items) for block in card.blocks)
    assert plain_card(card).count("✓") == 7
    assert next(block for block in card.blocks if isinstance(block, Progress)).done == 45


def test_a_card_whose_show_is_gone_is_not_drawn(stage: Stage, show: Show) -> None:
    assert stage.live("checklist", "99") is None


def test_two_shows_at_once_are_asked(stage: Stage, show: Show) -> None:
    twin = stage.plan("二号间福利场", "2026-11-22", "20:00", "22:00")
    card = only_card(stage.say("mei", "checklist"))
    assert plain_card(card) == "Which show?"
    assert [one.label for one in buttons_of(card)] == ["20:00 秋冬新品专场", "20:00 二号间福利场"]
    chosen = stage.press("mei", button(card, "20:00 二号间福利场"))
    assert chosen == (Live("checklist", stage.run_id(twin), CHANNEL, asked=True),)
    assert stage.say("mei", "checklist 福利") == chosen


def test_every_show_of_the_same_instant_can_be_chosen(stage: Stage, show: Show) -> None:
    for number in range(2, 10):
        stage.plan(f"{number}号间", "2026-11-22", "20:00", "23:00", hung=False)
    stage.plan("夜场", "2026-11-22", "23:30", "23:50", hung=False)
    labels = [one.label for one in buttons_of(only_card(stage.say("chen", "清单")))]
    assert labels == ["20:00 秋冬新品专场", *(f"20:00 {number}号间" for number in range(2, 10))]


def test_more_shows_than_there_are_buttons_for_are_counted(stage: Stage) -> None:
    for number in range(1, 24):
        stage.plan(f"{number}号间", "2026-11-22", "20:00", "23:00", hung=False)
    for words in ("清单", "清单 号间"):
        card = only_card(stage.say("chen", words))
        assert plain_card(card) == "哪一场？\n另有 3 场"
        assert len(buttons_of(card)) == 21
        drawn = only_form(stage.press("chen", button(card, "选一场")))
        (choice,) = drawn.form.inputs
        assert isinstance(choice, ChoiceInput)
        assert len(choice.options) == 23


def test_the_choice_prefers_what_is_to_come(stage: Stage) -> None:
    stage.clock.jump(timedelta(days=-10))
    for number in range(10):
        stage.plan(f"旧{number}", f"2026-11-{13 + number // 2}", f"{10 + number % 2}:00", "23:00", hung=False)
    stage.clock.jump(timedelta(days=10))
    far = [
        stage.plan(f"新{n}", f"2027-{2 + n // 28:02}-{1 + n % 28:02}", "20:00", "23:00", hung=False) for n in range(95)
    ]
    drawn = only_form(stage.press("chen", Button("", "form.open", {"form": "checklists.choose"})))
    (choice,) = drawn.form.inputs
    assert isinstance(choice, ChoiceInput)
    labels = [option.label for option in choice.options]
    assert len(labels) == 100
    assert [label.rpartition(" ")[2] for label in labels] == [
        *(f"旧{number}" for number in range(5, 10)),
        *(one.theme for one in far),
    ]
    assert choice.hint == "另有 5 场"


def test_no_show_offers_to_plan_one(stage: Stage) -> None:
    card = only_card(stage.say("chen", "清单"))
    assert plain_card(card) == "还没有安排场次，所以也没有清单。"
    assert only_form(stage.press("chen", button(card, "新建场次"))).form.name == "shows.new"
    assert buttons_of(only_card(stage.say("mi", "清单"))) == []
    assert "还没有安排场次" in words_of(stage.say("chen", "清单 福利"))


def test_an_unknown_show_leads_to_the_choice(stage: Stage, show: Show) -> None:
    card = only_card(stage.say("chen", "清单 母亲节"))
    assert plain_card(card) == "没找到叫“母亲节”的场次。"
    drawn = only_form(stage.press("chen", button(card, "选一场")))
    answered = stage.submit("chen", drawn, {"show": str(show.id)})
    assert answered == (Live("checklist", stage.run_id(show), CHANNEL, asked=True),)
    with pytest.raises(FormErrors) as raised:
        stage.submit("chen", drawn, {"show": "x"})
    assert raised.value.errors == {"show": "请从列表里选一场。"}


def test_the_choice_without_shows_has_nothing_to_submit(stage: Stage) -> None:
    drawn = only_form(stage.press("chen", Button("", "form.open", {"form": "checklists.choose"})))
    assert drawn.form.submit == ""
    assert drawn.form.inputs == ()


def test_an_old_show_without_a_checklist_gets_one_when_asked(stage: Stage) -> None:
    bare = stage.plan("旧场次", "2026-11-22", "20:00", "23:00", hung=False)
    answered = stage.say("mi", "清单")
    assert answered == (Live("checklist", stage.run_id(bare), CHANNEL, asked=True),)
    assert len([stage.item(bare, f"S{number:02}") for number in range(1, 46)]) == 45


def test_an_english_channel_and_a_chinese_reader_each_read_their_own(stage: Stage, show: Show) -> None:
    answered = stage.say("zhou", "清单", channel=ENGLISH)
    assert answered == (Live("checklist", stage.run_id(show), ENGLISH, asked=True),)
    assert "Late: 2" in plain_card(card_of(stage, show, ENGLISH))
    assert "小周" in words_of(stage.say("zhou", "", channel=ENGLISH))


@pytest.mark.parametrize("template", ["standard", "launch", "mega"])
@pytest.mark.parametrize("hours", [0, 24 * 20, 24 * 29 + 23, 24 * 35])
def test_an_untouched_checklist_is_one_message_at_any_time(stage: Stage, template: str, hours: int) -> None:
    planned = stage.plan("秋" * 80, "2026-12-22", "18:00", "23:00", template_key=template)
    stage.passes(hours=hours)
    for channel in (CHANNEL, ENGLISH):
        card = card_of(stage, planned, channel)
        assert sum(len(block.rows) for block in card.blocks if isinstance(block, Items)) <= MOST_ROWS
        for label in ("全部", "Show all"):
            for one in buttons_of(card):
                if isinstance(one, Button) and one.label.startswith(label):
                    assert stage.press("oliver", one, channel=channel)


def test_a_strange_show_name_is_repeated_harmlessly(stage: Stage, show: Show) -> None:
    said = words_of(stage.say("chen", f"清单 \u202e<!channel>\u200b {'长' * 90}"))
    assert said == f"没找到叫“<!channel> {'长' * 49}…”的场次。"
