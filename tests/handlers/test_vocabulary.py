"""How words are read, and what was probably meant."""

import pytest

from handlers.core.feature import Noun, Verb
from handlers.core.router import Router
from handlers.core.vocabulary import Vocabulary, first_word, folded
from handlers.core.voices import Voice
from tests.handlers.stage import SHANGHAI

CHINESE, ENGLISH = Voice("zh-CN", SHANGHAI), Voice("en", SHANGHAI)


@pytest.mark.parametrize(
    ("words", "noun", "verb", "rest"),
    [
        ("checklist", "checklist", "", ""),
        ("CheckList", "checklist", "", ""),
        ("清单", "checklist", "", ""),
        ("清单。", "checklist", "", ""),
        ("清单！！", "checklist", "", ""),
        ("checklist?", "checklist", "", ""),
        ("ｃｈｅｃｋｌｉｓｔ", "checklist", "", ""),
        ("清单 今晚场", "checklist", "", "今晚场"),
        ("清单今晚", "checklist", "", "今晚"),
        ("清单：今晚", "checklist", "", "今晚"),
        ("检查\u3000今晚", "checklist", "", "今晚"),
        ("\u200b清\u200b单\ufeff", "checklist", "", ""),
        ("  checklist \n tonight  ", "checklist", "", "tonight"),
        ("show new", "show", "new", ""),
        ("show NEW Winter Coats", "show", "new", "Winter Coats"),
        ("场次新建周末专场", "show", "new", "周末专场"),
        ("场次 新建 周末专场！", "show", "new", "周末专场！"),
        ("show nwe", "show", None, "nwe"),
        ("help 清单", "help", "", "清单"),
        ("帮助", "help", "", ""),
    ],
)
def test_words_are_read(router: Router, words: str, noun: str, verb: str | None, rest: str) -> None:
    wish = router.vocabulary.read(words)
    assert wish is not None
    assert (wish.noun.name, wish.verb.name if wish.verb else None, wish.rest) == (noun, verb, rest)


@pytest.mark.parametrize("words", ["", "  ", "checklists2", "live", "\u200b", "\u202e", "清", "x" * 40_000])
def test_other_words_are_not(router: Router, words: str) -> None:
    assert router.vocabulary.read(words) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("checklst", "checklist"),
        ("chekclist", "checklist"),
        ("CHECK", "checklist"),
        ("清", "checklist"),
        ("清淡", "checklist"),
        ("单清", "checklist"),
        ("检测", "checklist"),
        ("shwo", "show"),
        ("rolle", "role"),
        ("岗", "role"),
        ("hlep", "help"),
        ("new", "show new"),
        ("新建", "show new"),
        ("weather", None),
        ("今天天气怎么样", None),
    ],
)
def test_near_misses(router: Router, word: str, expected: str | None) -> None:
    guesses = [guess.words(ENGLISH) for guess in router.vocabulary.nearest(word)]
    assert len(guesses) <= 3
    assert guesses[:1] == ([expected] if expected else [])


def test_guesses_are_said_in_the_readers_language(router: Router) -> None:
    (guess,) = router.vocabulary.nearest("nwe", within=router.vocabulary.noun("show"))
    assert guess.words(CHINESE) == "场次 新建"
    assert guess.words(ENGLISH) == "show new"


@pytest.mark.parametrize(
    ("word", "same"), [("ＡＢＣ", "abc"), ("清单。！", "清单"), ("\u2067x\u2069", "x"), ("Ｓtraße", "strasse")]
)
def test_folding(word: str, same: str) -> None:
    assert folded(word) == same


def test_the_first_word_may_follow_unseen_ones() -> None:
    assert first_word("\u200b \ufeff 清单  今晚 ") == ("清单", "今晚")
    assert first_word("\u200b") == ("", "")


def test_two_things_with_one_name_are_refused() -> None:
    def noun(name: str, *aliases: str) -> Noun:
        return Noun(name, aliases, "", (Verb("", lambda context, words: None, ""),))

    with pytest.raises(ValueError, match="two things are called '清单'"):
        Vocabulary((noun("a", "清单"), noun("b", "清单")))
