"""A workspace that is killed loses nothing that it had answered."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.workspace.harness import KEY, Driver, FakeBackstage, connected, driving, running

ROOT = Path(__file__).parents[2]


@pytest.mark.process
async def test_what_was_said_outlives_a_kill(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.workspace.standing",
        str(tmp_path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said = []
    try:
        assert process.stdout is not None
        base_url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
            drive = Driver(base_url, session)
            for number in range(20):
                said.append((await drive.say("小周", f"第{number}条"))["ts"])
            uploaded = await drive.upload("小周", "live-team", "a.txt", b"content")
            process.kill()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    async with running(tmp_path, FakeBackstage()) as after, driving(after) as drive, connected(after) as app:
        events = await app.wait_for("message", 21)
        assert [event["ts"] for event in events] == [*said, uploaded["ts"]]
        assert [m["ts"] for m in await drive.messages("Mei")] == [*said, uploaded["ts"]]
        await drive.settle()
