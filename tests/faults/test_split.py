"""The workspace in one process and the bot in another: who may start, what is shared, how it is reset."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import VERSION
from tests.driving import driving, start, trial
from tests.faults.test_crashes import Split

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]
NOW = "2026-03-10T18:00:00+08:00"


@pytest.fixture
async def split(tmp_path: Path) -> AsyncIterator[Split]:
    data = str(tmp_path / "data")
    workspace = await start("workspace", "--port", "0", "--data", data, "--now", NOW, log=tmp_path / "workspace.log")
    split = Split(tmp_path, workspace)
    try:
        await split.start_bot()
        yield split
    finally:
        await split.stop()


async def test_a_reset_goes_back_to_the_seed_s_own_clock(split: Split) -> None:
    async with driving(split.workspace.ready) as drive:
        await drive("say", person="小周", channel="live-team", text="/live 清单")
        await drive.settle()
        assert "23/45" in (await drive.card())["text"]
        await drive("clock", advance="PT3H")
        await drive("reset")
        state = await drive("state")
        assert state["now"].startswith("2026-03-10T10:00")
        assert (state["version"], state["seed"]) == (VERSION, "team")
        assert await drive.messages("小周", "live-team") == []
        await drive("say", person="小周", channel="live-team", text="/live 清单")
        await drive.settle()
        assert "23/45" in (await drive.card())["text"]


async def test_only_one_of_each_at_a_time(split: Split, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert (tmp_path / "data" / "workspace.env").stat().st_mode & 0o777 == 0o600
    for words in (["workspace", "--port", "0", "--data", data], ["run", "--port", "0", "--data", data]):
        with pytest.raises(RuntimeError, match="Another Callsheet is running"):
            await start(*words, log=tmp_path / "second.log")


async def test_a_trial_s_seed_survives_a_restart_and_comes_back_at_a_reset(tmp_path: Path) -> None:
    async with trial(tmp_path, "--now", NOW) as drive:
        await drive("clock", advance="PT1H")
    async with trial(tmp_path) as drive:
        assert (await drive("state"))["now"].startswith("2026-03-10T11:0")
        await drive("reset")
        assert (await drive("state"))["now"].startswith("2026-03-10T10:00")
