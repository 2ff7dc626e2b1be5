"""Words as typed and as read; labels; controls."""

from pathlib import Path
from typing import Any

import pytest

from bot.workspace.blocks import controls, plain_text
from bot.workspace.labels import same_label, trimmed
from bot.workspace.people import load_cast, parse_cast
from bot.workspace.server import LocalWorkspace
from bot.workspace.texts import markdown_text, mrkdwn_text

Json = dict[str, Any]


class NoNames:
    def person_name(self, person_id: str) -> str:
        return {"U1": "小周"}.get(person_id, person_id)

    def channel_name(self, channel_id: str) -> str:
        return {"C1": "retro"}.get(channel_id, channel_id)


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        ("<@U1> 看 <#C1|old> <!here>", "@小周 看 #retro @here"),
        ("<https://a.example|链接> <https://b.example>", "链接 https://b.example"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("*重点* 后面 _斜_ ~删~ `码`", "重点 后面 斜 删 码"),
        ("这是*重点*内容", "这是*重点*内容"),
        ("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c"),
        ("<!date^1795000000^{time}|19:41>", "19:41"),
        ("<@U404>", "@U404"),
    ],
)
def test_mrkdwn_is_read_as_slack_shows_it(marked: str, read: str) -> None:
    assert mrkdwn_text(marked, NoNames()) == read


def test_markdown_is_read_without_its_marks() -> None:
    assert markdown_text("## 标题\n这是**重点** [链接](https://a.example) `x`") == "标题\n这是重点 链接 x"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@小周请看", "<@U0XZHOUHA7>请看"),
        ("问@小周", "问<@U0XZHOUHA7>"),
        ("a@Mei.cn @Meister", "a@Mei.cn @Meister"),
        ("@channel <!channel>", "<!channel> &lt;!channel&gt;"),
        ("<@U0MEILING4> <@U404>", "<@U0MEILING4> &lt;@U404&gt;"),
        ("去 https://a.example/?a=1&b=2。", "去 <https://a.example/?a=1&amp;b=2>。"),
        ("#live-team、#none", "<#C0LIVETEAM|live-team>、#none"),
    ],
)
async def test_what_is_typed_is_inert_but_for_mentions(workspace: LocalWorkspace, typed: str, sent: str) -> None:
    assert workspace.stage.typing.message(typed) == sent


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("✅ 完成", "完成", True),
        (":white_check_mark: 完成 ", "✅完成", True),
        ("完成", "未完成", False),
        ("👍", "👎", False),
        ("👍🏽 Good  job", "Good job", True),
        ("S01 · 推流", "S01 · 推流", True),
    ],
)
def test_labels(one: str, other: str, same: bool) -> None:
    assert same_label(one, other) is same
    assert trimmed(trimmed(one)) == trimmed(one)


def test_tables_charts_and_lists_are_read_line_by_line() -> None:
    cell = {"type": "raw_text", "text": "GMV"}
    blocks: list[Json] = [
        {"type": "table", "rows": [[cell, {"type": "raw_text", "text": "12"}]]},
        {
            "type": "data_visualization",
            "title": "本周",
            "chart": {"type": "bar", "series": [{"name": "GMV", "data": [{"label": "周一", "value": 12}]}]},
        },
        {"type": "image", "alt_text": "曲线"},
        {"type": "meow", "text": "不读"},
    ]
    assert plain_text(blocks, NoNames()) == "GMV | 12\n本周\nGMV: 周一 12\n曲线"


def test_an_input_that_acts_at_once_is_a_control() -> None:
    element = {"type": "users_select", "action_id": "who", "placeholder": {"type": "plain_text", "text": "选"}}
    block: Json = {"type": "input", "label": {"type": "plain_text", "text": "主播"}, "element": element}
    assert controls([block], NoNames()) == []
    found = controls([{**block, "dispatch_action": True}], NoNames())
    assert [(control.kind, control.label) for control in found] == [("select", "主播")]


def test_the_cast_is_checked() -> None:
    cast = load_cast()
    assert [channel.name for channel in cast.channels] == ["live-team", "product-selection", "retro"]
    assert sum(person.is_admin for person in cast.people) == 1
    assert sum(person.is_guest for person in cast.people) == 1
    source = Path("bot/workspace/data/people.json")
    text = (Path(__file__).parents[2] / source).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="unknown members: 陈哥"):
        parse_cast(text.replace('"members": ["林岚", "陈姐"', '"members": ["林岚", "陈哥"'))
    with pytest.raises(ValueError, match="two people share one id"):
        parse_cast(text.replace("U0MEILING4", "U0LINLAN01"))
