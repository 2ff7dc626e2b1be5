"""Functions and files stay short: 95 of 100 within the first number, every one within the second."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import (
    FunctionNode,
    exceptions,
    functions,
    length,
    percentile_95,
    product,
)

FUNCTION_P95, FUNCTION_HARD = 35, 60
FILE_P95, FILE_HARD = 300, 500


def _listed(over: dict[str, int], section: str, budget: int) -> None:
    allowed = exceptions(section)
    new = {name: lines for name, lines in over.items() if name not in allowed}
    assert not new, f"over {budget} lines: {new}"
    assert not allowed - over.keys(), f"no longer needed in {section}: {sorted(allowed - over.keys())}"


def test_no_function_is_over_the_hard_budget() -> None:
    found = [function for source in product() for function in functions(source)]
    _listed({f.name: f.lines for f in found if f.lines > FUNCTION_HARD}, "long_functions", FUNCTION_HARD)


def test_functions_are_short() -> None:
    found = [function for source in product() for function in functions(source)]
    longest = sorted(found, key=lambda function: -function.lines)[:10]
    assert percentile_95([function.lines for function in found]) <= FUNCTION_P95, longest


def test_no_file_is_over_the_hard_budget() -> None:
    over = {source.name: source.lines for source in product() if source.lines > FILE_HARD}
    _listed(over, "long_files", FILE_HARD)


def test_files_are_short() -> None:
    longest = sorted(((source.lines, source.name) for source in product()), reverse=True)[:10]
    assert percentile_95([source.lines for source in product()]) <= FILE_P95, longest


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f():\n    return 1\n", 2),
        ('def f():\n    """One\n    two.\n    """\n    return 1\n', 2),
        ("async def f():\n    a = 1\n\n    return a\n", 4),
    ],
)
def test_a_docstring_does_not_count(text: str, lines: int) -> None:
    node = ast.parse(text).body[0]
    assert isinstance(node, FunctionNode)
    assert length(node) == lines


@pytest.mark.parametrize(
    ("numbers", "expected"), [([], 0), ([7], 7), (list(range(1, 101)), 95), ([1] * 18 + [50, 60], 50)]
)
def test_percentile(numbers: list[int], expected: int) -> None:
    assert percentile_95(numbers) == expected


def test_product_is_found() -> None:
    assert {Path(source.name).parts[0] for source in product()} >= {"bot", "handlers", "storage"}
