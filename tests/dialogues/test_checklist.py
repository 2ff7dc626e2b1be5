"""The thin slice, as it is lived: ask for the card, tick, be late, be told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.base import SendUpdate
from handlers.core.cards import plain_card
from handlers.core.messages import Press
from tests.dialogues.evenings import TEAM, Evening, controls_of, evening


def ticks(night: Evening) -> int:
    """How many items of tonight's card are done, read from its progress line."""
    line = next(line for line in night.card().text.split("\n") if "/45" in line)
    return int(line.split("/45")[0].split()[-1].lstrip("（("))


async def test_the_card_is_posted_once_and_changes_in_place(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        seen = await night.say("小周", "/live 清单")
        assert [one.channel_id for one in seen] == [TEAM]
        before = ticks(night)
        await night.press("陈姐", night.card(), "完成", near="应急预案")
        assert night.card().edits == 1
        assert ticks(night) == before + 1
        assert len([one for one in night.platform.messages if one.channel_id == TEAM and not one.only_for]) == 1


@pytest.mark.parametrize(
    "words",
    ["/live checklist", "/live 清单", "/live 检查", "/live CheckList tonight", "/live 清单 今晚场", "/live　清单。"],
)
async def test_the_same_card_by_any_of_its_words(tmp_path: Path, words: str) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", words)
        assert "冬季保温好物专场" in night.card().text


async def test_the_card_comes_by_mention_and_in_the_dm(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.mention("小周", "清单")
        assert "冬季保温好物专场" in night.card(TEAM).text
        dm = f"D{night.id_of('Mei')}"
        await night.mention("Mei", "checklist", channel=dm)
        assert "冬季保温好物专场" in night.card(dm).text


async def test_all_places_of_the_card_follow(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        await night.say("陈姐", "/live 清单", channel="C0RETROLOG")
        await night.press("陈姐", night.card("C0RETROLOG"), "完成", near="应急预案")
        assert ticks(night) == int(night.card("C0RETROLOG").text.split("/45")[0].split()[-1].lstrip("（("))
        assert night.card(TEAM).edits == 1


async def test_whoever_ticks_for_another_is_named(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        await night.press("小周", night.card(), "完成", near="应急预案")
        with night.app.base.database.read(night.team_id) as store:
            show = store.shows.list_between(night.clock.now(), night.clock.now() + timedelta(hours=6))[0]
            run = store.checklists.run_of(show.id)
            assert run is not None
            item = next(item for item in store.checklists.items_of(run.id) if "应急预案" in item.title_zh)
            event = store.checklists.last_event(item.id)
        assert (item.done_by, item.done_for) == (night.id_of("小周"), night.id_of("陈姐"))
        assert event is not None
        assert (event.verb, event.by_id) == ("tick", night.id_of("小周"))


async def test_a_second_press_on_the_old_card_says_who_was_first(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        control = next(control for row, control in controls_of(night.card().card) if "应急预案" in row)
        await night.press_control("陈姐", control, seen=night.card())
        before = ticks(night)
        mark = len(night.platform.messages)
        await night.press_control("小周", control, seen=night.card())
        told = night.platform.messages[mark:]
        assert [one.only_for for one in told] == [night.id_of("小周")]
        assert "陈姐" in told[0].text
        assert "18:00" in told[0].text
        assert ticks(night) == before


async def test_the_same_event_twice_does_nothing_twice(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        control = next(control for row, control in controls_of(night.card().card) if "应急预案" in row)
        base = night.base("陈姐", key="same")
        for expected in (True, False):
            press = Press(**base, action=control.action, value=control.value, ts=night.card().ts)
            assert await night.send(press) is expected
        assert [one for one in night.platform.messages if one.only_for] == []


async def test_guests_look_and_do_not_touch(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("方圆", "/live 清单")
        before = ticks(night)
        told = await night.press("方圆", night.card(), "完成", near="应急预案")
        assert len(told) == 1
        assert told[0].only_for == night.id_of("方圆")
        assert ticks(night) == before


async def test_the_reader_s_own_view_reaches_all_45_items_in_two_presses(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("Mei", "/live checklist")
        label = next(control.label for _, control in controls_of(night.card().card) if "45" in control.label)
        await night.press("Mei", night.card(), label)
        form = night.form_of("Mei").drawn.form
        text = plain_card(type(night.card().card)("", form.body))
        rows = [control for row, control in controls_of(type(night.card().card)("", form.body)) if row]
        assert "Confirm incident plan" in text
        items = {control.value["item"] for control in rows}
        with night.app.base.database.read(night.team_id) as store:
            show = store.shows.list_between(night.clock.now(), night.clock.now() + timedelta(hours=6))[0]
            run = store.checklists.run_of(show.id)
            assert run is not None
            done = {i.id for i in store.checklists.items_of(run.id) if i.state == "done"}
            everything = {i.id for i in store.checklists.items_of(run.id)}
        assert len(everything) == 45
        assert everything - items <= done


async def test_ticking_in_one_s_own_view_redraws_it_and_the_card(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("Mei", "/live checklist")
        label = next(control.label for _, control in controls_of(night.card().card) if "45" in control.label)
        await night.press("Mei", night.card(), label)
        before = ticks(night)
        await night.press_in_form("Mei", "Done", near="Confirm incident plan")
        assert ticks(night) == before + 1
        await night.press_in_form("Mei", "Undo", near="Confirm incident plan")
        assert ticks(night) == before


async def test_a_burst_of_presses_leads_to_few_updates_and_the_last_state(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        before, card = ticks(night), night.card()
        controls = [control for row, control in controls_of(card.card) if row]
        for control in controls:
            await night.press_control("陈姐", control, seen=card, settle=False)
        await night.settle()
        updates = [call for call in night.platform.calls if isinstance(call, SendUpdate)]
        assert ticks(night) == before + len(controls)
        assert 1 <= len(updates) < len(controls)


async def test_a_deleted_card_is_posted_anew(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        old = night.card()
        control = next(control for row, control in controls_of(old.card) if "应急预案" in row)
        night.platform.messages.remove(old)
        await night.press_control("陈姐", control, seen=old)
        assert night.card().ts != old.ts


async def test_asked_again_nearby_it_points_there_further_down_it_moves(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        first = night.card()
        told = await night.say("陈姐", "/live 清单")
        assert [one.only_for for one in told] == [night.id_of("陈姐")]
        assert night.card().ts == first.ts
        for _ in range(30):
            night.app.inbox.count_message(night.team_id, TEAM)
        await night.say("陈姐", "/live 清单")
        assert night.card().ts != first.ts
        assert "↓" in first.text
        assert "冬季保温" not in first.text


async def test_the_card_turns_late_by_itself_when_something_falls_due(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        edits = night.card().edits
        assert "逾期 2 项" in night.card().text
        night.backstage.move_clock(night.clock.now() + timedelta(minutes=11))
        await night.settle()
        assert night.card().edits == edits + 1
        assert "逾期 3 项" in night.card().text
