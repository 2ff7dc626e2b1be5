"""The wheel alone, in an empty environment and far from the checkout, is a working Callsheet."""

import json
import os
import selectors
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.architecture.sources import LAYERS, ROOT, repository_files

pytestmark = pytest.mark.process
READY = "workspace ready "
NOT_DATA = {".py", ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("callsheet-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console scripts' folder in an environment that holds the wheel and can see its dependencies."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=50)
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, timeout=50)
    (packages,) = home.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def test_the_wheel_carries_the_data_of_its_packages(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(ROOT).as_posix() for path in repository_files()}
    data = {name for name in wanted if name.partition("/")[0] in LAYERS and Path(name).suffix not in NOT_DATA}
    assert data - packed == set()
    assert {f"{layer}/py.typed" for layer in LAYERS if (ROOT / layer).is_dir()} <= packed


class Workspace:
    """A started `callsheet run`, spoken to as DRIVE does."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        parts = urlsplit(url)
        self.process = process
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._key = parse_qs(parts.query)["key"][0]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base}/drive/{path}", data=data, headers=headers)
        with self._opener.open(request, timeout=15) as answer:
            return json.load(answer)


def _ready_url(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(timeout=30), "no line on stdout within 30 s"
    line = process.stdout.readline().decode()
    assert line.startswith(READY), line
    return line.removeprefix(READY).strip()


@pytest.fixture
def workspace(installed: Path, tmp_path: Path) -> Iterator[Workspace]:
    own = {"PATH": f"{installed}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    options = ["--seed", "team", "--port", "0", "--data", str(tmp_path / "data")]
    with (tmp_path / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            [installed / "callsheet", "run", *options],
            cwd=tmp_path,
            env=own,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Workspace(process, _ready_url(process))
    except BaseException:
        print((tmp_path / "stderr").read_text())
        raise
    finally:
        process.kill()
        process.wait()


@pytest.mark.timeout(120)
def test_an_installed_callsheet_shows_tonights_checklist(workspace: Workspace) -> None:
    people = workspace.call("state")["people"]
    person = next(person["id"] for person in people if "pm" in person["roles"])
    place = {"person": person, "channel": "live-team"}
    workspace.call("say", {**place, "text": "/live checklist"})
    assert workspace.call("settle", {})["settled"]
    shown = workspace.call(f"messages?{urlencode(place)}")["messages"]
    cards = [message["text"] for message in shown if message["is_bot"] and not message["ephemeral"]]
    assert any("确认场次" in card or "45" in card for card in cards), [message["text"] for message in shown]
    workspace.process.terminate()
    assert workspace.process.wait(timeout=5) == 0
