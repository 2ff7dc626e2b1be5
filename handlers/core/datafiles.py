"""Data files that a team lead could edit: JSON, validated when loaded, faults named by file and line."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

FILLING = re.compile(r"[\s,:]*")
DECODER = json.JSONDecoder()


class DataError(Exception):
    """A data file that cannot be used. The message is `file:line: what is wrong`."""


def read_data(package: str, name: str, model: type[Model]) -> Model:
    """The file `data/<name>` of a package as a model."""
    source = resources.files(package).joinpath("data", name)
    return parse_data(source.read_text("utf-8"), f"{package.replace('.', '/')}/data/{name}", model)


def parse_data(source: str, file: str, model: type[Model]) -> Model:
    """Raises DataError with the line of the first fault."""
    try:
        data: Any = json.loads(source)
    except json.JSONDecodeError as error:
        raise DataError(f"{file}:{error.lineno}: not JSON: {error.msg}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"]
        line = line_of(source, where)
        named = ".".join(str(part) for part in where)
        raise DataError(f"{file}:{line}: {named}: {first['msg']}") from error


def line_of(source: str, where: Path) -> int:
    """The line on which the value at `where` (or its nearest parent that exists) begins; counted from 1."""
    lines: dict[Path, int] = {}
    walk(source, 0, (), lines)
    while where not in lines:
        where = where[:-1]
    return lines[where]


def walk(source: str, at: int, path: Path, lines: dict[Path, int]) -> int:
    """Notes the line of the value at `at` and of all in it; returns where it ends."""
    at = skip(source, at)
    lines[path] = source.count("\n", 0, at) + 1
    opening = source[at]
    if opening not in "{[":
        _, end = DECODER.raw_decode(source, at)
        return end
    at = skip(source, at + 1)
    index = 0
    while source[at] not in "}]":
        part: str | int = index
        if opening == "{":
            part, at = DECODER.raw_decode(source, at)
        at = skip(source, walk(source, at, (*path, part), lines))
        index += 1
    return at + 1


def skip(source: str, at: int) -> int:
    found = FILLING.match(source, at)
    return found.end() if found else at
