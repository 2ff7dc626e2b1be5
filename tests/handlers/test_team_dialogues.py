"""Who holds what, and what Home tells admins."""

import pytest

from handlers.core.cards import plain_card
from handlers.core.roles import ROLES, load_posts
from handlers.team.service import owner_of_role, seat
from storage.tables import WorkRow
from tests.handlers.stage import EVENING, TEAM, Stage, words_of


def test_there_are_fourteen_roles() -> None:
    assert len(ROLES) == 14
    assert all(role.zh and role.en.isascii() for role in ROLES.values())


def test_roles_with_holders_and_vacancies(stage: Stage) -> None:
    assert words_of(stage.say("mei", "role")).startswith("Roles\nEvery role is held.\noperations director: @林岚\n")
    with stage.database.write(TEAM) as store:
        store.roles.remove("liu", "tech")
        seat(store, "ning", (), joined_at=EVENING, understudy_of=("host",))
    said = words_of(stage.say("fang", "岗位"))
    assert "有 1 个岗位缺人。" in said
    assert "技术: 缺人" in said
    assert "主播: @Mei、@阿宁" in said
    assert "technician: vacant" in words_of(stage.say("oliver", "role"))


def test_an_understudy_answers_only_when_the_holder_is_gone(stage: Stage) -> None:
    day = EVENING.date()
    with stage.database.write(TEAM) as store:
        seat(store, "ning", (), joined_at=EVENING, understudy_of=("host",))
        assert owner_of_role(store, "host", day) == load_posts(store, day).owner_of("host") == "mei"
        store.roles.remove("mei", "host")
        assert owner_of_role(store, "host", day) == load_posts(store, day).owner_of("host") == "ning"
        store.roles.remove("ning", "host")
        assert owner_of_role(store, "host", day) is load_posts(store, day).owner_of("host") is None


def test_a_person_who_left_holds_nothing(stage: Stage) -> None:
    with stage.database.write(TEAM) as store:
        mei = store.people.get("mei")
        mei.is_deleted = True
        store.people.upsert(mei)
        assert load_posts(store, EVENING.date()).owner_of("host") is None


def test_only_known_roles_can_be_held(stage: Stage) -> None:
    with pytest.raises(ValueError, match="no role 'boss'"), stage.database.write(TEAM) as store:
        seat(store, "mei", ("host", "boss"), joined_at=EVENING)


def test_home_names_my_roles(stage: Stage) -> None:
    assert "我的岗位：内容策划经理、合规审核人" in plain_card(stage.home("su"))
    with stage.database.write(TEAM) as store:
        store.roles.remove("mi", "cs")
    assert "你还没有岗位" in plain_card(stage.home("mi"))
    assert "岗位" not in plain_card(stage.home("fang"))
    assert plain_card(stage.home("fang")) == "方圆 的今日通告\n没有等着你的事。"


def kill_delivery(stage: Stage, error: str) -> WorkRow:
    now = int(stage.clock.now().timestamp() * 1000)
    with stage.database.write(TEAM) as store:
        store.work.add("deliver", f"reply:{error}", now, payload={})
    (row,) = stage.database.queue.claim(now=now, real=now, owner="me", lease_ms=1000, limit=1, per_workspace=1)
    stage.database.queue.dead(row.id, "me", error)
    return row


def test_admins_see_what_could_not_be_delivered(stage: Stage) -> None:
    kill_delivery(stage, "dead: is_archived")
    kill_delivery(stage, "something odd")
    read = plain_card(stage.home("lin"))
    assert "没能送达的消息" in read
    assert "⚠ 18:00 · dead: is_archived\n  频道已归档：请恢复它，或换一个频道。" in read
    assert "⚠ 18:00 · something odd\n" in read
    assert "没能送达" not in plain_card(stage.home("chen"))
