"""Whatever people type stays what they typed: it calls nobody, links nowhere, hides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.platforms.slack.adapter import comment
from bot.platforms.slack.blocks import styled
from bot.platforms.slack.forms import modal, options_of
from bot.platforms.slack.linter import lint_message, lint_view
from bot.platforms.slack.mrkdwn import UNSEEN, clean, clip, clip_escaped, escape, text_mrkdwn
from bot.platforms.slack.pieces import Look
from bot.platforms.slack.renderer import render, render_home, render_one, render_plain
from handlers.core.cards import (
    Actions,
    Button,
    Card,
    Chart,
    ChoiceInput,
    Confirm,
    Fields,
    Form,
    Heading,
    Image,
    Item,
    Items,
    Option,
    Paragraph,
    Progress,
    Select,
    Table,
    TextInput,
)
from handlers.core.text import ChannelRef, Link, Mention, Text, Words, bold, text

HOSTILE = [
    "<!channel>",
    "<!here|here> and <!everyone>",
    "<@U0MEILING4>",
    "<#C0LIVETEAM|general>",
    "<https://evil.example|click me>",
    "<!subteam^S012|@team>",
    "&lt;!channel&gt;",
    "a & b < c > d",
    "safe\u202eexe.tpyrc",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u2060joined\ufeff",
    "nul\x00 bell\x07 escape\x1b[31m",
    "lone \ud800 surrogate",
    "\U000e0041 tag",
    "*bold* _it_ ~st~ `code` ```pre```",
    "> quoted\n> twice",
    "x" * 40_000,
    "<!channel>" * 4_000,
    "\u200b",
    " ",
    "",
]


def everything(said: str) -> Card:
    """`said` in every place that takes a text."""
    rich = (
        text(said)
        + bold(said)
        + Words(said, italic=True, strike=True, code=True)
        + Mention(said, said)
        + Mention(said, said, quiet=False)
        + ChannelRef(said, said)
        + Link(said, said)
        + Link("https://example.com", said)
    )
    button = Button(said, "a.b", {"k": said[:100]}, confirm=Confirm(said, said, said, said), spoken=said)
    chosen = Select(said, "a.s", options=(Option("1", said, said),), chosen="1")
    return Card(
        said,
        (
            Paragraph(rich),
            Paragraph(rich, small=True),
            Paragraph(text(said), small=True),
            Heading(said),
            Fields(((said, rich), (said, text(said)))),
            Items((Item(rich, "open", rich, button), Item(text(said), "done", text(said), chosen), Item(rich))),
            Progress(1, 2, said),
            Table((said[:90] or "c",), ((said[:90],),), said),
            Chart("bar", said, (said,), ((said, (1.0,)),), said, said),
            Image(1, said),
            Actions((button, chosen)),
        ),
        said,
    )


def strings(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield key, node
    for name, value in node.items() if isinstance(node, dict) else ():
        yield from strings(value, name)
    for value in node if isinstance(node, list) else ():
        yield from strings(value, key)


def parsed(node: Any) -> Iterator[str]:
    """The texts in which Slack reads markup: mrkdwn objects, and the top-level text of a message."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn" or "blocks" in node:
            yield str(node.get("text", ""))
        for value in node.values():
            yield from parsed(value)
    for value in node if isinstance(node, list) else ():
        yield from parsed(value)


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: repr(said[:24]))
def test_hostile_text_is_inert_in_every_message(said: str) -> None:
    card = everything(said)
    for page in (*render(card), render_one(card), render_one(card, Look(native=False)), render_plain(card)):
        assert [fault for fault in lint_message(page) if fault.level == "error"] == []
        assert_inert(page)


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: repr(said[:24]))
def test_hostile_text_is_inert_in_views(said: str) -> None:
    card = everything(said)
    body = (*card.blocks[:7], TextInput("t", said, said, said, said), ChoiceInput("c", said, (Option("1", said),)))
    form = modal(Form("f.n", said, body, said, {"k": said[:100]}), "id")
    home = render_home(card, Look(surface="home"))
    for view in (form, home):
        assert lint_view(view) == []
        assert_inert(view)
    assert_inert(options_of([Option("1", said, said)]))


def assert_inert(drawn: Any) -> None:
    json.dumps(drawn, ensure_ascii=False).encode()
    for told in parsed(drawn):
        for opened in told.split("<")[1:]:
            assert opened.startswith("https://example.com|"), opened[:60]
    for key, value in strings(drawn):
        if key not in {"value", "private_metadata"}:
            assert not UNSEEN.search(value), (key, value[:60])
    kinds = {value for key, value in strings(drawn) if key == "type"}
    assert not kinds & {"user", "channel", "broadcast", "usergroup"}


def test_a_file_comment_is_escaped() -> None:
    assert comment(text("<!channel> & you")) == "&lt;!channel&gt; &amp; you"


def test_a_link_is_drawn_for_the_web_only() -> None:
    for url in ("javascript:alert(1)", "slack://x", "https://a.example/|<!here>", "https://a b"):
        drawn = text_mrkdwn(Text((Link(url, "x"),)), 1_000)
        assert drawn == "x"
    assert text_mrkdwn(Text((Link("https://a.example/?a=1&b=2", "x|y"),)), 1_000) == (
        "<https://a.example/?a=1&amp;b=2|x¦y>"
    )


def test_joined_emoji_survive_and_hidden_joiners_do_not() -> None:
    assert clean("👩‍🍳 pay‍pal") == "👩‍🍳 paypal"
    assert clean("中文，标点\n下一行\t") == "中文，标点\n下一行\t"


def test_clipping_cuts_no_entity() -> None:
    assert clip("abcdef", 4) == "abc…"
    for most in range(3, 40):
        clipped = clip_escaped("<&>" * 20, most)
        assert len(clipped) <= most
        assert escape(clipped.removesuffix("…").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) in (
            clipped,
            clipped.removesuffix("…"),
        )


def test_marks_stand_off_their_neighbours() -> None:
    """Glued to Chinese characters Slack would show the asterisks."""
    assert text_mrkdwn(text("这是") + bold("重点") + "内容", 100) == "这是 *重点* 内容"
    assert text_mrkdwn(text("完成 · ") + bold("晚 1 分钟"), 100) == "完成 · *晚 1 分钟*"
    assert text_mrkdwn(bold("关键") + " · 大刘", 100) == "*关键* · 大刘"
    assert text_mrkdwn(bold("时间") + "\n20:00", 100) == "*时间*\n20:00"
    assert text_mrkdwn(bold("甲") + bold("乙") + Words(" 丙 ", italic=True) + "丁", 100) == "*甲* *乙* _丙_ 丁"
    assert text_mrkdwn(text("这是") + bold("重点") + "以外的内容", 10) == "这是 *重点* 以…"
    assert text_mrkdwn(text("这是") + bold("重点") + "内容", 9) == "这是 *重点*"


def test_a_style_never_costs_a_character() -> None:
    """mrkdwn cannot hold a mark between two of the same: such words keep their characters and lose the style."""
    theme = "*粗* <!channel>"
    drawn = styled(bold(theme) + "\n20:00–23:00", 100)
    assert (drawn["type"], drawn["text"]) == ("plain_text", f"{theme}\n20:00–23:00")
    assert text_mrkdwn(bold("a*b") + "·" + bold("c"), 100) == "a*b· *c*"
    assert text_mrkdwn(text(Words("a_b", bold=True, italic=True)), 100) == "*a_b*"
    assert text_mrkdwn(text(Words("x`y", code=True, strike=True)), 100) == "~x`y~"
