"""Every kind of incoming finds its handler, and permission is asked before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from handlers.core.cards import Block, Button, Card, Form, Option, Paragraph, TextInput, Value, plain_card
from handlers.core.context import Context, Scene
from handlers.core.errors import FormErrors
from handlers.core.feature import (
    Action,
    Feature,
    FormKind,
    HomePart,
    JobKind,
    LiveKind,
    Noun,
    ShortcutKind,
    Verb,
)
from handlers.core.messages import FormRef
from handlers.core.permissions import Permissions
from handlers.core.replies import Answer, Choices, Happened, Live, OpenForm, Post, Reply, Toast
from handlers.core.router import Router
from handlers.core.text import text
from tests.handlers.stage import TEAM, Cast, Stage, button, buttons_of, only_card, only_form, words_of

KEYS = ("tea", "tea.pour", "teas.sip", "tea.form", "tea.view", "tea.note", "reaction.tea")


def line(words: str) -> Callable[[Context], tuple[Block, ...]]:
    return lambda context: (Paragraph(text(words)),)


@dataclass
class Kitchen:
    """A feature that remembers what reached it."""

    heard: list[str] = field(default_factory=list)

    def note(self, what: str, answer: Answer = None) -> Answer:
        self.heard.append(what)
        return answer

    def draw(self, context: Context, args: Value) -> Form:
        return Form("tea.form", "Tea", (TextInput("leaf", "Leaf", str(args.get("leaf", ""))),), "Pour", args)

    def submit(self, context: Context) -> Answer:
        values = context.incoming.values  # type: ignore[union-attr]
        if not values["leaf"]:
            raise FormErrors({"leaf": "which?"})
        return self.note(f"submitted {values['leaf']}", Happened("tea.made", str(values["leaf"])))

    def feature(self) -> Feature:
        return Feature(
            key="teas",
            nouns=(
                Noun(
                    "tea",
                    ("茶",),
                    "Tea",
                    (
                        Verb("", lambda context, words: self.note(f"tea {words}"), "Tea", usage="[leaf]"),
                        Verb("pour", lambda context, words: OpenForm("tea.form", {"leaf": words}), "Pour"),
                    ),
                ),
            ),
            actions=(Action("teas.sip", lambda context: self.note("sip", Toast(text("sipped")))),),
            forms=(
                FormKind("tea.form", self.draw, self.submit, lambda context: Choices((Option("g", "green"),))),
                FormKind("tea.view", lambda context, args: Form("tea.view", "View", ())),
            ),
            cards=(LiveKind("pot", lambda scene, pot: Card(f"pot {pot}") if pot != "gone" else None),),
            home=(HomePart(2, line("second")), HomePart(1, line("first"))),
            jobs=(
                JobKind("boil", lambda scene, payload: Live("pot", str(payload["pot"]))),
                JobKind("ask", lambda scene, payload: OpenForm("tea.form")),
            ),
            shortcuts=(ShortcutKind("tea.note", "记茶 · Note", True, lambda context: self.note("noted")),),
            reactions={"tea": lambda context: self.note("reacted")},
            relations={"teas.sip": lambda context: frozenset({"owner"}) if context.actor.id == "liu" else frozenset()},
            on_membership=(lambda context: self.note("membership"),),
            on={"tea.made": self.made},
        )

    def made(self, scene: Scene, leaf: str) -> Answer:
        return (self.note("made"), Live("pot", leaf), Live("pot", leaf))[1:]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.fixture
def party(bare: Stage, kitchen: Kitchen) -> Stage:
    """The team with nothing but tea: everybody may look, only the pm pours, owners sip."""
    grants: dict[str, Any] = {key: {"grants": ["pm"]} for key in KEYS}
    grants |= {"tea": {"grants": ["anyone"], "reading": True}, "teas.sip": {"grants": ["owner", "pm"]}}
    grants |= {key: {"grants": ["anyone"], "reading": True} for key in ("help", "form.open", "words.run")}
    bare.router = Router((kitchen.feature(),), Permissions.model_validate({"rules": grants}))
    bare.seed()
    return bare


def sip() -> Button:
    return Button("Sip", "teas.sip")


def test_words_reach_their_verb_from_command_mention_and_dm(party: Stage, kitchen: Kitchen) -> None:
    party.say("liu", "tea green")
    party.write("liu", "茶 black", channel="C-LIVE")
    party.write("liu", "TEA white")
    party.write("liu", "/live tea red")
    party.write("liu", "live 茶 blue")
    for said in ("，茶", "：茶", "、茶", ", tea", ": TEA!", " — tea", "，/live 茶"):
        party.write("liu", said, channel="C-LIVE")
        party.write("liu", said)
    party.press("liu", Button("Tea", "words.run", {"words": "tea pressed"}))
    heard = ["tea green", "tea black", "tea white", "tea red", "tea blue", *["tea "] * 14, "tea pressed"]
    assert kitchen.heard == heard


@pytest.mark.parametrize("more", [{"to_bot": False}, {"change": "edited"}, {"change": "deleted"}])
def test_other_messages_are_left_alone(party: Stage, kitchen: Kitchen, more: dict[str, str | bool]) -> None:
    assert party.write("liu", "tea", channel="C-LIVE", **more) == ()
    assert kitchen.heard == []


def test_permission_comes_before_every_handler(party: Stage, kitchen: Kitchen) -> None:
    form = FormRef("V", "tea.form")
    for act, *args in (
        (party.say, "mi", "tea pour"),
        (party.write, "mi", "tea pour"),
        (party.press, "mi", Button("Pour", "words.run", {"words": "tea pour"})),
        (party.press, "mi", sip()),
        (party.press, "mi", Button("Open", "form.open", {"form": "tea.form"})),
        (party.submit, "mi", form, {"leaf": "green"}),
        (party.suggest, "mi", form, "leaf", "g"),
        (party.shortcut, "mi", "tea.note"),
        (party.react, "mi", "tea"),
    ):
        assert "直播项目经理（陈姐）" in party.refused(act, *args).says.plain
    assert kitchen.heard == []


def test_whoever_may_reaches_every_handler(party: Stage, kitchen: Kitchen) -> None:
    form = FormRef("V", "tea.form")
    assert party.press("chen", sip()) == (Toast(text("sipped")),)
    assert party.submit("chen", form, {"leaf": "green"}) == (Live("pot", "green"),)
    assert party.suggest("chen", form, "leaf", "g") == (Choices((Option("g", "green"),)),)
    party.shortcut("chen", "tea.note")
    party.react("chen", "tea")
    party.joins("chen")
    assert kitchen.heard == ["sip", "submitted green", "made", "noted", "reacted", "membership"]


def test_a_relation_opens_what_the_role_does_not(party: Stage, kitchen: Kitchen) -> None:
    party.press("liu", sip())
    assert kitchen.heard == ["sip"]


def test_opening_a_form_draws_it_with_its_arguments(party: Stage) -> None:
    drawn = only_form(party.say("chen", "tea pour 龙井"))
    assert drawn.form.title == "Tea"
    assert drawn.form.args == {"leaf": "龙井"}
    assert drawn.missing.plain


def test_the_card_that_stands_in_for_a_form_opens_the_same_form(party: Stage) -> None:
    drawn = only_form(party.say("chen", "tea pour 龙井"))
    card = party.router.form_card(drawn)
    assert plain_card(card) == f"Tea\n{drawn.missing.plain}"
    again = only_form(party.press("chen", button(card, "Tea"), channel="dm"))
    assert again.form == drawn.form


def test_errors_of_a_form_stand_at_their_input(party: Stage) -> None:
    with pytest.raises(FormErrors) as raised:
        party.submit("chen", FormRef("V", "tea.form"), {"leaf": ""})
    assert raised.value.errors == {"leaf": "which?"}


def test_a_view_has_nothing_to_submit_or_search(party: Stage) -> None:
    assert party.submit("chen", FormRef("V", "tea.view"), {}) == ()
    assert party.suggest("chen", FormRef("V", "tea.view"), "leaf", "g") == (Choices(()),)


def test_what_a_newer_version_no_longer_knows_is_refused_politely(party: Stage) -> None:
    assert "旧版本" in party.refused(party.press, "chen", Button("?", "teas.gone")).says.plain
    assert "旧版本" in party.refused(party.press, "chen", Button("?", "form.open", {"form": "gone"})).says.plain
    assert "旧版本" in party.refused(party.submit, "chen", FormRef("V", "gone"), {}).says.plain
    assert "旧版本" in party.refused(party.shortcut, "chen", "gone").says.plain
    assert party.react("chen", "gone") == ()


def test_cards_jobs_and_home(party: Stage) -> None:
    assert party.live("pot", "7") == Card("pot 7")
    assert party.live("pot", "gone") is None
    assert party.live("kettle", "7") is None
    with party.database.read(TEAM) as store:
        assert party.router.run_job(party.scene(store), "boil", {"pot": 3}) == (Live("pot", "3"),)
        with pytest.raises(TypeError, match="nobody to open a form"):
            party.router.run_job(party.scene(store), "ask", {})
    assert plain_card(party.home("mi")) == "小米 的今日通告\nfirst\nsecond"
    assert party.open_home("mi") == ()


def test_bots_are_ignored_and_strangers_told_once_a_day(party: Stage, kitchen: Kitchen) -> None:
    with party.database.write(TEAM) as store:
        party.add_person(store, Cast("robo", "Robo"), is_bot=True)
        party.add_person(store, Cast("left", "Left"), is_deleted=True)
        party.add_person(store, Cast("odd", "Odd", locale="en-US"), is_stranger=True)
    assert party.say("robo", "tea") == party.write("left", "tea") == ()
    (first,) = party.say("odd", "tea")
    assert isinstance(first, Post)
    assert first.person_id == "odd"
    assert first.key == "stranger:odd:2026-11-22"
    assert "answer only its own people" in plain_card(first.card)
    (second,) = party.write("odd", "hello")
    assert isinstance(second, Post)
    assert second.key == first.key
    assert party.react("odd", "tea") == party.write("odd", "x", to_bot=False) == ()
    assert party.suggest("odd", FormRef("V", "tea.form"), "leaf", "g") == (Choices(()),)
    assert "answer only its own people" in plain_card(party.home("odd"))
    assert kitchen.heard == []


def test_a_feature_without_rule_or_relation_does_not_start(kitchen: Kitchen) -> None:
    rules = {key: {"grants": ["anyone"]} for key in (*KEYS, "help", "form.open", "words.run")}
    Router((kitchen.feature(),), Permissions.model_validate({"rules": rules}))
    without = {key: rule for key, rule in rules.items() if key != "teas.sip"}
    with pytest.raises(ValueError, match=r"no rule 'teas\.sip'"):
        Router((kitchen.feature(),), Permissions.model_validate({"rules": without}))
    with pytest.raises(ValueError, match=r"relations of 'tea\.pour'"):
        Router((kitchen.feature(),), Permissions.model_validate({"rules": {**rules, "tea.pour": {"grants": ["self"]}}}))
    with pytest.raises(ValueError, match="two features have a button"):
        Router(
            (Feature("a", actions=kitchen.feature().actions), Feature("b", actions=kitchen.feature().actions)),
            Permissions.model_validate({"rules": rules}),
        )


HOSTILE = (
    "<!channel> <!here> <@U123>",
    "\u202e\u2066evil\u2069",
    "\u200b\u200c\u200d",
    "x" * 40_000,
    "清单" + "很" * 40_000,
    "{name} {0} %s %(x)s",
    "*bold* _it_ `code` &amp; <https://evil.example|click>",
    "\x00\x07\x1b[31m",
    "é́́" * 2_000,
    "；；；。。。！！！",
    "'; DROP TABLE show; --",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_answered_calmly(stage: Stage, words: str) -> None:
    stage.plan("秋冬新品", "2026-11-22", "20:00", "23:00")
    for answered in (
        stage.say("mei", words),
        stage.write("mei", words),
        stage.say("mei", f"checklist {words}"),
        stage.say("mei", f"help {words}"),
        stage.say("chen", f"show {words}"),
    ):
        assert answered
        for effect in answered:
            if isinstance(effect, Reply):
                read = plain_card(effect.card)
                assert read
                assert len(read) < 2_000
                assert all(len(one.label) <= 75 for one in buttons_of(effect.card))
    drawn = only_form(stage.say("chen", f"show new {words}"))
    assert len(str(drawn.form.args.get("theme", ""))) <= 80


def test_numbers_in_buttons_are_not_trusted(stage: Stage) -> None:
    values: tuple[dict[str, str | int], ...] = ({}, {"item": "1; --"}, {"item": 10**15, "version": 1}, {"item": -1})
    for value in values:
        assert "已经没有" in stage.refused(stage.press, "chen", Button("x", "checklists.tick", value)).says.plain
        assert "已经没有" in stage.refused(stage.press, "mi", Button("x", "checklists.untick", value)).says.plain
    runs: tuple[dict[str, str | int], ...] = ({}, {"run": "x"}, {"run": 10**15}, {"run": 1, "page": "y"})
    for args in runs:
        opening = Button("x", "form.open", {**args, "form": "checklists.view"})
        assert "已经不在了" in stage.refused(stage.press, "chen", opening).says.plain


def test_menu_help_and_guesses(stage: Stage) -> None:
    menu = only_card(stage.say("mei", ""))
    assert "Hello Mei" in plain_card(menu)
    assert [one.label for one in buttons_of(menu)] == ["Checklist", "Help"]
    assert plain_card(only_card(stage.write("mei", "  ？！"))) == plain_card(menu)
    help_card = only_card(stage.press("mei", button(menu, "Help")))
    for command in ("/live show", "/live checklist", "/live role", "/live help"):
        assert command in plain_card(help_card)
    guess = only_card(stage.say("mei", "chekclist tonight"))
    assert "I do not know chekclist. Did you mean:" in plain_card(guess)
    stage.plan("秋冬新品", "2026-11-22", "20:00", "23:00")
    (live,) = stage.press("mei", button(guess, "/live checklist"))
    assert isinstance(live, Live)


def test_help_about_one_word_lists_what_the_reader_may(stage: Stage) -> None:
    assert "/live 场次 新建 [主题]" in words_of(stage.say("chen", "help 场次"))
    assert "新建" not in words_of(stage.say("mi", "帮助 show"))
    assert "/live show new [theme]" not in words_of(stage.say("mei", "help show"))
    assert "你是不是想说" in words_of(stage.say("chen", "help chekclist"))
    assert words_of(stage.say("chen", "show nwe")).startswith("我不认识 nwe")
    assert words_of(stage.say("chen", "show 完全不懂的词")).startswith("/live 场次")


def test_a_dm_that_is_no_command_is_met_with_the_menu(stage: Stage) -> None:
    said = words_of(stage.write("zhou", "今天好累啊"))
    assert "没听懂" in said
    assert "还没有安排场次" in said
    assert "did not understand" in words_of(stage.write("mei", "how are you"))
    assert "I do not know how" in words_of(stage.write("mei", "how now"))
    assert "我不认识 今天好累啊" in words_of(stage.write("zhou", "今天好累啊", channel="C-LIVE"))
    assert "你是不是想说" in words_of(stage.write("zhou", "清淡"))
