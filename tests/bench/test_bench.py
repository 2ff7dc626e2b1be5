"""The benchmark runs, measures what it says, and prints a table; its figures are not judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import Line, Sample, table
from bench.turns import MEASURES

ROOT = Path(__file__).resolve().parents[2]
TINY = ("--turns", "3", "--presses", "24", "--seconds", "0.2", "--starts", "1", "--shows", "12", "--idle-s", "0.1")


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.turns", "--folder", str(folder), *TINY, *arguments],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=55, check=False,
    )  # fmt: skip


@pytest.mark.process
@pytest.mark.parametrize("name", sorted(MEASURES))
def test_each_measure_gives_figures_beside_their_targets(tmp_path: Path, name: str) -> None:
    ran = bench(tmp_path, "--only", name, "--json")
    assert ran.returncode in {0, 1}, ran.stderr
    found = json.loads(ran.stdout)
    assert found["cores"] >= 1
    assert len(found["load"]) == 3
    assert all(line["ours"] >= 0 for line in found["lines"])
    judged = [line["is_met"] for line in found["lines"] if line["is_met"] is not None]
    assert ran.returncode == int(False in judged)
    assert any(line["bare"] for line in found["lines"]) == (name not in {"turn", "shows"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_the_table_names_the_machine_and_has_a_row_per_figure(tmp_path: Path) -> None:
    ran = bench(tmp_path, "--only", "turn")
    assert ran.returncode in {0, 1}, ran.stderr
    assert "cores" in ran.stdout
    assert "load average" in ran.stdout
    assert "turn, FULL: tick and re-render, median" in ran.stdout


def test_quantiles_are_of_the_nearest_rank() -> None:
    sample = Sample([number / 1000 for number in range(100, 0, -1)])
    assert (sample.p50, sample.p99) == (50.0, 99.0)
    with pytest.raises(ValueError, match="nothing was measured"):
        _ = Sample().p50


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (Line("a", 4.0, "ms", bare=2.0, at_most=5.0), ("a", "4.00", "ms", "2.00", "2.00 ×", "≤ 5.00", "met")),
        (Line("b", 6.0, "ms", at_most=5.0), ("b", "6.00", "ms", "", "", "≤ 5.00", "missed")),
        (Line("c", 120.0, "/s", at_least=100.0), ("c", "120", "/s", "", "", "≥ 100", "met")),
        (Line("d", 1234.5, "/s"), ("d", "1,234", "/s", "", "", "", "")),
    ],
)
def test_a_line_says_its_ratio_and_whether_the_target_is_met(line: Line, cells: tuple[str, ...]) -> None:
    assert line.cells() == cells


def test_columns_are_aligned_by_what_is_seen() -> None:
    rows = table([Line("清单", 1.0, "ms"), Line("list", 22.0, "ms")]).splitlines()
    assert rows[1].startswith("清单    |")
    assert rows[2].startswith("list    |")
