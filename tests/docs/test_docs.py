"""The documents beside the code: a setting, metric, command, scope or call that one of them lacks is a failure."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot import metrics
from bot.cli import build_parser
from bot.platforms.slack.manifest import build_manifest
from bot.settings import Settings
from bot.workspace.drive.routes import GETS, POSTS
from handlers.core.feature import Noun, Verb
from handlers.core.menus import other_words, usage
from handlers.core.router import Router
from handlers.core.voices import Voice
from handlers.registry import FEATURES
from tests.architecture.sources import ROOT

READMES = {"en": "README.md", "zh-CN": "README.zh-CN.md"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETTINGS = {name.upper(): field for name, field in Settings.model_fields.items()}
SHELL_BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
OURS = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(?:env (?:\$\([^)]*\) )?)?(?:callsheet|\./run)(?= |$)(?P<words>[^|>#&]*)")
SELECTORS = frozenset({"--help", "-h", "--version"})


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """The text under the heading that begins so, up to the next one of its level."""
    level, _, _ = heading.partition(" ")
    found = re.search(rf"^{re.escape(heading)}.*?\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"no heading {heading!r}"
    return found[1]


def table(text: str) -> list[list[str]]:
    """The cells of every table row, heads and rules left out."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows]
    ruled = [number for number, row in enumerate(cells) if set("".join(row)) <= set("-:| ")]
    return [row for number, row in enumerate(cells) if number not in ruled and number + 1 not in ruled]


def first_codes(text: str) -> list[str]:
    """The first cell of each row, without its backticks."""
    return [row[0].strip("`") for row in table(text)]


def test_heads_and_rules_of_a_table_are_no_rows() -> None:
    assert table("| A | B |\n| --- | --- |\n| `a` | b |\ntext\n| C | D |\n| :-- | --: |\n| c | |\n") == [
        ["`a`", "b"],
        ["c", ""],
    ]


# -- settings and metrics -----------------------------------------------------------------------------------------


def test_every_setting_is_explained_and_no_other() -> None:
    assert first_codes(section(read("docs/operations.md"), "## Settings")) == list(SETTINGS)


def default_of(field: FieldInfo) -> str:
    value: Any = field.default
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{text.removesuffix('.0')}`" if text else "not set"


def test_the_defaults_are_those_of_the_code() -> None:
    rows = table(section(read("docs/operations.md"), "## Settings"))
    assert {row[0].strip("`"): row[1] for row in rows} == {name: default_of(f) for name, f in SETTINGS.items()}


def sample_names() -> list[str]:
    """The metrics as /metrics names them, in the order of the module."""
    own = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    families = [family for metric in own for family in metric.describe()]
    return [family.name + ("_total" if family.type == "counter" else "") for family in families]


def test_every_metric_is_explained_and_no_other() -> None:
    assert len(sample_names()) > 5
    assert first_codes(section(read("docs/operations.md"), "## Metrics")) == sample_names()


# -- the command line ---------------------------------------------------------------------------------------------


def subcommands() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    found = [action.choices for action in actions if isinstance(action, argparse._SubParsersAction)]
    assert len(found) == 1
    return dict(found[0])


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {word for action in parser._actions for word in action.option_strings if word.startswith("--")} - SELECTORS


def spoken_commands(text: str) -> Iterator[list[str]]:
    """The words after `callsheet` or `./run` wherever a document quotes a command."""
    blocks = [line for block in SHELL_BLOCK.findall(text) for line in block.splitlines()]
    for quoted in [*blocks, *CODE.findall(SHELL_BLOCK.sub("", text))]:
        if found := OURS.match(quoted.strip()):
            yield shlex.split(found["words"])


def faults_of(words: list[str]) -> list[str]:
    """What of a quoted command does not exist."""
    known = subcommands()
    if words and words[0] in SELECTORS | {"…"}:
        return []
    name = words[0] if words and not words[0].startswith("-") else "run"
    if name not in known:
        return [name]
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    return sorted(given - options_of(known[name]) - SELECTORS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    wrong = {" ".join(words): faults for words in spoken_commands(text) if (faults := faults_of(words))}
    assert not wrong


def test_a_command_that_does_not_exist_is_seen() -> None:
    text = "Type `./run docter`, or `callsheet run --sed team`.\n```sh\n./run backup --data d\n./run rstore x\n```\n"
    assert [faults_of(words) for words in spoken_commands(text)] == [[], ["rstore"], ["docter"], ["--sed"]]


def test_every_subcommand_and_option_is_documented() -> None:
    lines = section(read("docs/operations.md"), "## Commands of the shell")
    rows = {row[0].strip("`").split()[0]: " ".join(row) for row in table(lines)}
    known = subcommands()
    assert list(rows) == list(known)
    lacking = {name: sorted(o for o in options_of(known[name]) if f"`{o}" not in rows[name]) for name in known}
    assert not {name: options for name, options in lacking.items() if options}


# -- the words in the chat ----------------------------------------------------------------------------------------


def command_row(voice: Voice, noun: Noun, verb: Verb) -> list[str]:
    if verb.name:
        shown = usage(voice, noun, verb).split()
        others = [word for word in (verb.name, *verb.aliases) if word not in shown]
    else:
        others = other_words(voice, noun)
    return [f"`{usage(voice, noun, verb)}`", voice.say(verb.help), " · ".join(others)]


@pytest.mark.parametrize(("locale", "name"), READMES.items(), ids=list(READMES))
def test_the_table_of_commands_is_the_registry(locale: str, name: str) -> None:
    voice = Voice(locale, ZoneInfo("UTC"))
    wanted = [command_row(voice, noun, verb) for noun in Router(FEATURES).vocabulary.nouns for verb in noun.verbs]
    heading = "## 命令" if locale == "zh-CN" else "## Commands"
    assert table(section(read(name), heading)) == wanted


def links_of(text: str) -> set[str]:
    """The relative links but those from one README to the other."""
    return {link for link in re.findall(r"\]\(([^)#]+)", text) if not link.startswith(("http", "README"))}


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = (read(name) for name in READMES.values())
    assert re.findall(r"^(#+) ", english, re.MULTILINE) == re.findall(r"^(#+) ", chinese, re.MULTILINE)
    assert links_of(english) == links_of(chinese)


# -- Slack and the workspace --------------------------------------------------------------------------------------


def test_every_scope_of_the_manifest_is_explained() -> None:
    scopes = build_manifest(FEATURES)["oauth_config"]["scopes"]["bot"]
    assert first_codes(section(read("docs/slack.md"), "## What each scope is for")) == scopes


def test_every_event_of_the_manifest_is_explained() -> None:
    events = build_manifest(FEATURES)["settings"]["event_subscriptions"]["bot_events"]
    assert first_codes(section(read("docs/slack.md"), "## What each event is for")) == events


@pytest.mark.parametrize(("method", "calls"), [("GET", GETS), ("POST", POSTS)], ids=["get", "post"])
def test_every_call_of_the_driver_is_explained(method: str, calls: dict[str, Any]) -> None:
    rows = first_codes(section(read("docs/workspace.md"), "## The driver API"))
    named = {row.removeprefix(f"{method} /drive/") for row in rows if row.startswith(f"{method} ")}
    assert named == set(calls)


# -- decisions ----------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps_and_say_all_three() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"], path.name
