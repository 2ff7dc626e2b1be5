"""Forms out as modals and their values back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.platforms.slack.forms import form_id_of, form_ref, mint_id, modal, read_values
from bot.platforms.slack.linter import lint_view
from handlers.core.cards import ChoiceInput, Form, Input, Item, Items, Option, Paragraph, TextInput
from handlers.core.messages import FormRef
from handlers.core.text import text
from tests.platforms.samples import FORM, tick


def test_a_form_comes_back_with_its_name_args_and_id() -> None:
    view = {**modal(FORM, "form-7"), "id": "V1", "hash": "h1"}
    assert form_id_of(view) == "form-7"
    assert form_ref(view) == FormRef("V1", "shows.new", "h1", {"show": 3, "from": "menu"})


def test_ids_are_never_the_same() -> None:
    assert len({mint_id() for _ in range(1_000)}) == 1_000


def test_what_stands_in_a_fresh_form_reads_as_its_values() -> None:
    """Slack fills the state from the initial values; read back they are what the form was drawn with."""
    view = modal(FORM, "form-7")
    view["state"] = {
        "values": {b["block_id"]: {"in": typed(b["element"])} for b in view["blocks"] if b["type"] == "input"}
    }
    assert read_values(view) == {
        "theme": "双十一返场",
        "notes": "",
        "goal": "12.5",
        "platform": "air",
        "phases": ["prep", "wrap"],
        "many": ["3"],
        "product": "p1",
        "products": ["p1"],
        "host": "U0MEILING4",
        "crew": ["U0MEILING4"],
        "day": "2026-11-22",
        "start": "20:00",
        "cover": [],
    }


def typed(element: dict[str, Any]) -> dict[str, Any]:
    """The state of an element that nobody has touched."""
    state = {"type": element["type"]}
    for name, value in element.items():
        if name.startswith("initial_"):
            kind = name.removeprefix("initial_")
            state["value" if kind == "value" else f"selected_{kind}"] = value
    return state


def test_a_readers_view_has_no_submit_button() -> None:
    rows = Items(tuple(Item(text(f"row {n}"), control=tick(n)) for n in range(45)))
    view = modal(Form("checklists.all", "All", (Paragraph(text("x")), rows)), "id")
    assert lint_view(view) == []
    assert "submit" not in view
    assert "notify_on_close" not in view


def test_inputs_without_a_submit_word_still_get_a_button() -> None:
    view = modal(Form("f.n", "N", (TextInput("a", "A"),)), "id")
    assert lint_view(view) == []
    assert view["submit"]["text"] == "OK"


def test_a_long_title_is_whole_in_the_body() -> None:
    view = modal(FORM, "id")
    assert view["title"]["text"] == "Plan a show that has a…"
    assert view["blocks"][0]["text"]["text"] == FORM.title


@pytest.mark.parametrize(
    "part",
    [
        TextInput("k", "l" * 3_000, "v" * 5_000, "h" * 3_000, "p" * 200),
        TextInput("k", "", max_length=9_000),
        TextInput("k", "l", "v" * 50, max_length=10),
        ChoiceInput("k", "l", tuple(Option(str(n), "o" * 90, "d" * 90) for n in range(150)), ("149",)),
        ChoiceInput("k", "l", tuple(Option(str(n), "o") for n in range(11)), ("3", "gone"), many=True),
    ],
)
def test_inputs_of_any_size_fit(part: Input) -> None:
    assert lint_view(modal(Form("f.n", "N", (part,), "OK"), "id")) == []


@pytest.mark.parametrize("metadata", ["", "x", "[]", "null", '{"args": 3}'])
def test_a_view_that_is_not_ours_has_no_id(metadata: str) -> None:
    view = {"id": "V1", "callback_id": "c", "private_metadata": metadata}
    assert form_id_of(view) == ""
    assert form_ref(view) == FormRef("V1", "c")


def test_args_leave_room_for_what_rides_along() -> None:
    view = modal(Form("f" * 100, "N", (), args={"k": "v" * 2_000}), mint_id())
    assert lint_view(view) == []
    assert json.loads(view["private_metadata"])["args"] == {"k": "v" * 2_000}
