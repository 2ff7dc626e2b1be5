"""A disk without room, a database that somebody else holds: a clear word, nothing half done, and recovery."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.driving import Drive, driving
from tests.faults.test_crashes import CARD, Split

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.fixture
async def split(tmp_path: Path) -> AsyncIterator[Split]:
    split = await Split.start(tmp_path)
    try:
        await split.start_bot()
        yield split
    finally:
        await split.stop()


def allow_files_up_to(split: Split, size: int) -> None:
    """The bot, and only the bot, cannot make any file longer than this: writing fails as on a full disk."""
    assert split.bot is not None
    resource.prlimit(split.bot.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def private_words(drive: Drive, person: str) -> list[str]:
    return [m["text"] for m in await drive.messages(person, CARD) if m["ephemeral"]]


async def press(drive: Drive, card: dict[str, Any], near: str) -> None:
    await drive("press", person="大刘", channel=CARD, ts=card["ts"], label="完成", near=near)


async def test_a_full_disk_is_said_and_recovered_from(split: Split) -> None:
    async with driving(split.workspace.ready) as drive:
        await drive("say", person="大刘", channel=CARD, text="/live 清单")
        await drive.settle()
        card = await drive.card()
        allow_files_up_to(split, 4096)
        await press(drive, card, "应急预案")
        answer = await drive("say", person="大刘", channel=CARD, text="/live 清单")
        await asyncio.sleep(0.5)
        said = [*await private_words(drive, "大刘"), *[e["text"] for e in answer["ephemeral"]]]
        assert any("没有存下来" in line for line in said), said
        assert "23/45" in (await drive.card())["text"]
        allow_files_up_to(split, resource.RLIM_INFINITY)
        await press(drive, card, "应急预案")
        await drive.settle(20_000)
        assert "24/45" in (await drive.card())["text"]


async def test_a_database_that_somebody_locks_delays_and_loses_nothing(split: Split) -> None:
    async with driving(split.workspace.ready) as drive:
        await drive("say", person="大刘", channel=CARD, text="/live 清单")
        await drive.settle()
        card = await drive.card()
        with closing(sqlite3.connect(split.folder / "data" / "callsheet.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            pressing = asyncio.create_task(press(drive, card, "应急预案"))
            await asyncio.sleep(1.2)
            other.execute("ROLLBACK")
            await pressing
        await drive.settle(20_000)
        assert "24/45" in (await drive.card())["text"]
