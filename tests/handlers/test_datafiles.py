"""Data files name file and line of a fault."""

import pytest
from pydantic import BaseModel, ConfigDict

from handlers.checklists.templates import TemplateFile
from handlers.core.datafiles import DataError, line_of, parse_data
from handlers.core.permissions import Permissions


class Shelf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    books: tuple[int, ...]


def test_good_data_is_read() -> None:
    assert parse_data('{"books": [1, 2]}', "shelf.json", Shelf).books == (1, 2)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('{\n"books": [1,\n2,\n"three"]}', r"^shelf\.json:4: books\.2: "),
        ('{\n"books": [1]\n,"shoes": {}}', r"^shelf\.json:3: shoes: "),
        ("{\n\n}", r"^shelf\.json:1: books: Field required"),
        ('{\n"books": [1,,2]}', r"^shelf\.json:2: not JSON: "),
        ("[]", r"^shelf\.json:1: "),
    ],
)
def test_fault_is_named_by_line(source: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse_data(source, "shelf.json", Shelf)


def test_lines_of_nested_values() -> None:
    source = '{\n "a": [\n  {"b: {": "x]\\""},\n  [true, null,\n   -1.5e3]\n ]\n}'
    assert line_of(source, ("a", 0, "b: {")) == 3
    assert line_of(source, ("a", 1, 2)) == 5
    assert line_of(source, ("a", 1, 9, "gone")) == 4


def test_unknown_grant_is_refused() -> None:
    source = '{"rules": {\n"show": {"grants": ["anyone"]},\n"show.new": {"grants": ["bosss"]}}}'
    with pytest.raises(DataError, match=r"^p\.json:3: rules\.show\.new\.grants: .*'bosss' is neither a role"):
        parse_data(source, "p.json", Permissions)


def test_template_with_unknown_role_is_refused() -> None:
    item = (
        '{"id": "S01", "phase": "T-7d", "anchor": "start", "offset_min": 1, "role": "clown", "critical": true,'
        ' "title_zh": "一", "title_en": "one", "proof": {"kind": "none"}, "repeat_min": null}'
    )
    source = (
        f'{{"version": "1", "templates": [\n{{"key": "k", "name_zh": "一", "name_en": "one", "items": [\n\n{item}]}}]}}'
    )
    with pytest.raises(DataError, match=r"^c\.json:4: templates\.0\.items\.0: .*no role 'clown'"):
        parse_data(source, "c.json", TemplateFile)
