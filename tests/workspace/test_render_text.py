"""mrkdwn, rich text and markdown as HTML: what is marked up, and what must stay text."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest

from bot.workspace.render.markdown import markdown
from bot.workspace.render.mrkdwn import mrkdwn, plain
from bot.workspace.render.readers import Choice, Reader
from bot.workspace.render.rich_text import RichText
from bot.workspace.render.times import fill_date, instant_of

READER = Reader("U1", "zh_CN", ZoneInfo("Asia/Shanghai"))
OLIVER = Reader("U2", "en", ZoneInfo("Europe/London"))


class SmallDirectory:
    """Two people and one channel."""

    def person_name(self, user_id: str) -> str | None:
        return {"U1": "林岚", "U2": "Oliver <b>"}.get(user_id)

    def channel_name(self, channel_id: str) -> str | None:
        return {"C1": "retro"}.get(channel_id)

    def people(self) -> Sequence[Choice]:
        return [Choice("U1", "林岚")]

    def channels(self) -> Sequence[Choice]:
        return [Choice("C1", "#retro")]


DIRECTORY = SmallDirectory()


def drawn(text: str) -> str:
    return str(mrkdwn(text, DIRECTORY, READER))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~", "<b>bold</b> <i>it</i> <s>no</s>"),
        ("*重点* 内容", "<b>重点</b> 内容"),
        ("这是*重点*内容", "这是*重点*内容"),
        ("*重点*内容", "*重点*内容"),
        ("：*重点* 内容", "：*重点* 内容"),
        ("(*bold*)", "(<b>bold</b>)"),
        ("a*b*c", "a*b*c"),
        ("* not *", "* not *"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n<b```", "<pre><code>a\n&lt;b</code></pre>"),
        ("one\ntwo", "one<br>two"),
        ("&gt; said\n&gt; twice\nafter", "<blockquote>said<br>twice</blockquote>after"),
        (":fire: :no_such:", "🔥 :no_such:"),
        ("snake_case_name", "snake_case_name"),
    ],
)
def test_marks(text: str, html: str) -> None:
    assert drawn(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<javascript:alert(1)|press>",
        "*<img src=x>*",
        "`<svg onload=alert(1)>`",
        "<@U1|<script>>",
        "\ue0000\ue001<script>",
        '<https://e.vil/"onmouseover="alert(1)|x>',
        "<!date^1^{time}^javascript:x|<img>>",
    ],
)
def test_hostile_text_is_inert(text: str) -> None:
    html = drawn(text)
    for tag in ("<script", "<img", "<svg", 'href="javascript', '"onmouseover="'):
        assert tag not in html


def test_links_tell_nothing_and_open_apart() -> None:
    expected = '<a href="https://e.com/?a=1&amp;b=2" target="_blank" rel="noreferrer noopener">看</a>'
    assert drawn("<https://e.com/?a=1&amp;b=2|看>") == expected
    assert drawn("https://e.com/a，后面").startswith('<a href="https://e.com/a" ')


def test_mentions_ring_for_the_one_meant_and_broadcasts_for_all() -> None:
    assert drawn("<@U1>") == '<span class="mention mention-me" data-user="U1">@林岚</span>'
    assert drawn("<@U2>") == '<span class="mention" data-user="U2">@Oliver &lt;b&gt;</span>'
    assert drawn("<@U9>") == '<span class="mention" data-user="U9">@U9</span>'
    assert drawn("<!channel>") == '<span class="mention mention-all">@channel</span>'
    assert drawn("<#C1>") == '<a class="mention" href="/c/C1" data-visit>#retro</a>'
    assert drawn("<#C9|secret>") == '<span class="mention">#secret</span>'


def test_dates_are_in_the_readers_zone_and_language() -> None:
    text = "<!date^1795345319^{date_short} {time}|then>"
    assert ">11月22日 19:01<" in drawn(text)
    assert ">Nov 22 11:01<" in str(mrkdwn(text, DIRECTORY, OLIVER))
    assert drawn("<!date^x^{time}|then>") == "then"
    assert fill_date("{unknown} {time_secs}", instant_of("1795345319.000001"), OLIVER) == "{unknown} 11:01:59"


def test_plain_text_is_escaped_and_keeps_its_lines() -> None:
    assert plain("a<b>\n:fire: *x*") == "a&lt;b&gt;<br>🔥 *x*"
    assert plain(":fire:", emoji=False) == ":fire:"


def rich(*elements: dict[str, object]) -> str:
    return str(RichText(DIRECTORY, READER).draw({"type": "rich_text", "elements": list(elements)}))


def test_rich_text_sections_with_every_inline_kind() -> None:
    html = rich(
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "粗<体>", "style": {"bold": True, "strike": True}},
                {"type": "user", "user_id": "U1"},
                {"type": "channel", "channel_id": "C1"},
                {"type": "broadcast", "range": "here"},
                {"type": "emoji", "name": "x", "unicode": "1f525"},
                {"type": "emoji", "name": "tada"},
                {"type": "link", "url": "javascript:x", "text": "no"},
                {"type": "color", "value": "#ff0000"},
                {"type": "color", "value": 'red" onload="x'},
                {"type": "date", "timestamp": 1795345319, "format": "{time}", "fallback": "then"},
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "hologram"},
            ],
        }
    )
    assert "<s><b>粗&lt;体&gt;</b></s>" in html
    assert "@林岚" in html
    assert "#retro" in html
    assert "@here" in html
    assert "🔥🎉no" in html
    assert 'fill="#ff0000"' in html
    assert 'onload="x' not in html
    assert ">19:01<" in html
    assert "[hologram]" in html


def test_rich_text_lists_quotes_and_code() -> None:
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "一"}]}
    html = rich(
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "border": 1, "elements": [item, item]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "话"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a\n<b>"}]},
        {"type": "rich_text_parade"},
    )
    assert '<ol class="indent-1 bordered" start="3"><li>一</li><li>一</li></ol>' in html
    assert "<blockquote>话</blockquote>" in html
    assert "<pre><code>a<br>&lt;b&gt;</code></pre>" in html
    assert "[rich_text_parade]" in html


def test_markdown_knows_tables_tasks_and_strikethrough() -> None:
    html = str(markdown("这是**重点**内容\n\n- [ ] 未做\n- [x] 做了\n\n~~旧~~\n\n| a | b |\n|---|---|\n| 1 | 2 |"))
    assert "<strong>重点</strong>" in html
    assert "☐ 未做" in html
    assert "☑ 做了" in html
    assert "<s>旧</s>" in html
    assert "<td>1</td>" in html


def test_markdown_lets_no_html_pictures_or_odd_links_through() -> None:
    html = str(markdown("<script>x</script> [a](javascript:x) [b](https://e.com) ![p](https://e.com/p.png)"))
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert '<a href="https://e.com" rel="noreferrer noopener" target="_blank">b</a>' in html
    assert 'href="https://e.com/p.png"' in html


@pytest.mark.parametrize("text", ["**half", "`open", "| a |\n|--", "- [", "~~", "[x](", "```py\ncode"])
def test_half_open_markdown_is_well_formed(text: str) -> None:
    html = str(markdown(text))
    for tag in ("strong", "code", "table", "s", "a", "pre"):
        assert html.count(f"<{tag}>") + html.count(f"<{tag} ") == html.count(f"</{tag}>")
