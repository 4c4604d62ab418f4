"""What a phrase in a person's words asks for, among things that their own words describe."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from firstlight.texts import LANGUAGES, WORDS, Texts

MOST = 3  # things that are named for a phrase
# how much it counts where a word stands: what people call a thing, what it answers, all it says
WEIGHTS = {"called": 1.0, "answers": 0.7, "says": 0.1}
ALIKE = 0.85  # from which likeness on a word is taken for a name
MENTION = 0.02  # so that of two that are called alike the one comes first that says it more
_CHINESE = re.compile("[\u4e00-\u9fff]+")
_ENGLISH = re.compile("[a-z0-9]+")
_ENDINGS = re.compile("(?:(?:at)?(?:ion|ing|er|or|ed|e)|ment|[ae]nce|ity|itie)?s?$")
_SHORTEST = 3  # letters that are left of a word without its ending


def nearest(phrase: str, described: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The things, three at most, whose words hold most of a phrase, the nearest first; before them
    the one whose name it begins with.

    described : name -> where its words stand, of ``WEIGHTS`` -> the words, in any languages

    A word of a phrase counts by how few things are called so, in pairs of letters in Chinese, and
    in English by its stem.

    >>> words = {"talent": {"called": "brain drain, 人才流失"}, "shock": {"called": "supplier stops"}}
    >>> nearest("人才都流失了", words), nearest("a supplier stopped", words), nearest("noise", words)
    (['talent'], ['shock'], [])
    """
    asked = set(_tokens(phrase))
    held = {name: _weights(tuple(words.items())) for name, words in described.items()}
    rarity = {token: _rarity(token, held) ** 2 for token in asked}  # for the phrase, and the words
    scores = {
        name: math.fsum(rarity[token] * weights.get(token, 0.0) for token in sorted(asked))
        for name, weights in held.items()
    }
    ranked = sorted((-score, name) for name, score in scores.items() if score)
    return list(dict.fromkeys([*_slips(phrase, described), *(name for _, name in ranked)]))[:MOST]


def _slips(phrase: str, names: Iterable[str]) -> list[str]:
    """The name that a phrase begins with, but for a slip of the keyboard; none for short words:
    "how" is no "show"."""
    begins = [word for word in phrase.split()[:1] if len(word) > _SHORTEST]
    return [each for word in begins for each in get_close_matches(word, names, 1, ALIKE)]


@cache
def _weights(given: tuple[tuple[str, str], ...]) -> Mapping[str, float]:
    """Token -> the largest weight of the places where it stands, and a little for each mention."""
    words, weights = dict(given), dict[str, float]()
    mentions = Counter[str]()
    for place in sorted(WEIGHTS, key=WEIGHTS.__getitem__):
        tokens = list(_tokens(words.get(place, "")))
        weights |= dict.fromkeys(tokens, WEIGHTS[place])
        mentions.update(tokens)
    return {token: own + MENTION * math.log1p(mentions[token]) for token, own in weights.items()}


def _rarity(token: str, held: Mapping[str, Mapping[str, float]]) -> float:
    count = sum(weights.get(token, 0.0) for weights in held.values())
    return math.log1p(len(held) / (1 + count))


def _tokens(text: str) -> Iterator[str]:
    """Stems of English words, and pairs of Chinese letters; what every question holds aside."""
    stop, parts = _said_by_all()
    for word in _ENGLISH.findall(text.lower()):
        if word not in stop:
            yield _stem(word)
    for run in _CHINESE.findall(parts.sub(" ", text)):
        yield from (run[at : at + 2] for at in range(len(run) - 1))


@cache
def _said_by_all() -> tuple[frozenset[str], re.Pattern[str]]:
    """The words of all languages that say nothing of what is asked for; the Chinese stand within
    what is written without spaces."""
    stop = [word for lang in LANGUAGES for word in Texts(WORDS).say(lang, "search", "stop").split()]
    return frozenset(stop), re.compile("|".join(filter(_CHINESE.match, stop)))


def _stem(word: str) -> str:
    """A word without its ending, where enough is left.

    >>> _stem("suppliers"), _stem("supply"), _stem("collaborates"), _stem("collaboration")
    ('suppl', 'suppl', 'collabor', 'collabor')
    """
    stem = _ENDINGS.sub("", word)
    if len(stem) < _SHORTEST:
        stem = word.removesuffix("s")
    return stem.rstrip("eiy").replace("iz", "is")
