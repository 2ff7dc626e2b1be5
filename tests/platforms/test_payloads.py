"""What is read out of each recorded payload."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.platforms.slack import payloads
from bot.platforms.slack.controls import read_action_id, read_value
from bot.platforms.slack.events import read_event, takes_a_line
from bot.platforms.slack.payloads import Seen
from bot.platforms.slack.words import read_words
from handlers.core.messages import (
    INCOMING,
    Command,
    Dismissed,
    FileShared,
    FormRef,
    Gone,
    Membership,
    Message,
    Opened,
    Options,
    Place,
    Press,
    Reaction,
    SharedFile,
    Shortcut,
    Submission,
)
from tests.platforms.recorded import NOW, REAL, SEEN, TEAM, names, recorded

MEI, XIAOZHOU, LIVE = "U0MEILING4", "U0XZHOUHA7", Place("C0LIVETEAM")
THREAD = Place("C0LIVETEAM", "1795345200.000100")
HALF_HOUR = REAL + timedelta(minutes=30)
READERS: dict[str, Callable[[Any, Seen], Any]] = {
    "command": payloads.read_command,
    "press": payloads.read_press,
    "select": payloads.read_press,
    "link": payloads.read_press,
    "submission": payloads.read_submission,
    "closed": payloads.read_dismissed,
    "suggestion": payloads.read_options,
    "shortcut": payloads.read_shortcut,
}


def read(name: str, body: Any = None) -> Any:
    reader: Callable[[Any, Seen], Any] = READERS.get(name.partition("_")[0], read_event)
    return reader(recorded(name) if body is None else body, SEEN)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def by(person: str, key: str, said_at: datetime = NOW) -> dict[str, Any]:
    return {"workspace_id": TEAM, "person_id": person, "key": f"{TEAM}:{key}", "said_at": said_at}


FORM = FormRef("V1", "shows.new", "h1", {"show": 3, "from": "menu"})
ANSWER: dict[str, Any] = {"answer_to": "https://hooks.slack.com/actions/T0/2/def", "answer_until": HALF_HOUR}
PRESSED: dict[str, Any] = {
    **by(MEI, "111.333.bbb", at(1795345300.5)),
    "action": "checklists.tick",
    "value": {"item": 9, "version": 3},
}
SAID = by(MEI, "C0LIVETEAM:1795345223.000300", at(1795345223.0003))

EXPECTED: dict[str, Any] = {
    "command": Command(
        **by(MEI, "111.222.aaa"),
        place=LIVE,
        answer_to="https://hooks.slack.com/commands/T0/1/abc",
        answer_until=HALF_HOUR,
        words="task <@U0XZHOUHA7> check A&B in <#C0PRODUCTS>",
    ),
    "press_in_channel": Press(**PRESSED, **ANSWER, place=LIVE, ts="1795345223.252719"),
    "press_in_thread": Press(**PRESSED, **ANSWER, place=THREAD, ts="1795345223.252719"),
    "select_in_ephemeral": Press(
        **{**PRESSED, "action": "items.owner", "value": {"item": 9}},
        **ANSWER,
        place=Place("D0MEILING4", kind="dm"),
        chosen=XIAOZHOU,
    ),
    "link": None,
    "press_in_form": Press(**PRESSED, place=Place(kind="none"), surface="form", form=FORM),
    "press_in_home": Press(**PRESSED, place=Place(kind="home"), surface="home"),
    "submission": Submission(
        **by(MEI, "form-1"),
        place=Place(kind="none"),
        form=FORM,
        values={
            "theme": "返场 & more",
            "goal": "12.5",
            "platform": "douyin",
            "phases": ["prep", "air"],
            "crew": [MEI],
            "day": "2026-11-22",
            "start": "20:00",
            "cover": ["F1"],
            "note": "",
            "product": "",
        },
    ),
    "closed": Dismissed(**by(MEI, "V1:h1"), place=Place(kind="none"), form=FORM),
    "suggestion_in_form": Options(
        **by(MEI, "options:product"), place=Place(kind="none"), form=FORM, input_key="product", query="口红"
    ),
    "suggestion_in_message": Options(
        **by(MEI, "options:b9"), place=LIVE, form=None, input_key="shows.product", query="口"
    ),
    "shortcut_global": Shortcut(**by(MEI, "111.555.ddd"), place=Place(kind="none"), name="check.global"),
    "shortcut_message": Shortcut(
        **by(MEI, "111.666.eee"),
        answer_to="https://hooks.slack.com/app/T0/3/ghi",
        answer_until=HALF_HOUR,
        place=THREAD,
        name="note.message",
        ts="1795345223.000200",
        words="<早> https://x.example",
        author_id=XIAOZHOU,
    ),
    "message": Message(**{**SAID, "key": f"{TEAM}:Ev1"}, place=LIVE, ts="1795345223.000300", words="hello"),
    "mention_as_message": Message(
        **SAID, place=LIVE, ts="1795345223.000300", words="draft points for <@U0XZHOUHA7>", to_bot=True
    ),
    "mention": Message(**SAID, place=LIVE, ts="1795345223.000300", words="draft points for <@U0XZHOUHA7>", to_bot=True),
    "direct": Message(
        **{**SAID, "key": f"{TEAM}:Ev4"},
        place=Place("D0MEILING4", kind="dm"),
        ts="1795345223.000300",
        words="清单 ＜@U0XZHOUHA7>",
        to_bot=True,
    ),
    "thread_reply": Message(
        **by(MEI, "Ev5", at(1795345224.0001)), place=THREAD, ts="1795345224.000100", words="灯光晚了"
    ),
    "file_in_thread": Message(
        **by(MEI, "Ev6", at(1795345224.0002)),
        place=THREAD,
        ts="1795345224.000200",
        files=(SharedFile("F1", "data.csv", "text/csv", 120),),
    ),
    "broadcast": Message(**by(MEI, "Ev7", at(1795345224.0003)), place=THREAD, ts="1795345224.000300", words="all"),
    "edited": Message(
        **by(MEI, "Ev8", at(1795345230.0001)),
        place=THREAD,
        change="edited",
        ts="1795345224.000100",
        words="灯光晚了10分钟",
    ),
    "edited_by_preview": None,
    "deleted": Message(
        **by(MEI, "Ev10", at(1795345240.0001)),
        place=THREAD,
        change="deleted",
        ts="1795345224.000100",
        words="灯光晚了",
    ),
    "root_deleted": Message(
        **by(MEI, "Ev11", at(1795345241.0001)), place=LIVE, change="deleted", ts="1795345200.000100", words="root"
    ),
    "other_bot": None,
    "own_message": None,
    "channel_notice": None,
    "reaction_added": Reaction(
        **by(MEI, "Ev15", at(1795345250.0001)),
        place=LIVE,
        emoji="white_check_mark",
        added=True,
        ts="1795345223.000300",
        author_id=XIAOZHOU,
    ),
    "reaction_removed": Reaction(
        **by(MEI, "Ev16", at(1795345251.0001)), place=LIVE, emoji="eyes", added=False, ts="1795345223.000300"
    ),
    "own_reaction": None,
    "file_shared": FileShared(
        **by(MEI, "Ev18", at(1795345253.0001)), place=LIVE, file=SharedFile(file_id="F1", name="")
    ),
    "joined": Membership(**by(MEI, "Ev19", at(1795345254.0001)), place=LIVE, change="joined", who_id=MEI),
    "bot_left": Membership(
        **by("U0CALLSHT0", "Ev20", at(1795345255.0001)),
        place=LIVE,
        change="left",
        who_id="U0CALLSHT0",
        is_bot_itself=True,
    ),
    "archived": Membership(
        **by("U0LINLAN01", "Ev21", at(1795345256.0001)), place=LIVE, change="archived", who_id="U0LINLAN01"
    ),
    "profile": Membership(
        **by(MEI, "Ev22", at(1795345257.0001)), place=Place(kind="none"), change="profile", who_id=MEI
    ),
    "home_opened": Opened(**by(MEI, "Ev23", at(1795345258.0001)), place=Place(kind="home")),
    "messages_tab": None,
    "tokens_revoked": Gone(**by("", "Ev25", at(1795345260.0001)), place=Place(kind="none"), why="token_revoked"),
    "user_tokens_revoked": None,
    "uninstalled": Gone(**by("", "Ev27", at(1795345261.0001)), place=Place(kind="none"), why="app_removed"),
    "shared_channel": Message(
        **{**SAID, "person_id": "U0STRANGER"}, place=LIVE, ts="1795345223.000300", words="hi", to_bot=True
    ),
    "unknown_event": None,
}


def test_every_recorded_payload_has_an_expectation() -> None:
    assert names() == sorted(EXPECTED)


@pytest.mark.parametrize("name", names())
def test_a_payload_is_read(name: str) -> None:
    assert read(name) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in names() if EXPECTED[name] is not None])
def test_what_was_read_survives_the_inbox(name: str) -> None:
    incoming = read(name)
    assert INCOMING.validate_json(INCOMING.dump_json(incoming)) == incoming


def test_a_mention_comes_twice_under_one_key() -> None:
    assert read("mention").key == read("mention_as_message").key


@pytest.mark.parametrize("name", names())
def test_a_mangled_payload_is_logged_and_dropped(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each part of it in turn missing, of another type, or null: never an exception."""
    caplog.set_level(logging.CRITICAL)
    body = recorded(name)
    for path in paths(body):
        wrongs: tuple[Any, ...] = (None, 7, "x", [], {})
        for wrong in wrongs:
            broken = copy.deepcopy(body)
            put(broken, path, wrong)
            read(name, broken)
        broken = copy.deepcopy(body)
        drop(broken, path)
        read(name, broken)


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if len(at) > 3:
        return found
    pairs = node.items() if isinstance(node, dict) else enumerate(node[:1]) if isinstance(node, list) else ()
    for key, value in pairs:
        found += paths(value, (*at, key))
    return found


def put(node: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


def drop(node: Any, path: tuple[Any, ...]) -> None:
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("message", True),
        ("mention_as_message", True),
        ("channel_notice", True),
        ("other_bot", True),
        ("broadcast", True),
        ("thread_reply", False),
        ("edited", False),
        ("deleted", False),
    ],
)
def test_which_messages_push_others_up(name: str, counts: bool) -> None:
    assert takes_a_line(recorded(name)["event"]) is counts


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("checklist", "checklist"),
        ("  清单　　全部  ", "清单 全部"),
        ("<@U1|mei> and <@U2>", "<@U1> and <@U2>"),
        ("<@U0CALLSHT0> <@U0CALLSHT0|callsheet> hi", "hi"),
        ("a &amp;lt; b", "a &lt; b"),
        ("&lt;@U1&gt; typed", "＜@U1> typed"),
        ("<https://a.example/?x=1&amp;y=2|a.example>", "https://a.example/?x=1&y=2"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!channel> <!here|here> <!subteam^S1|@hosts> <!date^1^{date}|today>", "@channel here @hosts today"),
        ("line one\nline two", "line one\nline two"),
    ],
)
def test_words_lose_slacks_escapes(raw: str, words: str) -> None:
    assert read_words(raw, "U0CALLSHT0") == words


@pytest.mark.parametrize(
    ("action_id", "action", "value"),
    [
        ("a.b", "a.b", {}),
        ("a.b#12", "a.b", {}),
        ('a.b{"x":1}', "a.b", {"x": 1}),
        ('a.b#3{"x":"#{"}', "a.b", {"x": "#{"}),
        ("a.b{broken", "a.b{broken", {}),
        ("", "", {}),
    ],
)
def test_action_ids_give_action_and_value_back(action_id: str, action: str, value: Any) -> None:
    assert read_action_id(action_id) == (action, value)


@pytest.mark.parametrize("value", ["", "x", "[1]", "3", '{"a": [1]}', '{"a": null}'])
def test_a_value_that_is_not_ours_reads_as_none(value: str) -> None:
    assert read_value(value) == {}
