"""What every platform promises the shell, as tests over a Stage: a platform together with the eyes of its people."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest

from bot.platforms.base import (
    Fate,
    Opener,
    Platform,
    SendDirect,
    SendError,
    SendFile,
    SendHome,
    SendPost,
    SendPrivate,
    SendReaction,
    SendUpdate,
)
from handlers.core.cards import Actions, Button, Card, Form, Item, Items, Paragraph, TextInput
from handlers.core.messages import FormRef
from handlers.core.replies import DrawnForm
from handlers.core.text import Text, text

SINCE = "0.000000"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stood:
    """One message as a person sees it."""

    ts: str
    text: str
    thread: str = ""


class Stage(Protocol):
    @property
    def platform(self) -> Platform: ...

    workspace_id: str
    channel_id: str
    someone: str
    another: str

    async def seen_by(self, person_id: str, channel_id: str = "") -> list[Stood]:
        """What stands in the channel (their DM with the bot when empty) for this person."""

    async def home_of(self, person_id: str) -> str:
        """What stands when they open it; a home published meanwhile is waited for."""

    async def form_of(self, person_id: str) -> str:
        """The texts of the person's topmost form."""

    async def opener_of(self, person_id: str) -> Opener: ...

    async def view_of(self, person_id: str) -> FormRef: ...


def card(says: str) -> Card:
    row = Item(text("a row"), control=Button("Do", "sample.do", {"id": 1}))
    return Card(says, (Paragraph(text(f"about {says}")), Items((row,)), Actions((Button("All", "sample.all"),))))


def form(title: str) -> DrawnForm:
    return DrawnForm(Form("sample.new", title, (TextInput("theme", f"Theme of {title}"),), "Save"), False, Text())


class PlatformContract:
    """Subclasses give a fixture `stage`."""

    async def post(self, stage: Stage, says: str, key: str, thread: str = "") -> str:
        sent = await stage.platform.send(stage.workspace_id, SendPost(stage.channel_id, card(says), key, thread))
        assert sent.channel_id == stage.channel_id
        return sent.ts

    async def test_a_post_stands_in_its_place_for_everyone(self, stage: Stage) -> None:
        ts = await self.post(stage, "Tonight", "reply:1")
        for person in (stage.someone, stage.another):
            (stood,) = [one for one in await stage.seen_by(person, stage.channel_id) if one.ts == ts]
            assert "Tonight" in stood.text
            assert "a row" in stood.text

    async def test_later_posts_have_later_addresses(self, stage: Stage) -> None:
        addresses = [await self.post(stage, f"post {n}", f"reply:{n}") for n in range(3)]
        assert addresses == sorted(addresses, key=float)
        assert len(set(addresses)) == 3

    async def test_a_reply_stands_in_its_thread(self, stage: Stage) -> None:
        root = await self.post(stage, "Root", "reply:1")
        reply = await self.post(stage, "Reply", "reply:2", thread=root)
        threads = {one.ts: one.thread for one in await stage.seen_by(stage.someone, stage.channel_id)}
        assert threads.get(reply, root) == root

    async def test_a_living_card_tells_its_permalink(self, stage: Stage) -> None:
        sending = SendPost(stage.channel_id, card("Living"), "card:1", live=True)
        assert (await stage.platform.send(stage.workspace_id, sending)).permalink.startswith("http")

    async def test_looking_finds_by_key_and_nothing_else(self, stage: Stage) -> None:
        ts = await self.post(stage, "Tonight", "reply:1")
        await self.post(stage, "Tonight", "reply:2")
        sought = SendPost(stage.channel_id, card("whatever it shows now"), "reply:1")
        found = await stage.platform.look(stage.workspace_id, sought, SINCE)
        assert found is not None
        assert (found.channel_id, found.ts) == (stage.channel_id, ts)
        never = SendPost(stage.channel_id, card("Tonight"), "reply:3")
        assert await stage.platform.look(stage.workspace_id, never, SINCE) is None

    async def test_an_update_changes_the_message_and_adds_none(self, stage: Stage) -> None:
        ts = await self.post(stage, "Before", "reply:1")
        count = len(await stage.seen_by(stage.someone, stage.channel_id))
        await stage.platform.send(stage.workspace_id, SendUpdate(stage.channel_id, ts, card("After")))
        stood = await stage.seen_by(stage.someone, stage.channel_id)
        assert len(stood) == count
        assert "After" in next(one.text for one in stood if one.ts == ts)

    async def test_an_update_of_nothing_is_gone(self, stage: Stage) -> None:
        with pytest.raises(SendError) as caught:
            await stage.platform.send(stage.workspace_id, SendUpdate(stage.channel_id, "1.000001", card("x")))
        assert caught.value.fate is Fate.GONE

    async def test_a_direct_message_reaches_one_person(self, stage: Stage) -> None:
        sending = SendDirect(stage.someone, card("Only you"), "nudge:1")
        sent = await stage.platform.send(stage.workspace_id, sending)
        assert any("Only you" in one.text for one in await stage.seen_by(stage.someone))
        assert not any("Only you" in one.text for one in await stage.seen_by(stage.another))
        found = await stage.platform.look(stage.workspace_id, sending, SINCE)
        assert found is not None
        assert (found.channel_id, found.ts) == (sent.channel_id, sent.ts)

    async def test_a_private_answer_is_seen_by_one_person(self, stage: Stage) -> None:
        sending = SendPrivate(stage.someone, card("Between us"), "reply:1", stage.channel_id)
        sent = await stage.platform.send(stage.workspace_id, sending)
        assert sent.how == "ephemeral"
        assert any("Between us" in one.text for one in await stage.seen_by(stage.someone, stage.channel_id))
        assert not any("Between us" in one.text for one in await stage.seen_by(stage.another, stage.channel_id))

    async def test_reactions_and_files_are_taken(self, stage: Stage) -> None:
        ts = await self.post(stage, "Tonight", "reply:1")
        for remove in (False, False, True, True):
            await stage.platform.send(stage.workspace_id, SendReaction(stage.channel_id, ts, "eyes", remove))
        await stage.platform.send(stage.workspace_id, SendFile("a.csv", b"1,2", "file:1", stage.channel_id))

    async def test_a_home_is_published_and_published_anew(self, stage: Stage) -> None:
        await stage.platform.send(stage.workspace_id, SendHome(stage.someone, card("First home")))
        opening = asyncio.create_task(stage.home_of(stage.someone))
        await asyncio.sleep(0.05)
        await stage.platform.send(stage.workspace_id, SendHome(stage.someone, card("Second home")))
        assert "Second home" in await opening

    async def test_a_form_opens_for_one_person_and_is_redrawn_in_place(self, stage: Stage) -> None:
        opener = await stage.opener_of(stage.someone)
        await stage.platform.open_form(stage.workspace_id, stage.someone, form("First"), opener)
        assert "Theme of First" in await stage.form_of(stage.someone)
        assert "Theme" not in await stage.form_of(stage.another)
        where = await stage.view_of(stage.someone)
        await stage.platform.redraw_form(stage.workspace_id, form("Second"), where)
        assert "Theme of Second" in await stage.form_of(stage.someone)

    async def test_redrawing_a_form_that_is_not_open_fails(self, stage: Stage) -> None:
        with pytest.raises(SendError):
            await stage.platform.redraw_form(stage.workspace_id, form("x"), FormRef("V0NOWHERE", "sample.new"))
