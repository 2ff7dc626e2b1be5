"""The root conftest: what ./test counts, and what it says and does where Chromium is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.architecture.sources import ROOT

OUTCOMES = """\
import pytest

@pytest.mark.parametrize("number", range(6))
def test_outcome(number, scale):
    if number == 5:
        pytest.skip("not here")
    assert number < scale(4, 5)
"""
BROWSER = """\
def test_page(chromium_path):
    assert chromium_path
"""
CLEARED = ("CALLSHEET_LONG", "CALLSHEET_REQUIRE_ALL", "CALLSHEET_TALLY", "CHROMIUM", "TEST_POSTGRES_URL")


def _suite(folder: Path, planted: str, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_planted.py").write_text(planted)
    inherited = {name: value for name, value in os.environ.items() if name not in CLEARED}
    inherited = {name: value for name, value in inherited.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        command, cwd=folder, env=inherited | extra, capture_output=True, text=True, check=False, timeout=50
    )


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize(("long", "tally"), [("0", "4 1 1\n"), ("1", "5 0 1\n")])
def test_each_test_is_counted_once(tmp_path: Path, words: tuple[str, ...], long: str, tally: str) -> None:
    _suite(tmp_path, OUTCOMES, *words, CALLSHEET_LONG=long, CALLSHEET_TALLY=str(tmp_path / "tally"))
    assert (tmp_path / "tally").read_text() == tally


def test_without_chromium_it_says_so_and_skips(tmp_path: Path) -> None:
    run = _suite(tmp_path, BROWSER, CHROMIUM="/nowhere/chromium")
    assert run.returncode == 0
    assert "Chromium not found (apt-get install chromium" in run.stdout
    assert "1 skipped" in run.stdout


def test_without_chromium_it_fails_where_everything_is_required(tmp_path: Path) -> None:
    run = _suite(tmp_path, BROWSER, CHROMIUM="/nowhere/chromium", CALLSHEET_REQUIRE_ALL="1")
    assert run.returncode == 1
    assert "CALLSHEET_REQUIRE_ALL=1 makes this a failure" in run.stdout


@pytest.mark.postgres
def test_postgres_answers(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(text("select 40 + :two"), {"two": 2}) == 42
    engine.dispose()
