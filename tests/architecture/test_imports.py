"""Who may import whom: the contracts hold, and each of them notices a planted break."""

import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.architecture.sources import LAYERS, ROOT, imported_names, product

LINT = "from importlinter.cli import lint_imports_command as c; c()"
HOUSE = (
    "bot/__init__.py",
    "bot/app.py",
    "bot/cli.py",
    "bot/trial.py",
    "bot/turn.py",
    "bot/platforms/__init__.py",
    "bot/platforms/slack.py",
    "bot/workspace/__init__.py",
    "bot/workspace/server.py",
    "handlers/__init__.py",
    "handlers/registry.py",
    "handlers/core/__init__.py",
    "handlers/core/cards.py",
    "handlers/shows/__init__.py",
    "handlers/checklists/__init__.py",
    "prompts/__init__.py",
    "storage/__init__.py",
    "storage/work.py",
)
LAYERED = "bot -> handlers -> prompts | storage"
FEATURES = "Features do not import each other; core knows neither registry nor features"
WORKSPACE = "Only the start of the process knows the local workspace"
HANDLERS = "handlers know no platform, wire, thread, scheduler, model or database library"
STORAGE = "storage knows no platform, wire, scheduler or model"
DATABASE = "bot reaches the database only through storage"
BREAKS = [
    (LAYERED, "storage/work.py", "handlers.core.cards"),
    (LAYERED, "storage/work.py", "bot.turn"),
    (LAYERED, "handlers/core/cards.py", "bot.turn"),
    (LAYERED, "storage/work.py", "prompts"),
    (LAYERED, "prompts/__init__.py", "storage.work"),
    (FEATURES, "handlers/checklists/__init__.py", "handlers.shows"),
    (FEATURES, "handlers/core/cards.py", "handlers.shows"),
    (FEATURES, "handlers/core/cards.py", "handlers.registry"),
    (FEATURES, "handlers/shows/__init__.py", "handlers.registry"),
    (FEATURES, "handlers/odds_and_ends.py", "handlers.core"),
    (WORKSPACE, "bot/platforms/slack.py", "bot.workspace.server"),
    (WORKSPACE, "bot/turn.py", "bot.workspace"),
    (HANDLERS, "handlers/shows/__init__.py", "slack_sdk.web"),
    (HANDLERS, "handlers/core/cards.py", "sqlalchemy.orm"),
    (HANDLERS, "handlers/core/cards.py", "threading"),
    (STORAGE, "storage/work.py", "aiohttp"),
    (STORAGE, "storage/work.py", "apscheduler.schedulers"),
    (DATABASE, "bot/turn.py", "sqlmodel"),
]
# What each layer may import from third parties; the standard library is free unless a contract forbids it.
THIRD_PARTY = {
    "bot": {
        "slack_bolt",
        "slack_sdk",
        "aiohttp",
        "apscheduler",
        "tenacity",
        "jinja2",
        "markupsafe",
        "prometheus_client",
        "markdown_it",
        "cryptography",
        "dotenv",
        "pydantic",
    },
    "handlers": {"pydantic"},
    "prompts": {"openai", "tenacity", "jinja2", "pydantic"},
    "storage": {"sqlmodel", "sqlalchemy", "alembic", "psycopg", "cryptography", "pydantic"},
}
FILE_FORMATS = "handlers/core/files/"


def _plant(house: Path, file: str, target: str) -> None:
    path = house / file
    with path.open("a") as lines:
        lines.write(f"import {target}\n")


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache", "--no-logo", "--config", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=50)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house of empty modules under the real contracts, with the layer `prompts` already there."""
    for file in HOUSE:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = ", ".join(f'"{layer}"' for layer in LAYERS)
    lines = [f"root_packages = [{names}]" if line.startswith("root_packages") else line for line in text.splitlines()]
    (tmp_path / "pyproject.toml").write_text("\n".join(lines))
    return tmp_path


def test_the_contracts_hold() -> None:
    linted = _lint(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_an_honest_house_passes(house: Path) -> None:
    for file, target in (
        ("bot/trial.py", "bot.workspace.server"),
        ("bot/turn.py", "handlers.registry"),
        ("bot/turn.py", "slack_bolt"),
        ("handlers/registry.py", "handlers.shows"),
        ("handlers/shows/__init__.py", "handlers.core.cards"),
        ("handlers/core/cards.py", "pydantic"),
        ("handlers/core/cards.py", "storage.work"),
        ("storage/work.py", "sqlmodel"),
    ):
        _plant(house, file, target)
    linted = _lint(house)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_house_stands_without_prompts(house: Path) -> None:
    shutil.rmtree(house / "prompts")
    pyproject = house / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"prompts", "storage"]', '"storage"]', 1))
    linted = _lint(house)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize(("contract", "file", "target"), BREAKS, ids=lambda value: str(value).replace(" ", "_"))
def test_a_planted_break_is_caught(house: Path, contract: str, file: str, target: str) -> None:
    _plant(house, file, target)
    linted = _lint(house)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert f"{contract} BROKEN" in " ".join(linted.stdout.split())


def test_every_contract_has_a_planted_break() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert {contract["name"] for contract in config["contracts"]} == {contract for contract, _, _ in BREAKS}


def test_every_layer_is_linted_and_packed() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    present = [layer for layer in LAYERS if (ROOT / layer).is_dir()]
    assert sorted(config["importlinter"]["root_packages"]) == present
    assert sorted(config["hatch"]["build"]["targets"]["wheel"]["packages"]) == present


@cache
def _graph() -> grimp.ImportGraph:
    present = [layer for layer in LAYERS if (ROOT / layer).is_dir()]
    return grimp.build_graph(*present, cache_dir=None)


def cycles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules that reach each other, by Kosaraju's two walks, without recursion."""
    importers: dict[str, set[str]] = {name: set() for name in imports}
    for name, targets in imports.items():
        for target in targets:
            importers[target].add(name)
    seen: set[str] = set()
    order = [name for start in imports for name in _finished(start, imports, seen)]
    seen = set()
    groups = [set(_finished(start, importers, seen)) for start in reversed(order)]
    return [group for group in groups if len(group) > 1]


def _finished(start: str, edges: dict[str, set[str]], seen: set[str]) -> list[str]:
    """What is newly reached from `start`, each name after all that it leads to."""
    done: list[str] = []
    stack = [(start, iter(sorted(edges[start])))] if start not in seen else []
    seen.add(start)
    while stack:
        name, rest = stack[-1]
        following = next((target for target in rest if target not in seen), None)
        if following is None:
            done.append(name)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(sorted(edges[following]))))
    return done


def test_there_are_no_import_cycles() -> None:
    graph = _graph()
    assert not cycles({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, [{"b", "c"}]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c", "a"}}, [{"a", "b"}, {"c", "d"}]),
    ],
)
def test_a_cycle_is_seen(imports: dict[str, set[str]], expected: list[set[str]]) -> None:
    assert sorted(map(sorted, cycles(imports))) == sorted(map(sorted, expected))


def test_only_the_listed_libraries_are_imported() -> None:
    foreign = set()
    for source in product():
        layer = source.name.partition("/")[0]
        roots = {name.partition(".")[0] for name in imported_names(source.tree).values()}
        unlisted = roots - set(LAYERS) - set(sys.stdlib_module_names) - THIRD_PARTY[layer]
        if not source.name.startswith(FILE_FORMATS):
            foreign |= {f"{source.name}: {name}" for name in unlisted}
    assert not foreign


def test_the_cron_trigger_is_banned(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (tmp_path / "planted.py").write_text("from apscheduler.triggers.cron import CronTrigger\n\nCronTrigger()\n")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "planted.py"]
    linted = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "TID251" in linted.stdout
    assert not [source.name for source in product() if '"cron"' in source.text and "add_job" in source.text]
