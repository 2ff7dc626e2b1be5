"""Both languages say everything, with the same placeholders, and the compiled catalogs are the written ones."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from handlers.core.voices import LOCALES, catalog

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"say": None, "rich": (1,), "plural": (1, 2), "N_": None}
Id = tuple[str, ...]


def po_path(locale: str) -> Path:
    return ROOT / "handlers" / "locale" / locale.replace("-", "_") / "LC_MESSAGES" / "callsheet.po"


def load(locale: str) -> Catalog:
    with po_path(locale).open("rb") as stream:
        return read_po(stream, locale=locale.replace("-", "_"))


def as_tuple(value: str | Iterable[str] | None) -> Id:
    return (value,) if isinstance(value, str) else tuple(value or ())


def messages(locale: str) -> Iterable[Message]:
    return (message for message in load(locale) if message.id)


def said_in_code() -> set[Id]:
    """Every sentence of the product; the local workspace has a catalog of its own."""
    found: set[Id] = set()
    for folder in ("handlers", "bot"):
        extracted = extract_from_dir(
            ROOT / folder,
            method_map=[("**.py", "python")],
            keywords=KEYWORDS,
            directory_filter=lambda path: Path(path).name not in ("workspace", "__pycache__"),
        )
        found |= {as_tuple(message) for _, _, message, _, _ in extracted}
    return found


def test_the_catalogs_hold_what_the_code_says() -> None:
    said = said_in_code()
    assert len(said) > 100
    for locale in LOCALES:
        assert {as_tuple(message.id) for message in messages(locale)} == said, f"run `make locale` ({locale})"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_translated(locale: str) -> None:
    missing = [message.id for message in messages(locale) if message.fuzzy or not all(as_tuple(message.string))]
    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_are_the_same(locale: str) -> None:
    for message in messages(locale):
        wanted = {name for one in as_tuple(message.id) for name in placeholders(one)}
        for translation in as_tuple(message.string):
            assert placeholders(translation) == wanted, message.id


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_chinese_is_chinese() -> None:
    """But for the product's name and bare placeholders."""
    same = {as_tuple(m.id)[0] for m in messages("zh-CN") if as_tuple(m.string)[0] == as_tuple(m.id)[0]}
    assert same <= {"Callsheet"}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalog_is_the_written_one(locale: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, load(locale))
    assert po_path(locale).with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make locale`"


def test_numbers_choose_their_form() -> None:
    one, many = "{n} item is late.", "{n} items are late."
    assert [catalog("en").ngettext(one, many, n) for n in (0, 1, 2)] == [many, one, many]
    assert [catalog("zh-CN").ngettext(one, many, n) for n in (1, 2)] == ["逾期 {n} 项。"] * 2
