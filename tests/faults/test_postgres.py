"""Two bots on one PostgreSQL: they share the work, and one of them may be killed."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dotenv import dotenv_values

from storage.secrets import SecretBox
from tests.driving import Drive, Running, driving, start

CARD = "live-team"
pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.timeout(150)]


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """An empty database of its own."""
    server, name = postgres_url.replace("+psycopg", "", 1), f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield (
        server.replace("/postgres?", f"/{name}?", 1) if "/postgres?" in server else f"{server.rsplit('/', 1)[0]}/{name}"
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


async def press(drive: Drive, person: str, card: dict[str, Any], near: str, acknowledged: Counter[str]) -> None:
    status, answer = await drive.raw("press", person=person, channel=CARD, ts=card["ts"], label="完成", near=near)
    if status == 200 and answer.get("ack_ms") is not None:
        acknowledged[near] += 1


async def test_two_bots_share_the_work_and_one_is_killed(tmp_path: Path, database_url: str) -> None:
    env = {"DATABASE_URL": database_url, "SECRET_KEY": SecretBox.new_key(), "LEASE_S": "2"}
    running: list[Running] = []
    try:
        data = tmp_path / "data"
        workspace = await start(
            "workspace", "--port", "0", "--data", str(data), env=env, log=tmp_path / "workspace.log"
        )
        running.append(workspace)
        slack = {name: value for name, value in dotenv_values(data / "workspace.env").items() if value}
        for name in ("one", "two"):
            folder = str(tmp_path / name)
            running.append(await start("run", "--data", folder, env={**env, **slack}, log=tmp_path / f"{name}.log"))
        async with driving(workspace.ready) as drive:
            await drive("say", person="小周", channel=CARD, text="/live 清单")
            await drive.settle(20_000)
            card = await drive.card()
            near = [b["near"].split("\n")[0] for b in card["buttons"] if b["action_id"].startswith("checklists.tick")]
            acknowledged: Counter[str] = Counter()
            people = ("小周", "陈姐", "大刘")
            pressing = asyncio.gather(
                *(press(drive, person, card, one, acknowledged) for one in near for person in people)
            )
            await asyncio.sleep(0.15)
            await running[1].kill()
            await pressing
            await drive.settle(30_000)
            done = {
                title for (title,) in rows(database_url, "SELECT title_zh FROM checklist_item WHERE state = 'done'")
            }
            assert [one for one in acknowledged if not any(title in one for title in done)] == []
            assert rows(database_url, "SELECT item_id FROM checklist_event GROUP BY 1 HAVING count(*) > 1") == []
            posts = [m for m in await drive.messages("小周", CARD) if m["is_bot"] and not m["ephemeral"]]
            assert len(posts) == 1
            counted = rows(
                database_url,
                "SELECT count(*) FROM checklist_item i JOIN show s ON s.id = i.show_id"
                " WHERE i.state = 'done' AND s.theme = '冬季保温好物专场'",
            )
            assert f"{counted[0][0]}/45" in (await drive.card())["text"]
    finally:
        for process in reversed(running):
            await process.stop()
