"""What every test may ask for: larger numbers, Chromium, PostgreSQL; and the tally that ./test adds up."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn, TypeVar

import psycopg
import pytest

Size = TypeVar("Size", int, float)

LONG = os.environ.get("CALLSHEET_LONG") == "1"
REQUIRE_ALL = os.environ.get("CALLSHEET_REQUIRE_ALL") == "1"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = "Chromium not found (apt-get install chromium, or CHROMIUM=/path/to/it)"
NO_POSTGRES = "PostgreSQL not found (apt-get install postgresql, or TEST_POSTGRES_URL=postgresql://...)"
# Nothing here has to outlive the machine; tests of crashes start a server of their own.
FAST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    # Workers of xdist come here too, each with its share of what their controller counts again.
    if hasattr(config, "workerinput"):
        return
    for found, missing in ((find_chromium(), NO_CHROMIUM), (find_postgres(), NO_POSTGRES)):
        if found is None:
            terminalreporter.write_line(f"{missing}: the tests that need it do not run.")
    if tally := os.environ.get("CALLSHEET_TALLY"):
        kinds = ("passed", "failed", "error", "skipped")
        passed, failed, errors, skipped = (len(terminalreporter.stats.get(kind, ())) for kind in kinds)
        with Path(tally).open("a") as lines:
            lines.write(f"{passed} {failed + errors} {skipped}\n")


@pytest.fixture(scope="session")
def scale() -> Callable[[Size, Size], Size]:
    """`scale(200, 2000)`: the first number, with `./test --long` the second."""

    def choose(short: Size, long: Size) -> Size:
        return long if LONG else short

    return choose


def _do_without(missing: str) -> NoReturn:
    if REQUIRE_ALL:
        pytest.fail(f"{missing}; CALLSHEET_REQUIRE_ALL=1 makes this a failure.", pytrace=False)
    pytest.skip(missing)


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    names = (named,) if named else CHROMIUM_NAMES
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to start; without one the test is skipped, or fails under CALLSHEET_REQUIRE_ALL=1."""
    return find_chromium() or _do_without(NO_CHROMIUM)


def _is_reachable(url: str) -> bool:
    try:
        with closing(psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=3)):
            return True
    except psycopg.OperationalError:
        return False


def find_postgres() -> Path | str | None:
    """A reachable TEST_POSTGRES_URL, else the folder of the newest server programs, else None."""
    url = os.environ.get("TEST_POSTGRES_URL")
    if url and _is_reachable(url):
        return url
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda program: float(program.parent.parent.name), default=None)
    program = newest or shutil.which("initdb")
    return Path(program).parent if program else None


def _start_cluster(programs: Path, folder: Path) -> subprocess.Popen[bytes]:
    account = "postgres" if os.geteuid() == 0 else None
    groups: list[str] | None = [] if account else None
    if account:
        shutil.chown(folder, account)
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
    ]
    subprocess.run(
        [*initdb, "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        user=account,
        group=account,
        extra_groups=groups,
    )
    settings = [word for setting in FAST_SETTINGS for word in ("-c", setting)]
    server: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            server, cwd=folder, stdout=log, stderr=log, user=account, group=account, extra_groups=groups
        )


def _await_server(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not _is_reachable(url):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`postgresql+psycopg://...`: a database from which others can be created; a private server per worker.

    Workers share the server of TEST_POSTGRES_URL: names of the databases created there have to be unique.
    """
    found = find_postgres()
    if found is None:
        _do_without(NO_POSTGRES)
    if isinstance(found, str):
        yield found.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    # The path of a socket has room for 107 bytes, which pytest's own folders may exceed.
    with tempfile.TemporaryDirectory(prefix="callsheet-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        server = _start_cluster(found, Path(name))
        url = f"postgresql+psycopg://postgres@/postgres?host={name}"
        try:
            _await_server(url, server, Path(name) / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=20)
