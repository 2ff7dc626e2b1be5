"""The tree as a stranger clones it: no foreign paths, links that resolve, scripts that run."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.architecture.sources import ROOT, repository_files

SCRIPTS = ("run", "test", ".ci/run")
POSIX = ("run", "test", "tools/venv.sh")
# Written in pieces, so that this file does not find itself.
REGISTRIES = re.compile("|".join(("pypi" r"\.org", "python" r"hosted\.", r"registry\.npm" "js", r"deb\.deb" "ian")))
MACHINE = re.compile("|".join((r"/work/" r"(main|shared)\b", r"(?<![\w/])/ro" r"ot/", r"\.\./sha" "red")))
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|<(?:img|a)[^>]+(?:src|href)=\"([^\"]+)\"")
BINARY = {".png", ".mo", ".xlsx", ".ico", ".woff2"}


def _texts() -> Iterator[tuple[str, str]]:
    for path in repository_files():
        if path.suffix not in BINARY:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE], ids=["registries", "machine"])
def test_nothing_of_this_machine_is_named(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}"
        for name, text in _texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_its_run_bit(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("script", POSIX)
def test_a_script_is_posix(script: str) -> None:
    shell = shutil.which("dash") or "sh"
    checked = subprocess.run([shell, "-n", str(ROOT / script)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def broken_links(document: Path, text: str) -> list[str]:
    """The relative links of a Markdown text that lead nowhere; code blocks are not read."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    targets = [first or second for first, second in LINK.findall(prose)]
    relative = [target.partition("#")[0] for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:|#|//", target)]
    return [target for target in relative if not (document.parent / unquote(target)).exists()]


def test_links_in_documents_resolve() -> None:
    documents = [path for path in repository_files() if path.suffix == ".md"]
    broken = {str(path.relative_to(ROOT)): broken_links(path, path.read_text(encoding="utf-8")) for path in documents}
    assert not {name: links for name, links in broken.items() if links}


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "here.md").write_text("")
    text = '[a](here.md#x) ![b](gone.png) <img src="lost.png"> [c](https://example.org/x) [d](#top)\n'
    text += "```\n[e](in-code.md)\n```\n"
    assert broken_links(tmp_path / "README.md", text) == ["gone.png", "lost.png"]


def test_the_licence_is_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
