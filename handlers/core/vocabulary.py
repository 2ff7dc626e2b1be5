"""The words after `/live`: how they are read, and what was probably meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.core.feature import Noun, Verb
from handlers.core.voices import Voice

Entry = TypeVar("Entry")

TRAILING = "。．.！!？?，,、；;：:~～…"
LEADING = f"{TRAILING}-–— \t\n\u3000"
LONGEST_WORD = 40
LOOKED_AT = 200
"""Nothing of ours is longer, so what stands behind is not looked at however much was typed."""
NEAR, NEAR_CHINESE = 0.6, 0.5
"""How alike a word has to be; two Chinese characters have only one to spare."""


def visible(words: str) -> str:
    """Full-width forms made plain, invisible and control characters gone."""
    if words.isascii() and words.isprintable():
        return words
    plain = unicodedata.normalize("NFKC", words)
    return "".join(char for char in plain if char.isspace() or unicodedata.category(char) not in ("Cf", "Cc"))


def folded(word: str) -> str:
    """A word as it is compared: visible, caseless, without punctuation at its end."""
    return visible(word[:LOOKED_AT]).strip().rstrip(TRAILING).casefold()


def begun(words: str) -> str:
    """What was said after a name, without the punctuation between: "@Callsheet，清单"."""
    return words.lstrip(LEADING)


def first_word(words: str) -> tuple[str, str]:
    """The first word, visible as far as any word of ours could reach, and what follows it, as it was typed."""
    pieces = words.split(None, 1)
    while pieces:
        word = visible(pieces[0][:LOOKED_AT]).strip()
        rest = pieces[1].strip() if len(pieces) > 1 else ""
        if word:
            return word + pieces[0][LOOKED_AT:], rest
        pieces = rest.split(None, 1)
    return "", ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said: `verb` is None where the noun has no such verb; `rest` is what follows."""

    noun: Noun
    verb: Verb | None
    rest: str


@dataclass(frozen=True, slots=True)
class Guess:
    noun: Noun
    verb: Verb

    def words(self, voice: Voice) -> str:
        """The words to type for it, in the reader's language."""
        return f"{spoken(voice, self.noun.name, self.noun.aliases)} {self.verb_words(voice)}".strip()

    def verb_words(self, voice: Voice) -> str:
        return spoken(voice, self.verb.name, self.verb.aliases)


def spoken(voice: Voice, name: str, aliases: Iterable[str]) -> str:
    """The word for readers of the voice's language: the first alias in Chinese, else the name."""
    chinese = next((alias for alias in aliases if not alias.isascii()), name)
    return voice.pick(chinese, name)


class Vocabulary:
    """Every noun with its verbs, found by name or alias."""

    def __init__(self, nouns: Iterable[Noun]) -> None:
        self.nouns = tuple(nouns)
        self._nouns = index((noun.name, noun.aliases, noun) for noun in self.nouns)
        self._verbs = {
            noun.name: index((verb.name, verb.aliases, verb) for verb in noun.verbs if verb.name) for noun in self.nouns
        }

    def noun(self, word: str) -> Noun | None:
        return self._nouns.get(folded(word))

    def read(self, words: str) -> Wish | None:
        """What was asked for; None when the first word is no noun of ours."""
        noun, rest = take(words, self._nouns)
        if noun is None:
            return None
        verb, after = take(rest, self._verbs[noun.name])
        if verb is not None:
            return Wish(noun, verb, after)
        alone = next((verb for verb in noun.verbs if not verb.name), None)
        if alone is not None and (alone.usage or not rest):
            return Wish(noun, alone, rest)
        return Wish(noun, None, rest)

    def nearest(self, word: str, within: Noun | None = None, limit: int = 3) -> tuple[Guess, ...]:
        """What was probably meant by an unknown word, the likeliest first; `within` one noun only its verbs."""
        wanted = folded(word)[:LONGEST_WORD]
        scores: dict[tuple[str, str], tuple[float, Guess]] = {}
        for noun in (within,) if within else self.nouns:
            for verb in noun.verbs:
                names = [verb.name, *verb.aliases] if verb.name else []
                if not within and not verb.name:
                    names += [noun.name, *noun.aliases]
                score = max((likeness(wanted, name.casefold()) for name in names), default=0.0)
                if score > 0:
                    scores[noun.name, verb.name] = (score, Guess(noun, verb))
        best = sorted(scores.values(), key=lambda scored: -scored[0])
        return tuple(guess for _, guess in best[:limit])


def index(entries: Iterable[tuple[str, tuple[str, ...], Entry]]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for name, aliases, entry in entries:
        for word in (name, *aliases):
            if folded(word) in found:
                raise ValueError(f"two things are called {word!r}")
            found[folded(word)] = entry
    return found


def take(words: str, entries: Mapping[str, Entry]) -> tuple[Entry | None, str]:
    """The entry that the words begin with, and the rest. Chinese words need no space after them."""
    word, rest = first_word(words)
    found = entries.get(folded(word))
    if found is not None:
        return found, rest
    glued = max((name for name in entries if not name.isascii() and word.startswith(name)), key=len, default="")
    if not glued:
        return None, words.strip()
    return entries[glued], f"{word[len(glued) :].lstrip(TRAILING)} {rest}".strip()


def likeness(wanted: str, name: str) -> float:
    """0 (not alike) to 1; a word that begins with the other is a good guess however short it is."""
    if not wanted or not name:
        return 0.0
    if len(wanted) > 1 and (name.startswith(wanted) or wanted.startswith(name)):
        return 0.9
    ratio = difflib.SequenceMatcher(None, wanted, name).ratio()
    return ratio if ratio >= (NEAR if name.isascii() else NEAR_CHINESE) else 0.0
