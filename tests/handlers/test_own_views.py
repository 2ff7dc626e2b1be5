"""What one reader sees for themselves: their own view of a checklist, Home, the menu."""

import pytest

from handlers.core.cards import Button, Items, Paragraph, plain_card
from handlers.core.replies import DrawnForm, Live
from storage.tables import Show
from tests.handlers.evening import card_of, row_button
from tests.handlers.stage import (
    Stage,
    button,
    buttons_of,
    form_ref,
    only_card,
    only_form,
)


def test_every_item_is_two_presses_away(stage: Stage, show: Show) -> None:
    """One press opens the reader's own view, the second ticks; the done ones can be taken back there."""
    drawn = only_form(stage.press("chen", button(card_of(stage, show), "全部（45）")))
    assert not drawn.form.submit
    assert not drawn.push
    controls = [one for one in buttons_of(drawn) if one.action.startswith("checklists.")]
    assert len(controls) == 45
    assert len({one.value["item"] for one in controls}) == 45
    assert sum(one.action == "checklists.untick" for one in controls) == 22


@pytest.mark.parametrize("template", ["launch", "mega"])
def test_so_is_every_item_of_the_longer_templates(stage: Stage, template: str) -> None:
    planned = stage.plan("双十二", "2026-12-12", "20:00", "23:00", template_key=template)
    drawn = only_form(stage.press("chen", button(card_of(stage, planned), "全部")))
    rows = [row for block in drawn.form.body if isinstance(block, Items) for row in block.rows]
    blocks = len(rows) + sum(not isinstance(block, Items) for block in drawn.form.body)
    assert len(rows) == {"launch": 54, "mega": 57}[template]
    assert blocks <= 100


def test_a_press_in_the_own_view_redraws_it(stage: Stage, show: Show) -> None:
    drawn = only_form(stage.press("liu", button(card_of(stage, show), "我的")))
    ref = form_ref(drawn)
    answered = stage.press("liu", button(drawn, "完成：主备网络测速，上行≥10Mbps，做一次切换演练"), form=ref)
    live, again = answered
    assert live == Live("checklist", stage.run_id(show))
    assert isinstance(again, DrawnForm)
    assert again.form.args == drawn.form.args
    assert button(again, "撤销完成：主备网络测速，上行≥10Mbps，做一次切换演练").label == "撤销"


def test_only_those_who_may_see_the_undo_button(stage: Stage, show: Show) -> None:
    stage.press("zhou", row_button(stage, show, "S25"))
    for person, drawn_for in (("chen", True), ("zhou", True), ("liu", True), ("mi", False), ("fang", False)):
        drawn = only_form(stage.press(person, button(card_of(stage, show), "关键")))
        item_id = stage.item(show, "S25").id
        assert any(one.value.get("item") == item_id for one in buttons_of(drawn)) == drawn_for, person


@pytest.mark.parametrize(("label", "rows"), [("全部（45）", 45), ("我的（", 5), ("关键（12）", 22), ("逾期（2）", 2)])
def test_filters_of_the_own_view(stage: Stage, show: Show, label: str, rows: int) -> None:
    drawn = only_form(stage.press("liu", button(card_of(stage, show), "全部")))
    filtered = only_form(stage.press("liu", button(drawn, label), form=form_ref(drawn)))
    shown = [row for block in filtered.form.body if isinstance(block, Items) for row in block.rows]
    assert len(shown) == rows
    assert button(filtered, label).style == "primary"


def test_an_empty_filter_says_so(stage: Stage, show: Show) -> None:
    drawn = only_form(stage.press("lin", button(card_of(stage, show), "我的")))
    said = [block.text.plain for block in drawn.form.body if isinstance(block, Paragraph)]
    assert "还不能开播：还差 5 项关键项。" in said
    stage.press("chen", row_button(stage, show, "S20"))
    stage.press("chen", row_button(stage, show, "S22"))
    late = Button("", "form.open", {"form": "checklists.view", "run": int(stage.run_id(show)), "filter": "late"})
    empty = only_form(stage.press("lin", late))
    assert "没有逾期的。" in [block.text.plain for block in empty.form.body if isinstance(block, Paragraph)]


def test_long_checklists_page(stage: Stage, show: Show) -> None:
    """A page past the end is the last one, and there is no way on from it."""
    opening = Button("", "form.open", {"form": "checklists.view", "run": int(stage.run_id(show)), "page": 99})
    drawn = only_form(stage.press("liu", opening))
    assert drawn.form.args["page"] == 0
    assert not any("页" in one.label for one in buttons_of(drawn))


def test_from_home_the_checklist_opens_as_the_own_view(stage: Stage, show: Show) -> None:
    home = stage.home("liu")
    drawn = only_form(stage.press("liu", button(home, "全部（45）"), home=True))
    assert drawn.form.name == "checklists.view"
    checklist = only_form(stage.press("liu", button(home, "秋冬新品专场 的清单"), home=True))
    assert checklist.form.args["run"] == int(stage.run_id(show))


def test_home_lists_my_open_items_and_ticks_them(stage: Stage, show: Show) -> None:
    home = stage.home("liu")
    read = plain_card(home)
    assert read.startswith(
        "大刘 的今日通告\n我的待办：4 项\n秋冬新品专场 · 11月22日 周日 20:00–23:00\n"
        "还不能开播：还差 5 项关键项。逾期 2 项。\n⚠ 主备网络测速"
    )
    assert "我的岗位：技术" in read
    stage.press("liu", button(home, "完成：主备网络测速，上行≥10Mbps，做一次切换演练"), home=True)
    assert "我的待办：3 项" in plain_card(stage.home("liu"))
    assert "这一场没有等着你的事了。" in plain_card(stage.home("lin"))


def test_home_speaks_the_readers_language_and_time(stage: Stage, show: Show) -> None:
    read = plain_card(stage.home("oliver"))
    assert read.startswith("Oliver, your call sheet\nMy open items: 3\n秋冬新品专场 · Sun 22 Nov 12:00–15:00")


def test_the_menu_begins_with_what_is_mine(stage: Stage, show: Show) -> None:
    menu = only_card(stage.say("liu", ""))
    assert "今晚：秋冬新品专场，20:00–23:00" in plain_card(menu)
    assert "还差 5 项关键项。逾期 2 项。" in plain_card(menu)
    assert [one.label for one in buttons_of(menu)] == ["我的（4）", "清单", "帮助"]
    assert [one.label for one in buttons_of(only_card(stage.say("fang", "")))] == ["清单", "帮助"]
    assert buttons_of(only_card(stage.say("chen", "")))[0].label == "新建场次"


def test_what_is_open_stands_before_what_is_finished(stage: Stage, show: Show) -> None:
    drawn = only_form(stage.press("chen", button(card_of(stage, show), "全部（45）")))
    blocks = [block for block in drawn.form.body if isinstance(block, Items)]
    finished = [all(row.marker == "done" for row in block.rows) for block in blocks]
    assert finished == sorted(finished)
    assert finished[0] is False
