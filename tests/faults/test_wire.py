"""What the wire does to us: late, twice, out of order, cut, limited; and what people type to break things."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.driving import Drive, trial

CHANNEL = "live-team"
HOSTILE = (
    "<!channel> <!here> <@U0XZHOUHA7>",
    "<https://evil.example|点这里领红包> [x](https://evil.example)",
    "*bold* _it_ ~no~ `code` ```block``` &lt;script&gt;<script>alert(1)</script>",
    "\u202eRTL\u202c \u200b零宽\u200d \ufeff",
    "甲" * 39_900,
)

pytestmark = pytest.mark.process


@pytest.fixture
async def drive(tmp_path: Path) -> AsyncIterator[Drive]:
    async with trial(tmp_path) as driver:
        yield driver


async def posts(drive: Drive, person: str = "小周", channel: str = CHANNEL) -> list[dict[str, Any]]:
    return [m for m in await drive.messages(person, channel) if m["is_bot"] and not m["ephemeral"]]


async def show_card(drive: Drive) -> dict[str, Any]:
    await drive("say", person="小周", channel=CHANNEL, text="/live 清单")
    await drive.settle()
    return await drive.card()


async def test_a_redelivered_event_is_answered_once(drive: Drive) -> None:
    await drive("say", person="Mei", channel="dm", text="help")
    await drive.settle()
    before = len(await posts(drive, "Mei", "dm"))
    await drive("redeliver", event="last", times=5)
    await drive.settle()
    assert before == 1
    assert len(await posts(drive, "Mei", "dm")) == 1


async def test_an_answer_lost_after_the_post_leaves_one_message(drive: Drive) -> None:
    await drive("fault", method="chat.postMessage", times=1, drop_after=True)
    await drive("say", person="小周", channel=CHANNEL, text="/live 清单")
    await drive.settle(20_000)
    assert len(await posts(drive)) == 1
    card = await drive.card()
    await drive("press", person="大刘", channel=CHANNEL, ts=card["ts"], label="完成", near="应急预案")
    await drive.settle()
    assert "24/45" in (await drive.card())["text"]
    assert len(await posts(drive)) == 1


async def test_a_storm_of_429_delays_and_loses_nothing(drive: Drive) -> None:
    card = await show_card(drive)
    await drive("fault", method="chat.update", times=6, http_status=429, retry_after_s=0.1)
    for near in ("应急预案", "场景布置", "妆造", "投流计划"):
        await drive("press", person="小周", channel=CHANNEL, ts=card["ts"], label="完成", near=near)
    await drive.settle(20_000)
    assert "27/45" in (await drive.card())["text"]


async def test_a_server_error_on_an_update_is_tried_again(drive: Drive) -> None:
    card = await show_card(drive)
    await drive("fault", method="chat.update", times=1, http_status=500)
    await drive("press", person="大刘", channel=CHANNEL, ts=card["ts"], label="完成", near="应急预案")
    await drive.settle(20_000)
    assert "24/45" in (await drive.card())["text"]


async def test_the_socket_may_drop_at_any_time(drive: Drive) -> None:
    await drive("fault", method="socket", times=1, disconnect=True)
    await drive("say", person="Mei", channel="dm", text="help")
    await drive.settle(20_000)
    assert len(await posts(drive, "Mei", "dm")) == 1


async def test_a_card_that_somebody_deleted_is_made_anew(drive: Drive) -> None:
    card = await show_card(drive)
    await drive("delete", person="林岚", channel=CHANNEL, ts=card["ts"])
    await drive("say", person="陈姐", channel=CHANNEL, text="/live 清单")
    await drive.settle()
    fresh = await drive.card()
    assert fresh["ts"] != card["ts"]
    assert len(await posts(drive)) == 1


@pytest.mark.parametrize("words", HOSTILE, ids=("mentions", "links", "markup", "unseen", "huge"))
async def test_hostile_words_are_inert(drive: Drive, words: str) -> None:
    for text in (f"/live {words}", f"/live 清单 {words}"):
        await drive("say", person="小周", channel=CHANNEL, text=text)
    await drive("say", person="小周", channel=CHANNEL, text=f"@Callsheet {words}")
    await drive.settle()
    for message in await drive.messages("小周", CHANNEL):
        if message["is_bot"]:
            assert not [part for block in message["blocks"] for part in dangerous(block)]
            assert "https://evil.example" not in [button.get("url") for button in message["buttons"]]
            assert len(message["text"]) < 13_000
    assert "invalid_blocks" not in str(await drive("wire"))


def dangerous(part: Any) -> list[Any]:
    """Whatever of a block would notify somebody or lead outside, had it come from what a person typed."""
    if isinstance(part, list):
        return [found for one in part for found in dangerous(one)]
    if not isinstance(part, dict):
        return []
    kind, text = part.get("type"), str(part.get("text", ""))
    marked = kind == "mrkdwn" and re.search(r"<!|<@U|<https?://evil|<#C", text)
    leads = kind == "link" and "evil" in str(part.get("url"))
    here = [part] if marked or leads or kind in {"user", "usergroup", "broadcast", "channel"} else []
    return here + [found for one in part.values() for found in dangerous(one)]


async def test_many_at_once_are_all_answered_in_their_place(drive: Drive, scale: Callable[[int, int], int]) -> None:
    people = ("小周", "陈姐", "Mei", "阿宁", "老吴", "大刘", "阿珍", "老孙")
    times = scale(5, 40)
    await asyncio.gather(
        *(drive("say", person=person, channel="dm", text=f"help {n}") for person in people for n in range(times))
    )
    await drive.settle(30_000)
    for person in people:
        assert len(await posts(drive, person, "dm")) == times


async def test_a_show_planned_with_hostile_words_shows_them_as_they_are(drive: Drive) -> None:
    await drive("say", person="陈姐", channel=CHANNEL, text="/live show new")
    await drive.settle()
    form = await drive("form", person="陈姐")
    labels = [entry["label"] for entry in form["inputs"]]
    values = {labels[0]: "<!channel> *春* <https://evil.example|领>"}
    answer = await drive("submit", person="陈姐", values=values)
    assert answer == {"closed": True}
    await drive.settle()
    text = "\n".join(m["text"] for m in await drive.messages("陈姐", CHANNEL) if m["is_bot"])
    assert "<!channel> *春* <https://evil.example|领>" in text
