"""Secrets at rest."""

import pytest

from storage.errors import SecretError
from storage.secrets import SecretBox


def test_what_was_sealed_opens_again() -> None:
    box = SecretBox(SecretBox.new_key())
    sealed = box.seal("xoxb-令牌")
    assert "xoxb" not in sealed
    assert box.open(sealed) == "xoxb-令牌"
    assert box.open(sealed.encode()) == "xoxb-令牌"
    assert box.seal("xoxb-令牌") != sealed


def test_a_key_may_come_from_a_file_with_its_line_end() -> None:
    key = SecretBox.new_key()
    assert SecretBox(f"{key}\n".encode()).open(SecretBox(key).seal("a")) == "a"


@pytest.mark.parametrize("key", ["", "short", "x" * 44, b"\xff" * 44, "密钥"])
def test_a_key_that_is_none_is_refused(key: str | bytes) -> None:
    with pytest.raises(SecretError, match="44 characters"):
        SecretBox(key)


@pytest.mark.parametrize("damage", ["", "x", "gAAAA"])
def test_what_another_key_sealed_stays_shut(damage: str) -> None:
    sealed = SecretBox(SecretBox.new_key()).seal("a")
    with pytest.raises(SecretError, match="cannot be opened"):
        SecretBox(SecretBox.new_key()).open(damage or sealed)
