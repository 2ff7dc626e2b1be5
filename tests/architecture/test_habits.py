"""Habits of the house that no linter holds: broad excepts, mocks, environment, clock, unfinished places."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import (
    LAYERS,
    Source,
    dotted,
    exceptions,
    imported_names,
    product,
    resolved,
    sources,
    walk_owned,
)

BROAD = {"Exception", "BaseException"}
PATCHERS = {"setattr", "delattr", "setitem", "delitem"}
TIME_OF_DAY = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")


def _source(text: str, name: str = "bot/planted.py") -> Source:
    return Source(name, text, ast.parse(text))


def _without_exceptions(found: set[str], section: str) -> None:
    allowed = exceptions(section)
    assert not found - allowed, f"not among {section} of exceptions.toml: {sorted(found - allowed)}"
    assert not allowed - found, f"no longer needed in {section}: {sorted(allowed - found)}"


def broad_excepts(source: Source) -> Iterator[str]:
    for owner, node in walk_owned(source.tree):
        place = f"{source.name}:{'.'.join(owner)}"
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type)):
            yield place
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "suppress":
            yield from (place for argument in node.args if _is_broad(argument))


def _is_broad(caught: ast.expr) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(dotted(kind).rpartition(".")[2] in BROAD for kind in kinds)


def test_broad_excepts_stand_at_the_named_edges() -> None:
    _without_exceptions({place for source in product() for place in broad_excepts(source)}, "broad_excepts")


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    try:\n        g()\n    except:\n        pass",
        "def f():\n    try:\n        g()\n    except Exception as e:\n        log(e)",
        "def f():\n    try:\n        g()\n    except (ValueError, BaseException):\n        pass",
        "def f():\n    with contextlib.suppress(Exception):\n        g()",
    ],
)
def test_a_broad_except_is_seen(text: str) -> None:
    assert list(broad_excepts(_source(text))) == ["bot/planted.py:f"]


def test_a_narrow_except_is_left_alone() -> None:
    text = "def f():\n    try:\n        g()\n    except (ValueError, KeyError):\n        pass"
    assert not list(broad_excepts(_source(text)))


def own_mocks(source: Source) -> Iterator[str]:
    names = imported_names(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and _imports_mock(node):
            yield f"{source.name}:{node.lineno}: imports mock"
        if isinstance(node, ast.Call) and _patches_own(node, names):
            yield f"{source.name}:{node.lineno}: patches a module of ours"
        if isinstance(node, ast.Assign) and any(_is_own_attribute(target, names) for target in node.targets):
            yield f"{source.name}:{node.lineno}: sets a name of ours"


def _imports_mock(node: ast.Import | ast.ImportFrom) -> bool:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    full = {f"{module}.{alias.name}".strip(".") for alias in node.names}
    return any(re.match(r"(unittest\.mock|mock|pytest_mock)(\.|$)", name) for name in full)


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in LAYERS


def _patches_own(call: ast.Call, names: dict[str, str]) -> bool:
    if dotted(call.func).rpartition(".")[2] not in PATCHERS or not call.args:
        return False
    target = call.args[0]
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return _is_own(target.value)
    return _is_own(resolved(target, names)) and dotted(target).partition(".")[0] in names


def _is_own_attribute(target: ast.expr, names: dict[str, str]) -> bool:
    head = dotted(target).partition(".")[0]
    return isinstance(target, ast.Attribute) and head in names and _is_own(names[head])


def test_tests_do_not_patch_our_own_modules() -> None:
    assert not [place for source in sources("tests") for place in own_mocks(source)]


@pytest.mark.parametrize(
    "text",
    [
        "from unittest.mock import Mock",
        "from unittest import mock",
        "import unittest.mock",
        "def test(monkeypatch):\n    monkeypatch.setattr('bot.turn.route', None)",
        "from bot import turn\ndef test(monkeypatch):\n    monkeypatch.setattr(turn, 'route', None)",
        "import bot.turn\ndef test(monkeypatch):\n    monkeypatch.setattr(bot.turn, 'route', None)",
        "from storage.work import Work\nWork.claim = None",
    ],
)
def test_a_mock_is_seen(text: str) -> None:
    assert list(own_mocks(_source(text, "tests/planted.py")))


def test_a_foreign_patch_is_left_alone() -> None:
    text = "import os\nbot = object()\ndef test(patch):\n    patch.setattr(os, 'sep', '/')\n    bot.x = 1"
    assert not list(own_mocks(_source(text, "tests/planted.py")))


def reads_environment(source: Source) -> bool:
    names = imported_names(source.tree)
    read = {resolved(node, names) for node in ast.walk(source.tree) if isinstance(node, ast.Name | ast.Attribute)}
    return bool(read & {"os.environ", "os.getenv", "os.environb"}) or bool(
        {"os.environ", "os.getenv"} & set(names.values())
    )


def test_only_settings_reads_the_environment() -> None:
    readers = {source.name for source in product() if reads_environment(source)}
    _without_exceptions(readers - {"bot/settings.py"}, "environment_readers")


@pytest.mark.parametrize(
    "text",
    ["import os\nos.environ['A']", "import os as o\no.getenv('A')", "from os import environ as e\ne['A']"],
)
def test_a_reader_of_the_environment_is_seen(text: str) -> None:
    assert reads_environment(_source(text))


def reads_time_of_day(source: Source) -> bool:
    names = imported_names(source.tree)
    return any(
        resolved(node, names) in TIME_OF_DAY
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )


def test_times_are_arguments_below_bot() -> None:
    below = sources(*(layer for layer in LAYERS if layer != "bot"))
    _without_exceptions({source.name for source in below if reads_time_of_day(source)}, "clock_readers")


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import UTC, datetime\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.date.today()",
        "import time\nx = time.time()",
        "from datetime import datetime\nfield(default_factory=datetime.utcnow)",
    ],
)
def test_a_reader_of_the_time_of_day_is_seen(text: str) -> None:
    assert reads_time_of_day(_source(text))


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{source.name}:{number}"
        for source in product()
        for number, line in enumerate(source.text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not found


def test_every_test_file_asserts() -> None:
    tests = [source for source in sources("tests") if source.name.rpartition("/")[2].startswith("test_")]
    assert tests
    assert not [source.name for source in tests if not re.search(r"\bassert\b|\braises\b|\bexpect", source.text)]
