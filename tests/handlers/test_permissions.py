"""Who may do what: the whole table, role by role, and what the refusal says."""

from datetime import date

import pytest

from handlers.core.context import Actor
from handlers.core.messages import Opened
from handlers.core.permissions import RELATIONS, Rule, load_permissions, may, refusal
from handlers.core.roles import ROLES, Posts
from handlers.core.router import Router
from handlers.core.voices import Voice
from storage.tables import Person
from tests.handlers.stage import EVENING, SHANGHAI, TEAM, Stage

RULES = load_permissions().rules
CHINESE, ENGLISH = Voice("zh-CN", SHANGHAI), Voice("en", SHANGHAI)
NOBODY = Posts({}, {})

# Key -> the roles that may by role alone; "*" everybody of the team; then whether guests may.
MATRIX: dict[str, tuple[set[str], bool]] = {
    "help": ({"*"}, True),
    "form.open": ({"*"}, True),
    "words.run": ({"*"}, True),
    "show": ({"*"}, True),
    "show.new": ({"pm", "director", "content", "ops"}, False),
    "checklist": ({"*"}, True),
    "checklists.tick": ({"*"}, False),
    "checklists.untick": ({"pm"}, False),
    "role": ({"*"}, True),
    "deliveries.retry": (set(), False),
    "deliveries.drop": (set(), False),
}


def actor(*roles: str, is_admin: bool = False, is_guest: bool = False) -> Actor:
    return Actor(Person(person_id="p", name="P", is_guest=is_guest, fetched_at=EVENING), frozenset(roles), is_admin)


def test_the_table_is_what_the_features_ask_for(router: Router) -> None:
    assert set(RULES) == router.permission_keys() == set(MATRIX)


@pytest.mark.parametrize("key", MATRIX)
@pytest.mark.parametrize("role", ["", *ROLES])
def test_by_role(key: str, role: str) -> None:
    roles, _ = MATRIX[key]
    assert may(RULES[key], actor(role)) == ("*" in roles or role in roles)


@pytest.mark.parametrize("key", MATRIX)
def test_admins_and_guests(key: str) -> None:
    _, guests = MATRIX[key]
    assert may(RULES[key], actor(is_admin=True))
    assert may(RULES[key], actor(is_guest=True)) == guests
    assert may(RULES[key], actor(*ROLES, is_guest=True, is_admin=True), frozenset(RELATIONS)) == guests


@pytest.mark.parametrize(("relation", "allowed"), [("self", True), ("owner", True), ("line_manager", False)])
def test_relations_open_what_roles_do_not(relation: str, allowed: bool) -> None:
    assert may(RULES["checklists.untick"], actor("cs"), frozenset({relation})) == allowed
    assert not may(RULES["show.new"], actor("cs"), frozenset({relation}))


def test_a_button_is_drawn_where_a_relation_might_hold() -> None:
    every = frozenset(RELATIONS)
    assert may(RULES["checklists.untick"], actor("cs"), every)
    assert not may(RULES["checklists.untick"], actor("cs", is_guest=True), every)
    assert not may(RULES["show.new"], actor("cs"), every)


def test_the_refusal_names_who_may() -> None:
    rule = Rule(grants=("pm", "director", "owner", "admin"))
    chen = Person(person_id="chen", name="陈姐", fetched_at=EVENING)
    posts = Posts({"chen": chen.name}, {"pm": ("chen",)})
    assert refusal(rule, actor("cs"), CHINESE, posts).says.plain == (
        "只有直播项目经理（陈姐）、运营总监、这一项的负责人或管理员可以这样做。"
    )
    assert refusal(rule, actor("cs"), CHINESE, posts, ("林岚", "阿宁")).says.plain == (
        "只有直播项目经理（陈姐）、运营总监、这一项的负责人或管理员（林岚、阿宁）可以这样做。"
    )
    assert refusal(rule, actor("cs"), ENGLISH, posts, ("林岚",)).says.plain.endswith("or an admin (林岚) may do that.")
    assert refusal(rule, actor("cs"), ENGLISH, posts).says.plain == (
        "Only the show project manager (陈姐), the operations director, its owner or an admin may do that."
    )
    assert refusal(Rule(grants=("pm",)), actor(), ENGLISH, NOBODY).says.plain == (
        "Only the show project manager may do that."
    )


def test_guests_are_told_that_they_may_look() -> None:
    says = refusal(RULES["checklists.tick"], actor(is_guest=True), ENGLISH, NOBODY).says.plain
    assert says.startswith("Guests can look at everything here")


@pytest.mark.parametrize("grant", ["boss", "", "Admin"])
def test_rules_know_their_grants(grant: str) -> None:
    with pytest.raises(ValueError, match="neither a role"):
        Rule(grants=(grant,))


def test_roles_hold_from_a_day_to_a_day(stage: Stage) -> None:
    with stage.database.write(TEAM) as store:
        store.roles.put("mi", "host", valid_from_on=date(2026, 11, 23), valid_to_on=date(2026, 11, 24))
    stage.passes(hours=11)
    assert "host" not in stage_roles(stage, "mi")
    stage.passes(hours=2)
    assert "host" in stage_roles(stage, "mi")
    stage.passes(days=2)
    assert "host" not in stage_roles(stage, "mi")


def stage_roles(stage: Stage, person: str) -> frozenset[str]:
    with stage.database.read(TEAM) as store:
        return stage.context(store, Opened(**stage.base(person, "dm"))).actor.roles
