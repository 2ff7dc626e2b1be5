"""kill -9 at any moment: nothing that was acknowledged is lost, nothing happens or is said twice."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from tests.driving import Drive, Running, driving, start

PEOPLE = ("小周", "陈姐", "Mei", "阿宁", "老吴", "大刘")
CARD = "live-team"

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


class Split:
    """The workspace in one process and the bot in another, so that one can die without the other."""

    def __init__(self, folder: Path, workspace: Running) -> None:
        self.folder = folder
        self.workspace = workspace
        self.bot: Running | None = None
        self.up = asyncio.Event()

    @classmethod
    async def start(cls, folder: Path) -> Split:
        data = str(folder / "data")
        running = await start("workspace", "--port", "0", "--data", data, log=folder / "workspace.log")
        return cls(folder, running)

    async def start_bot(self) -> None:
        env = {k: v for k, v in dotenv_values(self.folder / "data" / "workspace.env").items() if v}
        env["LEASE_S"] = "2"
        self.bot = await start("run", "--data", str(self.folder / "data"), env=env, log=self.folder / "bot.log")
        self.up.set()

    async def kill_bot(self) -> None:
        assert self.bot is not None
        self.up.clear()
        await self.bot.kill()

    async def stop(self) -> None:
        for running in (self.bot, self.workspace):
            if running is not None:
                await running.stop()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / "data" / "callsheet.db", timeout=5)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


async def press_many(
    split: Split, drive: Drive, card: dict[str, Any], presses: int, acknowledged: Counter[str]
) -> None:
    """People press at random, several at once; only what was acknowledged is counted."""
    dice = random.Random(7)
    rows = [
        button["near"].split("\n")[0] for button in card["buttons"] if button["action_id"].startswith("checklists.tick")
    ]
    hands = asyncio.Semaphore(8)

    async def one(person: str, near: str) -> None:
        async with hands:
            await split.up.wait()
            status, answer = await drive.raw(
                "press", person=person, channel=CARD, ts=card["ts"], label="完成", near=near
            )
            if status == 200 and answer.get("ack_ms") is not None:
                acknowledged[near] += 1

    await asyncio.gather(*(one(dice.choice(PEOPLE), dice.choice(rows)) for _ in range(presses)))


async def ask_in_dms(drive: Drive, times: int) -> None:
    for number in range(times):
        await drive("say", person=PEOPLE[number % len(PEOPLE)], channel="dm", text=f"help {number}")
        await asyncio.sleep(0.01)


async def test_killed_in_the_middle_of_200_presses(tmp_path: Path, scale: Callable[[int, int], int]) -> None:
    split = await Split.start(tmp_path)
    try:
        await split.start_bot()
        async with driving(split.workspace.ready) as drive:
            await drive("say", person="小周", channel=CARD, text="/live 清单")
            await drive.settle()
            card = await drive.card()
            acknowledged: Counter[str] = Counter()
            asked = scale(30, 120)
            pressing = asyncio.gather(
                press_many(split, drive, card, scale(200, 1000), acknowledged), ask_in_dms(drive, asked)
            )
            for pause in (0.15, 0.4):
                await asyncio.sleep(pause)
                await split.kill_bot()
                await split.start_bot()
            await pressing
            await drive.settle(30_000)
            await check(split, drive, acknowledged, asked)
    finally:
        await split.stop()


async def check(split: Split, drive: Drive, acknowledged: Counter[str], asked: int) -> None:
    assert sum(acknowledged.values()) > 20
    done = {title for (title,) in split.rows("SELECT title_zh FROM checklist_item WHERE state = 'done'")}
    lost = [near for near in acknowledged if not any(title in near for title in done)]
    assert lost == []
    twice = split.rows("SELECT item_id FROM checklist_event GROUP BY item_id HAVING count(*) > 1")
    assert twice == []
    messages = await drive.messages("小周", CARD)
    assert len([m for m in messages if m["is_bot"] and not m["ephemeral"]]) == 1
    final = (await drive.card())["text"]
    counted = split.rows(
        "SELECT count(*) FROM checklist_item i JOIN show s ON s.id = i.show_id"
        " WHERE i.state = 'done' AND s.theme = '冬季保温好物专场'"
    )
    assert f"{counted[0][0]}/45" in final
    answers = 0
    for person in PEOPLE:
        dm = await drive.messages(person, "dm")
        answers += len([message for message in dm if message["is_bot"]])
    assert answers == asked
    assert split.rows("SELECT * FROM inbox WHERE state IN ('new', 'running', 'failed')") == []
