"""run and test before any Python of ours runs: what they ask for, what they install, what they start."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

TOOLS = (
    "awk",
    "cat",
    "cksum",
    "cp",
    "date",
    "dirname",
    "mkdir",
    "mktemp",
    "rm",
    "sh",
    "sleep",
    "touch",
)
NO_PYTHON = """\
Callsheet needs Python 3.11 or newer, and none was found on PATH (python3, python3.11 to python3.14).
  Debian, Ubuntu:  sudo apt-get install python3 python3-venv
  Fedora:          sudo dnf install python3
  macOS:           brew install python@3.13
Or name one:       PYTHON=/path/to/python3.12 {script}
"""
NO_VENV = """\
python3 (Python 3.12) has no venv module.
  Debian, Ubuntu:  sudo apt-get install python3.12-venv
Or install uv, which needs none.
"""
# Answers what the scripts ask of an interpreter; its copy in .venv answers them too. The file lock is real.
FAKE_PYTHON = f"""\
#!/bin/sh
printf '%s\\n' "$*" >>"$FAKE_LOG"
case "$1 $2" in
"-c import sys; sys.exit"*) exit "${{FAKE_OLD:-0}}" ;;
"-c import venv"*) exit "${{FAKE_NO_VENV:-0}}" ;;
"-c import sys; print"*) echo 3.12 ;;
"-c import fcntl"*) exec "{sys.executable}" "$@" ;;
"-m venv") rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-m pip") case $3 in install) sleep "${{FAKE_PIP_S:-0}}"; exit "${{FAKE_PIP:-0}}" ;; esac ;;
"-m bot") shift 2; echo "bot in $PWD with $PYTHONPATH:" "$@" ;;
"-m pytest") shift 2; echo "pytest:" "$@" ;;
esac
"""
FAKE_UV = """\
#!/bin/sh
printf 'uv %s\\n' "$*" >>"$FAKE_LOG"
if [ "$1" = venv ]; then
    for venv; do :; done
    mkdir -p "$venv/bin" && cp "$FAKE_PYTHON" "$venv/bin/python"
fi
"""


class Checkout:
    """A copy of the scripts with locks of one line, on a PATH of basic tools and fakes."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.path = folder / "path"
        self.log = folder / "log"
        self.path.mkdir()
        self.log.touch()
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool) or tool)
        (self.root / "tools").mkdir(parents=True)
        for script in ("run", "test", "tools/venv.sh"):
            shutil.copy(ROOT / script, self.root / script)
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (self.root / lock).write_text(f"{lock}==1\n")

    def fake(self, name: str, text: str = FAKE_PYTHON) -> Path:
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)
        return self.path / name

    def environment(self, **extra: str) -> dict[str, str]:
        return {"PATH": str(self.path), "FAKE_LOG": str(self.log), **extra}

    def start(self, *words: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.root / words[0]), *words[1:]]
        return subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=20,
        )

    def calls(self, part: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if part in line]

    @property
    def installs(self) -> int:
        return len(self.calls("-m pip install"))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.parametrize("script", ["run", "test"])
def test_without_python_it_says_what_to_install(checkout: Checkout, script: str) -> None:
    started = checkout.start(script)
    assert started.returncode == 1
    assert started.stdout == ""
    assert started.stderr == NO_PYTHON.format(script=checkout.root / script)


def test_an_old_python_is_none(checkout: Checkout) -> None:
    checkout.fake("python3")
    started = checkout.start("run", FAKE_OLD="1")
    assert (started.returncode, started.stderr) == (1, NO_PYTHON.format(script=checkout.root / "run"))


def test_a_newer_python_under_its_own_name_is_found(checkout: Checkout) -> None:
    checkout.fake("python3", "#!/bin/sh\nexit 1\n")
    checkout.fake("python3.13")
    assert checkout.start("run").returncode == 0


def test_without_the_venv_module_it_names_the_package(checkout: Checkout) -> None:
    checkout.fake("python3")
    started = checkout.start("run", FAKE_NO_VENV="1")
    assert (started.returncode, started.stderr) == (1, NO_VENV)


def test_a_named_python_that_will_not_do_is_refused(checkout: Checkout) -> None:
    checkout.fake("python3")
    started = checkout.start("run", PYTHON="/nowhere/python")
    expected = "PYTHON=/nowhere/python is not Python 3.11 or newer. Name another, or unset PYTHON.\n"
    assert (started.returncode, started.stderr) == (1, expected)


@pytest.mark.parametrize(
    ("words", "passed_on"),
    [
        ((), "run"),
        (("--port", "0", "--data", "my data"), "run --port 0 --data my data"),
        (("doctor",), "doctor"),
        (("check", "--file", "x.txt"), "check --file x.txt"),
    ],
)
def test_a_bare_run_means_the_subcommand_run(
    checkout: Checkout, tmp_path: Path, words: tuple[str, ...], passed_on: str
) -> None:
    checkout.fake("python3")
    started = checkout.start("run", *words, cwd=tmp_path)
    assert started.stdout == f"bot in {tmp_path} with {checkout.root}: {passed_on}\n"
    assert "Installing requirements.lock with pip" in started.stderr


def test_what_is_installed_is_not_installed_again(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    before = checkout.log.read_text().count("\n")
    again = checkout.start("run")
    assert (again.returncode, again.stderr) == (0, "")
    assert checkout.log.read_text().count("\n") == before + 1
    assert checkout.calls("--require-hashes") == checkout.calls("-m pip install")


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    (checkout.root / "requirements.lock").write_text("requirements.lock==2\n")
    checkout.start("run")
    assert (checkout.installs, len(checkout.calls("-m venv"))) == (2, 1)


def test_test_installs_both_locks_and_run_is_content_with_that(checkout: Checkout) -> None:
    checkout.fake("python3")
    started = checkout.start("test", "-k", "one thing")
    assert started.stdout == "pytest: --timeout 60 -k one thing\n"
    assert "Installing requirements.lock and requirements-dev.lock with pip" in started.stderr
    checkout.start("run")
    assert checkout.installs == 1
    (checkout.root / "requirements-dev.lock").write_text("changed\n")
    checkout.start("run")
    assert checkout.installs == 1
    checkout.start("test", "--long", "tests/x.py")
    assert checkout.installs == 2


def test_a_half_made_environment_is_made_anew(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    (checkout.root / ".venv/.installed-run").unlink()
    (checkout.root / ".venv/.installing").touch()
    assert checkout.start("run").returncode == 0
    assert len(checkout.calls("-m venv --clear")) == 2


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    python = checkout.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    assert checkout.start("run").returncode == 0
    assert len(checkout.calls("-m venv")) == 2


def test_a_moved_checkout_goes_on(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    moved = checkout.start("run")
    assert str(checkout.root) in moved.stdout
    assert checkout.installs == 1


def test_a_failed_installation_starts_nothing_and_is_tried_again(checkout: Checkout) -> None:
    checkout.fake("python3")
    failed = checkout.start("run", FAKE_PIP="1")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "Installing failed (see above)." in failed.stderr
    assert checkout.start("run").returncode == 0
    assert checkout.installs == 2


def test_two_first_starts_at_once_install_once(checkout: Checkout) -> None:
    checkout.fake("python3")
    command = [str(checkout.root / "run")]
    environment = checkout.environment(FAKE_PIP_S="0.3")
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in "ab"]
    outputs = [process.communicate(timeout=20)[0] for process in both]
    assert all(b": run" in output for output in outputs)
    assert checkout.installs == 1


def test_uv_is_preferred_and_needs_no_venv_module(checkout: Checkout) -> None:
    python = checkout.fake("python3")
    checkout.fake("uv", FAKE_UV)
    started = checkout.start("run", FAKE_NO_VENV="1", FAKE_PYTHON=str(python))
    assert started.returncode == 0, started.stderr
    assert checkout.installs == 0
    (installed,) = checkout.calls("uv pip install")
    assert f"--require-hashes -r {checkout.root}/requirements.lock" in installed


@pytest.mark.alone
def test_a_later_start_costs_under_a_tenth_of_a_second(checkout: Checkout) -> None:
    checkout.fake("python3")
    checkout.start("run")
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        checkout.start("run")
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.1
    assert os.access(checkout.root / ".venv/.installed-run", os.R_OK)
