"""Cards as Slack gets them: recorded in goldens/, and never over a limit.

`UPDATE_GOLDENS=1 pytest tests/platforms/test_renderer.py` writes the goldens anew: read what changed.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.slack.forms import modal
from bot.platforms.slack.linter import lint_message, lint_view
from bot.platforms.slack.pieces import Look
from bot.platforms.slack.renderer import has_native, render, render_home, render_one, render_plain
from handlers.core.cards import Actions, Button, Card, Chart, Divider, Fields, Item, Items, Paragraph, Table
from handlers.core.text import text
from tests.platforms.samples import CARDS, CONTROLS, FIGURES, FORM, TEXTS, checklist

GOLDENS = Path(__file__).parent / "goldens"


def hold(name: str, drawn: Any) -> None:
    path = GOLDENS / f"{name}.json"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        path.write_text(json.dumps(drawn, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert drawn == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CARDS)
def test_a_card_looks_as_recorded(name: str) -> None:
    pages = render(CARDS[name])
    assert [lint_message(page) for page in pages] == [[]] * len(pages)
    hold(name, pages)


def test_home_and_form_look_as_recorded() -> None:
    home = render_home(FIGURES, Look(surface="home"))
    form = modal(FORM, "form-1")
    assert lint_view(home) == []
    assert lint_view(form) == []
    hold("home", home)
    hold("form", form)


@pytest.mark.parametrize("rows", [0, 1, 44, 45, 46, 60, 200])
@pytest.mark.parametrize("controls", [True, False])
def test_however_many_rows_every_page_is_sound_and_none_is_lost(rows: int, controls: bool) -> None:
    card = checklist(rows, controls)
    pages = render(card)
    assert [lint_message(page) for page in pages] == [[]] * len(pages)
    whole = json.dumps([page.get("blocks") for page in pages], ensure_ascii=False)
    assert all(f"核对优惠券 {n} " in whole for n in range(rows))


def test_forty_five_rows_with_buttons_fit_into_one_message() -> None:
    assert len(render(checklist(45))) == 1


def test_one_message_counts_what_it_leaves_out_and_keeps_its_last_buttons() -> None:
    page = render_one(checklist(60))
    assert lint_message(page) == []
    kinds = [block["type"] for block in page["blocks"]]
    assert len(kinds) == 50
    assert kinds[-2:] == ["context", "actions"]
    shown = kinds.count("section")
    assert page["blocks"][-2]["elements"][0]["text"] == f"… +{60 - shown}"
    assert [button["text"]["text"] for button in page["blocks"][-1]["elements"]] == ["全部", "我的"]


def test_pages_after_the_first_say_which_they_are() -> None:
    pages = render(checklist(120))
    assert [page["text"].splitlines()[0] for page in pages] == ["清单 12/45", "今晚清单 (2/3)", "今晚清单 (3/3)"]


def test_a_crowded_card_is_drawn_closer_before_it_is_cut() -> None:
    blocks = [part for n in range(30) for part in (Paragraph(text(f"line {n}")), Divider())]
    pages = render(Card("Long", tuple(blocks)))
    assert len(pages) == 1
    assert lint_message(pages[0]) == []
    assert {block["type"] for block in pages[0]["blocks"]} == {"header", "rich_text"}


def test_a_text_of_any_length_is_clipped_with_an_ellipsis() -> None:
    card = Card("t" * 400, (Paragraph(text("x" * 40_000)), Fields((("l", text("v" * 5_000)),))), "s" * 9_000)
    for page in (*render(card), render_one(card), render_plain(card)):
        assert lint_message(page) == []
        assert len(page["text"]) <= 4_000
    page = render_one(card)
    assert page["blocks"][0]["text"]["text"].endswith("…")
    assert page["blocks"][1]["elements"][0]["elements"][0]["text"].endswith("…")


def test_long_labels_and_confirms_are_clipped() -> None:
    button = Button("l" * 200, "a.b", spoken="s" * 200)
    page = render_one(Card("", (Actions((button,)), Items((Item(text("i" * 4_000), control=button),)))))
    assert lint_message(page) == []


def test_the_same_action_twice_in_a_block_gets_ids_of_its_own() -> None:
    buttons = render_one(CONTROLS)["blocks"][1]["elements"]
    assert [entry["action_id"] for entry in buttons[:4]] == [
        "shows.start",
        "shows.start#1",
        "link",
        'shows.phase{"show":3}',
    ]


def test_more_buttons_than_a_block_takes_go_on_in_the_next() -> None:
    page = render_one(Card("", (Actions(tuple(Button(f"b{n}", "a.b", {"n": n}) for n in range(30))),)))
    assert lint_message(page) == []
    assert [len(block["elements"]) for block in page["blocks"]] == [25, 5]


def test_only_loud_mentions_reach_anyone() -> None:
    page = render_one(TEXTS)
    drawn = json.dumps(page["blocks"])
    assert drawn.count('"user_id"') == 1
    assert "U0XZHOUHA7" not in drawn
    assert "<@" not in page["text"]


def test_figures_have_their_numbers_in_the_text_and_can_do_without_native_blocks() -> None:
    native, plain = render_one(FIGURES), render_one(FIGURES, Look(native=False))
    assert has_native(native)
    assert not has_native(plain)
    for number in ("12,000", "14.5", "40"):
        assert number in native["text"]
        assert number in json.dumps(plain["blocks"])


@pytest.mark.parametrize(
    "part",
    [
        Table(tuple("abcdefghijklmnopqrstu"), (), "21 columns"),
        Table(("a",), tuple(("x",) for _ in range(100)), "101 rows"),
        Table(("a",), (("x" * 5_001,),), "too much text"),
        Table(("a", "b"), (("x",),), "ragged"),
        Table((), (), "empty"),
        Chart("bar", "no series", ("a",), ()),
        Chart("bar", "two of one name", ("a",), (("s" * 30, (1.0,)), ("s" * 31, (2.0,)))),
        Chart("bar", "seven series", ("a",), tuple((f"s{n}", (1.0,)) for n in range(7))),
        Chart("bar", "not a number", ("a",), (("s", (float("nan"),)),)),
    ],
    ids=lambda part: getattr(part, "caption", "") or part.title,
)
def test_figures_over_a_limit_become_text(part: Table | Chart) -> None:
    pages = render(Card("t", (part,)))
    assert not any(has_native(page) for page in pages)
    assert [fault for page in pages for fault in lint_message(page)] == []


def test_an_uploaded_image_is_shown_and_another_named() -> None:
    shown = render_one(TEXTS, Look(images={4: "F123"}))
    assert {"type": "image", "slack_file": {"id": "F123"}, "alt_text": "the cover"} in shown["blocks"]
    assert "🖼 the cover" in json.dumps(render_one(TEXTS)["blocks"], ensure_ascii=False)


def test_an_empty_card_is_still_a_message() -> None:
    assert lint_message(render_one(Card(""))) == []
    assert lint_view(render_home(Card(""), Look(surface="home"))) == []


@pytest.mark.alone
def test_a_card_of_forty_five_rows_is_drawn_within_the_budget() -> None:
    card = checklist(45)
    best = min(timed(card) for _ in range(20))
    assert best < 0.0015, f"{best * 1000:.2f} ms"


def timed(card: Card) -> float:
    start = time.perf_counter()
    render_one(card)
    return time.perf_counter() - start
