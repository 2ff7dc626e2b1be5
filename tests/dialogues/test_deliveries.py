"""What becomes of a message when the platform is slow, limited, forgetful or gone."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import REGISTRY

from bot.outbox import ATTEMPTS, Waits
from bot.platforms.base import Fate, Pace, SendError, Sending, SendPost, SendPrivate, SendUpdate
from handlers.core.cards import plain_card
from handlers.core.messages import Place, Press
from tests.dialogues.evenings import TEAM, evening
from tests.dialogues.fakes import FakePlatform


class Once:
    """Raises `error` for the first `times` sendings of a kind."""

    def __init__(self, kind: type, error: SendError, times: int = 1) -> None:
        self.kind, self.error, self.left = kind, error, times

    def __call__(self, sending: Sending) -> None:
        if isinstance(sending, self.kind) and self.left:
            self.left -= 1
            raise self.error


async def test_an_answer_lost_after_the_post_is_looked_up_and_not_posted_twice(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.fail_after = Once(SendPost, SendError(Fate.UNKNOWN, "timeout"))
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        assert platform.looks == 1
        assert len([one for one in platform.messages if one.key.startswith("card:")]) == 1
        await night.press("陈姐", night.card(), "完成", near="应急预案")
        assert "24/45" in night.card().text


async def test_a_post_that_never_arrived_is_looked_for_and_then_sent(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.fail_before = Once(SendPost, SendError(Fate.UNKNOWN, "connection reset"))
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        assert platform.looks == 1
        assert len([one for one in platform.messages if one.key.startswith("card:")]) == 1


async def test_a_429_is_waited_out_and_is_no_attempt(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.fail_before = Once(SendPost, SendError(Fate.LIMITED, "ratelimited", retry_after_s=0.05), times=12)
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        assert len([one for one in platform.messages if one.key.startswith("card:")]) == 1
        with night.app.base.database.read(night.team_id) as store:
            assert store.work.list_dead() == []


async def test_what_finally_fails_is_visible_to_admins_and_metrics(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.fail_before = Once(SendPost, SendError(Fate.DEAD, "is_archived"))
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        with night.app.base.database.read(night.team_id) as store:
            dead = store.work.list_dead()
        assert [row.error for row in dead] == ["is_archived"]
        assert "is_archived" in plain_card(await night.open_home("林岚"))
        assert "is_archived" not in plain_card(await night.open_home("小周"))
        told = [one.text for one in platform.messages if one.only_for == night.id_of("小周")]
        assert any("没能把卡片发到这里" in line for line in told), told
        night.app.clockwork.measure()
        assert REGISTRY.get_sample_value("callsheet_deliveries_dead") == 1
        retry = Press(
            **{**night.base("林岚"), "place": Place(kind="home")},
            action="deliveries.retry",
            value={"work": dead[0].id},
            surface="home",
        )
        await night.send(retry)
        assert "冬季保温好物专场" in night.card().text
        assert "is_archived" not in plain_card(await night.open_home("林岚"))


async def test_eight_failures_are_enough(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.fail_before = Once(SendPost, SendError(Fate.RETRY, "refused"), times=99)
    async with evening(tmp_path, platform, waits=Waits(4, 20, 50)) as night:
        await night.say("小周", "/live 清单")
        assert len([call for call in platform.calls if isinstance(call, SendPost)]) == ATTEMPTS


async def test_paced_calls_keep_their_distance_and_order(tmp_path: Path) -> None:
    platform = FakePlatform()
    platform.paces = lambda sending: [Pace(f"slack:T0CALLSHT1:{TEAM}", 60)] if isinstance(sending, SendPost) else []
    async with evening(tmp_path, platform, pacing="on") as night:
        started = night.clock.real()
        for person in ("小周", "陈姐", "Mei"):
            await night.mention(person, "help")
        assert (night.clock.real() - started).total_seconds() < 5
        posts = [call for call in platform.calls if isinstance(call, SendPost | SendPrivate)]
        assert len(posts) == 3


async def test_an_update_whose_answer_is_lost_is_sent_again_without_a_look(tmp_path: Path) -> None:
    platform = FakePlatform()
    async with evening(tmp_path, platform) as night:
        await night.say("小周", "/live 清单")
        platform.fail_after = Once(SendUpdate, SendError(Fate.RETRY, "timeout"))
        await night.press("陈姐", night.card(), "完成", near="应急预案")
        assert platform.looks == 0
        assert night.card().edits == 2


async def test_where_the_bot_is_no_member_only_the_asker_is_told(tmp_path: Path) -> None:
    async with evening(tmp_path) as night:
        with night.app.base.database.write(night.team_id) as store:
            store.channels.set_member(TEAM, False)
        told = await night.say("小周", "/live 清单")
        assert [one.only_for for one in told] == [night.id_of("小周")]
        assert "冬季保温好物专场" in told[0].text
