"""Races, poison and dead ends that were met once: each stays away."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.base import Fate, NotSaved, SendError, Sending, SendPost, Sent
from handlers.core.feature import JobKind
from handlers.core.messages import Command, Press
from storage.errors import Busy, StorageError
from storage.tables import WorkRow
from tests.dialogues.evenings import TEAM, Evening, evening
from tests.dialogues.fakes import FakePlatform


class Slow(FakePlatform):
    """Holds the answer to a post until it is told to go on; the message stands already."""

    reached: asyncio.Event
    release: asyncio.Event
    held = False

    def hold(self) -> None:
        self.reached, self.release, self.held = asyncio.Event(), asyncio.Event(), True

    async def send(self, workspace_id: str, sending: Sending) -> Sent:
        sent = await FakePlatform.send(self, workspace_id, sending)
        if isinstance(sending, SendPost) and sending.live and self.held:
            self.reached.set()
            await self.release.wait()
        return sent


async def a_tick(night: Evening, near: str = "应急预案") -> Press:
    with night.app.base.database.read(night.team_id) as store:
        show = store.shows.list_between(night.clock.now(), night.clock.now() + timedelta(hours=6))[0]
        run = store.checklists.run_of(show.id)
        assert run is not None
        item = next(item for item in store.checklists.lines_of(run.id) if near in item.title_zh)
    return Press(
        **night.base("陈姐"), action="checklists.tick", value={"item": item.id, "version": item.version}, ts="1"
    )


async def test_a_tick_while_the_card_is_being_posted_reaches_it(tmp_path: Path) -> None:
    platform = Slow()
    async with evening(tmp_path, platform) as night:
        platform.hold()
        await night.say("小周", "/live 清单", settle=False)
        await platform.reached.wait()
        await night.send(await a_tick(night), settle=False)
        await asyncio.sleep(0.2)
        platform.release.set()
        await night.settle()
        assert "24/45" in night.card().text


async def test_a_tick_while_the_answer_to_the_post_is_lost_reaches_it(tmp_path: Path) -> None:
    platform = FakePlatform()
    lost, failed = [SendError(Fate.UNKNOWN, "timeout")], asyncio.Event()

    def fail(sending: Sending) -> None:
        if isinstance(sending, SendPost) and lost:
            failed.set()
            raise lost.pop()

    platform.fail_after = fail
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单", settle=False)
        await asyncio.wait_for(failed.wait(), 5)
        await night.send(await a_tick(night))
        assert "24/45" in night.card().text


@pytest.mark.parametrize("payload", ['{"kind": "unheard of"}', '{"kind": "command", "words": 1}'])
async def test_an_event_that_nobody_can_read_does_not_block_its_place(tmp_path: Path, payload: str) -> None:
    async with evening(tmp_path) as night:
        night.app.inbox.paused = True
        await night.say("小周", "/live help", settle=False)
        with closing(sqlite3.connect(tmp_path / "callsheet.db")) as other:
            other.execute("UPDATE inbox SET payload = ? WHERE state = 'new'", (payload,))
            other.commit()
        night.app.inbox.paused = False
        told = await night.say("小周", "/live help")
        assert len(told) == 1
        with closing(sqlite3.connect(tmp_path / "callsheet.db")) as other:
            assert other.execute("SELECT count(*) FROM inbox WHERE state = 'failed'").fetchone() == (1,)


async def test_an_answer_address_sealed_with_another_key_costs_only_the_address(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        night.app.inbox.paused = True
        await night.say("小周", "/live help", settle=False)
        with closing(sqlite3.connect(tmp_path / "callsheet.db")) as other:
            other.execute("UPDATE inbox SET payload = json_set(payload, '$.answer_to', 'nonsense') WHERE state = 'new'")
            other.commit()
        night.app.inbox.paused = False
        await night.settle()
        assert [one.only_for for one in night.platform.messages] == [night.id_of("小周")]


def broken(night: Evening, run: Callable[[Any], Any]) -> None:
    actions = night.app.router._actions
    actions["checklists.tick"] = dataclasses.replace(actions["checklists.tick"], run=run)


async def test_a_race_that_is_never_won_ends_as_a_defect(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:

        def always_busy(context: Any) -> None:
            raise Busy("UNIQUE constraint failed")

        broken(night, always_busy)
        await night.send(Press(**night.base("小周"), action="checklists.tick", value={}), settle=False)
        await night.settle(timeout_s=15)
        assert len(night.platform.messages) == 1
        assert (await night.say("小周", "/live help"))[0].only_for == night.id_of("小周")


async def test_a_lock_during_a_refusal_delays_the_answer_and_no_more(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:

        def lock_and_press(context: Any) -> None:
            raise ValueError("defect")

        broken(night, lock_and_press)
        with closing(sqlite3.connect(tmp_path / "callsheet.db", isolation_level=None)) as other:
            await night.send(Press(**night.base("小周"), action="gone.away", value={}), settle=False)
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(1.5)
            other.execute("ROLLBACK")
        await night.settle(timeout_s=15)
        assert [one.only_for for one in night.platform.messages] == [night.id_of("小周")]


async def test_what_cannot_be_encoded_is_refused_and_the_bot_goes_on(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        poison = Command(**night.base("小周", channel="C\udc80"), words="help")
        with pytest.raises(NotSaved):
            await night.send(poison, settle=False)
        assert night.app.inbox.fault() == ""
        assert len(await night.say("小周", "/live help")) == 1


async def test_not_saved_is_said_before_the_platform_gives_up(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        with closing(sqlite3.connect(tmp_path / "callsheet.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            with pytest.raises(NotSaved, match="没有存下来"):
                await night.say("小周", "/live help", settle=False)
            assert time.monotonic() - begun < 3
            other.execute("ROLLBACK")


async def test_a_delivery_that_nobody_runs_comes_back_though_others_are_busy(tmp_path: Path) -> None:
    async with evening(tmp_path, lease_s=1.0) as night:
        database, real = night.app.base.database, int(time.time() * 1000)
        with database.write(night.team_id) as store:
            orphan = store.work.add("deliver", "orphan", 0, payload={"op": "home", "person": night.id_of("小周")})
        assert orphan is not None
        night.app.clockwork.paused = True
        database.queue.claim(now=real, real=real, owner=night.app.me, lease_ms=500, limit=9, per_workspace=9)
        night.app.clockwork.paused = False
        for _ in range(20):
            await night.say("小周", "/live help", settle=False)
            await asyncio.sleep(0.1)
        await night.settle()
        with database.read(night.team_id) as store:
            assert store.work.get(orphan).state == "done"


async def test_an_ended_lease_does_not_keep_the_dispatcher_busy(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        database = night.app.base.database
        with database.write(night.team_id) as store:
            store.work.add("deliver", "held", 0, payload={"op": "home", "person": "U"})
        night.app.clockwork.paused = True
        database.queue.claim(now=1, real=1, owner="somebody else", lease_ms=1, limit=9, per_workspace=9)
        assert database.queue.next_due(now=2, real=10).real_at is None


async def test_a_job_and_its_effects_happen_once(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        ran: list[int] = []

        def job(scene: Any, payload: Any) -> None:
            ran.append(1)
            database = night.app.base.database
            if len(ran) == 1:
                raise StorageError("lost before the commit")
            scene.store.channels.add_messages(TEAM, 1)
            assert database is not None

        night.app.router._jobs["count"] = JobKind("count", job)
        with night.app.base.database.write(night.team_id) as store:
            before = store.channels.get(TEAM).messages
            store.work.add("job", "j", 0, payload={"job": "count", "payload": {}})
        night.app.clockwork.wake()
        await asyncio.sleep(0.3)
        night.app.base.database.queue.release_all()
        night.app.clockwork.wake()
        await night.settle()
        with night.app.base.database.read(night.team_id) as store:
            assert store.channels.get(TEAM).messages == before + 1


async def test_after_a_restart_the_card_is_posted_anew(tmp_path: Path) -> None:
    platform = FakePlatform()
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        first = night.card()
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        assert night.card().ts != first.ts
        assert "↓" in first.text


async def test_slow_jobs_do_not_keep_answers_waiting(tmp_path: Path) -> None:
    async def slow(row: WorkRow) -> None:
        await asyncio.sleep(3)

    async with evening(tmp_path, deliveries=1, own_jobs={"slow": slow}) as night:
        with night.app.base.database.write(night.team_id) as store:
            for number in range(4):
                store.work.add("job", f"slow{number}", 0, payload={"job": "slow", "payload": {}})
        night.app.clockwork.wake()
        await asyncio.sleep(0.1)
        await night.say("小周", "/live help", settle=False)
        await asyncio.sleep(1.0)
        assert len(night.platform.messages) == 1


async def test_a_429_while_looking_is_no_attempt(tmp_path: Path) -> None:
    platform = FakePlatform()
    lost, limits = [1], list(range(10))

    def fail(sending: Sending) -> None:
        if isinstance(sending, SendPost) and lost:
            lost.pop()
            raise SendError(Fate.UNKNOWN, "timeout")

    platform.fail_after = fail

    class Limited(FakePlatform):
        async def look(self, workspace_id: str, sending: Any, since: str) -> Sent | None:
            if limits:
                limits.pop()
                raise SendError(Fate.LIMITED, "ratelimited", retry_after_s=0.02)
            return await FakePlatform.look(self, workspace_id, sending, since)

    limited = Limited()
    limited.fail_after = fail
    async with evening(tmp_path, limited) as night:
        await night.say("小周", "/live 清单")
        assert len([one for one in limited.messages if one.key.startswith("card:")]) == 1


async def test_a_removed_app_sends_nothing_more(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        await night.say("小周", "/live 清单")
        with night.app.base.database.write(night.team_id) as store:
            workspace = store.workspace.get()
            workspace.state = "gone"
            store.workspace.save(workspace)
        calls = len(night.platform.calls)
        await night.send(await a_tick(night))
        assert len(night.platform.calls) == calls
