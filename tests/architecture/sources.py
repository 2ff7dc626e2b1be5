"""The project's files as the architecture tests read them: paths, parsed trees, named functions."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("bot", "handlers", "prompts", "storage")
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file; `name` is its path from the checkout, with slashes."""

    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@dataclass(frozen=True)
class Function:
    """One function; `name` is `path/of/file.py:Class.function`, `lines` leaves out the docstring."""

    name: str
    lines: int


def read(path: Path, root: Path = ROOT) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(root).as_posix(), text, ast.parse(text, filename=str(path)))


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    return tuple(read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def product() -> tuple[Source, ...]:
    return sources(*LAYERS)


@cache
def repository_files() -> tuple[Path, ...]:
    """What git tracks or would track; in a copy without git, every file but caches."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not any(map(_is_cache, path.relative_to(ROOT).parts[:-1]))]
    return tuple(path for path in paths if path.is_file())


def _is_cache(folder: str) -> bool:
    return folder == "__pycache__" or (folder.startswith(".") and folder != ".ci")


def functions(source: Source) -> Iterator[Function]:
    for owner, node in walk_owned(source.tree):
        if isinstance(node, FunctionNode):
            yield Function(f"{source.name}:{'.'.join((*owner, node.name))}", length(node))


def walk_owned(node: ast.AST, owner: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    """Every node below `node` with the names of the classes and functions around it."""
    for child in ast.iter_child_nodes(node):
        yield owner, child
        inner = (*owner, child.name) if isinstance(child, FunctionNode | ast.ClassDef) else owner
        yield from walk_owned(child, inner)


def length(function: FunctionNode) -> int:
    first = function.body[0]
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Local name -> full dotted name, for every import in the file, at whatever depth."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                names[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def resolved(node: ast.AST, names: dict[str, str]) -> str:
    """The full dotted name of an expression, its first part looked up among the file's imports."""
    head, dot, rest = dotted(node).partition(".")
    return names.get(head, head) + dot + rest


def percentile_95(numbers: list[int]) -> int:
    """Nearest rank; 0 for nothing."""
    ranked = sorted(numbers)
    return ranked[max(0, -(-len(ranked) * 95 // 100) - 1)] if ranked else 0


@cache
def exceptions(section: str) -> frozenset[str]:
    """One list of exceptions.toml."""
    listed: list[str] = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))[section]
    return frozenset(listed)
