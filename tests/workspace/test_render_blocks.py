"""Blocks and elements as native controls; charts; and the catalogs of the page."""

import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.workspace.phrases import script_strings
from bot.workspace.render.blocks import Blocks
from bot.workspace.render.charts import chart_of
from bot.workspace.render.environments import LANGUAGES, environment, language_of, translations
from bot.workspace.render.readers import Reader
from tests.workspace.test_render_text import DIRECTORY, READER

Json = dict[str, Any]
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def draw(*blocks: Json, surface: str = "message", reader: Reader = READER) -> str:
    return str(Blocks(environment(reader.language), DIRECTORY, reader, surface, "m1").draw(blocks))


def text(words: str, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": words}


def option(words: str, value: str) -> Json:
    return {"text": text(words), "value": value}


DOUYIN = option("抖音", "dy")


def actions(*elements: Json) -> str:
    return draw({"type": "actions", "block_id": "b", "elements": list(elements)})


def test_a_section_with_fields_and_a_button() -> None:
    press = {"type": "button", "text": text("完成"), "action_id": "list.tick", "value": "1", "style": "primary"}
    html = draw(
        {
            "type": "section",
            "block_id": "row",
            "text": text("*今晚* <@U1>", "mrkdwn"),
            "fields": [text("甲"), text("乙")],
            "accessory": press,
        }
    )
    assert "<b>今晚</b>" in html
    assert "mention-me" in html
    assert '<div class="text">乙</div>' in html
    assert 'class="btn btn-primary" data-bid="row" data-aid="list.tick" data-type="button"' in html


def test_a_confirm_travels_with_its_control() -> None:
    confirm = {"title": text("真的？"), "text": text("it's </script> <b>")}
    html = actions({"type": "button", "text": text("删"), "action_id": "a", "confirm": confirm})
    assert "data-confirm='" in html
    assert "真的？" in html
    assert "</script>" not in html
    assert "it's" not in html


def test_every_block_that_is_not_drawn_leaves_a_line() -> None:
    assert "[carousel] 此处不渲染" in draw({"type": "carousel"})
    assert "[workflow_button] 此处不渲染" in actions({"type": "workflow_button"})
    assert "[section_of_evil]" in draw({"type": "section_of_evil"})


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"type": "static_select", "options": [DOUYIN], "initial_option": DOUYIN}, " selected>抖音"),
        ({"type": "users_select", "initial_user": "U1"}, '<option value="U1" selected>林岚</option>'),
        ({"type": "channels_select"}, '<option value="C1">#retro</option>'),
        ({"type": "multi_users_select", "initial_users": ["U1"]}, '<input type="checkbox" value="U1" checked>'),
        ({"type": "multi_static_select", "options": [option("甲", "a")]}, '<input type="checkbox" value="a"'),
        ({"type": "external_select", "min_query_length": 1}, 'type="search"'),
        ({"type": "overflow", "options": [option("刷新", "r")]}, 'class="menu-item"'),
        ({"type": "datepicker", "initial_date": "2026-11-22"}, 'type="date"'),
        ({"type": "timepicker", "initial_time": "20:00"}, 'value="20:00"'),
        ({"type": "datetimepicker", "initial_date_time": 1795345319}, 'value="2026-11-22T19:01"'),
        ({"type": "checkboxes", "options": [option("甲", "a")], "initial_options": [option("甲", "a")]}, " checked>"),
        ({"type": "radio_buttons", "options": [option("甲", "a")]}, 'type="radio"'),
        ({"type": "plain_text_input", "initial_value": 'a"b', "max_length": 9}, 'maxlength="9"'),
        ({"type": "plain_text_input", "multiline": True, "initial_value": "<b>"}, "&lt;b&gt;</textarea>"),
        ({"type": "number_input", "initial_value": "3"}, 'inputmode="decimal"'),
        ({"type": "email_text_input"}, 'type="email"'),
        ({"type": "file_input"}, 'type="file"'),
    ],
)  # fmt: skip
def test_each_element_is_a_native_control_with_its_address(element: Json, expected: str) -> None:
    block = {"type": "input", "block_id": "b", "label": text("标签"), "element": {**element, "action_id": "a"}}
    html = draw(block, surface="modal")
    assert f'data-bid="b" data-aid="a" data-type="{element["type"]}"' in html
    assert expected in html
    assert "标签" in html


def test_an_input_says_whether_it_may_stay_empty_and_where_its_error_goes() -> None:
    html = draw(
        {
            "type": "input",
            "block_id": "theme",
            "label": text("主题"),
            "hint": text("短一点"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "v"},
        },
        surface="modal",
    )
    assert 'data-optional="yes"' in html
    assert "选填" in html
    assert "短一点" in html
    assert 'class="error" role="alert"' in html
    assert 'aria-label="主题"' in html


def test_pictures_from_elsewhere_are_not_fetched() -> None:
    ours = {"type": "image", "image_url": "http://127.0.0.1:9/files/F1", "alt_text": "图"}
    assert '<img src="/files/F1"' in draw(ours)
    for url in ("https://e.com/p.png", "//e.com/files/F1", "javascript:x", "http://e.com/files/F1"):
        html = draw({"type": "image", "image_url": url, "alt_text": "图"})
        assert "<img" not in html
        assert 'href="javascript' not in html


def test_tables_sort_by_number_and_name_their_rows() -> None:
    html = draw(
        {
            "type": "data_table",
            "caption": "场次",
            "row_header_column_index": 0,
            "rows": [
                [{"type": "raw_text", "text": "场"}, {"type": "raw_text", "text": "GMV"}],
                [{"type": "raw_text", "text": "周一"}, {"type": "raw_number", "value": 12000, "text": "1.2万"}],
            ],
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": "<x>"}], [{"type": "raw_text", "text": "y"}]]},
    )
    assert '<th scope="row"' in html
    assert 'data-sort="12000">1.2万' in html
    assert "<caption>场次</caption>" in html
    assert '<th class="align-left">&lt;x&gt;</th>' in html


def series(name: str, *values: float) -> Json:
    return {"name": name, "data": [{"label": f"L{i}", "value": value} for i, value in enumerate(values)]}


def chart(kind: str, *all_series: Json) -> Json:
    labels = [point["label"] for point in all_series[0]["data"]]
    return {
        "type": "data_visualization",
        "title": "GMV",
        "chart": {"type": kind, "series": list(all_series), "axis_config": {"categories": labels}},
    }


def test_a_bar_chart_stands_on_zero_and_is_told_in_words() -> None:
    made = chart_of(chart("bar", series("目标", 10, -5), series("实际", 20, 0)))
    assert len(made.bars) == 4
    up, down = made.bars[0], made.bars[1]
    assert up.y + up.height == pytest.approx(down.y)
    assert made.summary == "GMV. 目标: L0 10, L1 -5; 实际: L0 20, L1 0"
    html = draw(chart("bar", series("目标", 10, -5)))
    assert 'role="img" aria-label="GMV. 目标: L0 10, L1 -5"' in html
    assert html.count("<rect") >= 2


@pytest.mark.parametrize("kind", ["line", "area"])
def test_lines_and_areas_have_a_point_for_each_category(kind: str) -> None:
    made = chart_of(chart(kind, series("a", 1, 2, 3)))
    assert len(made.curves) == 1
    assert len(made.curves[0].dots) == 3
    assert ("<polygon" in draw(chart(kind, series("a", 1, 2, 3)))) is (kind == "area")


def test_a_pie_names_its_shares() -> None:
    pie = {"type": "pie", "segments": [{"label": "自播", "value": 3}, {"label": "达播", "value": 1}]}
    made = chart_of({"type": "data_visualization", "title": "占比", "chart": pie})
    assert [name for _, name in made.legend] == ["自播 3 (75%)", "达播 1 (25%)"]
    assert len(made.slices) == 2


def test_a_malformed_chart_is_a_grey_line() -> None:
    broken = {"type": "bar", "series": [{"data": [{}]}]}
    assert "[data_visualization]" in draw({"type": "data_visualization", "title": "x", "chart": broken})


def test_the_remaining_blocks() -> None:
    html = draw(
        {"type": "header", "text": text("标题")},
        {"type": "divider"},
        {"type": "context", "elements": [text("小字")]},
        {"type": "markdown", "text": "**粗**"},
        {"type": "rich_text", "elements": []},
        {"type": "alert", "level": "warning", "text": text("当心")},
    )
    assert '<h3 class="block header-block">标题</h3>' in html
    assert "<hr" in html
    assert "小字" in html
    assert "<strong>粗</strong>" in html
    assert "alert-warning" in html


def test_the_words_of_the_page_follow_the_reader() -> None:
    english = Reader("U2", "en", ZoneInfo("Europe/London"))
    assert "not drawn here" in draw({"type": "carousel"}, reader=english)
    assert language_of("zh-Hans-CN") == "zh_CN"
    assert language_of("en-US") == "en"


def catalog(language: str) -> Catalog:
    path = files("bot.workspace").joinpath("locale", language, "LC_MESSAGES", "workspace.po")
    with path.open("rb") as stream:
        return read_po(stream)


def as_tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalog_holds_what_page_and_script_say(language: str) -> None:
    extracted = extract_from_dir(
        Path(str(files("bot.workspace"))),
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={"gettext": None, "ngettext": (1, 2), "N_": None},
        options_map={"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "false"}},
    )
    said = {as_tuple(message) for _, _, message, _, _ in extracted}
    assert {as_tuple(one.id) for one in catalog(language) if one.id} == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalog_is_complete_with_the_same_placeholders(language: str) -> None:
    for message in catalog(language):
        if not message.id:
            continue
        words = as_tuple(message.string)
        assert all(words), message.id
        for one in words:
            assert sorted(_PLACEHOLDER.findall(one)) == sorted(_PLACEHOLDER.findall(as_tuple(message.id)[0]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_the_written_one(language: str) -> None:
    for message in catalog(language):
        if message.id:
            first, string = as_tuple(message.id)[0], as_tuple(message.string)[0]
            plural = len(as_tuple(message.id)) > 1
            compiled = translations(language)
            assert (compiled.ngettext(first, first, 1) if plural else compiled.gettext(first)) == string


def test_the_script_is_given_every_sentence_that_it_says() -> None:
    script = files("bot.workspace").joinpath("static", "workspace.js").read_text(encoding="utf-8")
    assert set(re.findall(r'say\("(\w+)"', script)) == set(script_strings(translations("en")))
