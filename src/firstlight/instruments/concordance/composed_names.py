"""English and Chinese names that are put together from the same parts, learned from the names that
ship in both languages.

A word (or two) of English and a piece of Chinese belong together by the Dice coefficient of the
pairs of names that hold them (Smadja, McKeown and Hatzivassiloglou 1996, Computational Linguistics
22(1)). Two names are one thing where pieces cover the whole Chinese name, each word of the English
one stands for one of them, and neither has a partner that fits better. Of 337 names of technologies
in plans that stand in none of the lists learned from, 181 find their partner; of 7 more pairs all
but one are right as well (`benchmarks/concordance/composed_names.py`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from firstlight.instruments.concordance.code_lists import code_list, code_lists
from firstlight.instruments.concordance.plan_check.written_names import thing_key, written

__all__ = ["composed_pairs"]

Pairs = tuple[tuple[str, str], ...]
Parts = Mapping[str, Mapping[str, float]]
LEAST = 0.5  # geometric mean of the coefficients over the signs, from which two names are one
WEAK = 0.03  # a coefficient below it is by chance
LONGEST_PIECE = 6
LONGEST_NAME = 14
MOST_WORDS = 7


def composed_pairs(
    english: Iterable[str], chinese: Iterable[str], known: Pairs
) -> Iterator[tuple[str, str]]:
    """Names in English and in Chinese of one thing, that fit each other best.

    known : English and Chinese names of one thing, that parts are learned from

    >>> known = (("quantum chip", "量子芯片"), ("quantum sensor", "量子传感器"), ("optical chip",
    ...     "光芯片"), ("optical sensor", "光传感器"), ("neural chip", "神经芯片"))
    >>> list(composed_pairs(["neural sensors"], ["神经传感器", "神经芯片"], known))
    [('neural sensors', '神经传感器')]
    """
    words = {name: own for name in english if 1 <= len(own := _words(name)) <= MOST_WORDS}
    signs = {name: text for name in chinese if 1 <= len(text := _signs(name)) <= LONGEST_NAME}
    if not words or not signs:
        return
    parts = _parts(known)
    best: dict[str, tuple[float, str]] = {}
    for one, other in _worth_comparing(words, signs, parts):
        fit = _fit(words[one], signs[other], parts)
        if fit >= LEAST:
            best[one] = max(best.get(one, (0.0, "")), (fit, other))
            best[other] = max(best.get(other, (0.0, "")), (fit, one))
    for one in sorted(words):
        if one in best and best[best[one][1]][1] == one:
            yield one, best[one][1]


def _worth_comparing(
    words: Mapping[str, tuple[str, ...]], signs: Mapping[str, str], parts: Parts
) -> Iterator[tuple[str, str]]:
    """English names, each with the Chinese ones that begin with a piece for one of its words."""
    holding: dict[str, set[str]] = defaultdict(set)
    for name, name_words in words.items():
        for _, word in _with_next(name_words):
            for piece in parts.get(word, (word,)):
                holding[piece].add(name)
    for name, characters in signs.items():
        starts = {characters[: end + 1] for end in range(LONGEST_PIECE)}
        for other in {other for piece in starts for other in holding.get(piece, ())}:
            yield other, name


def _words(name: str) -> tuple[str, ...]:
    """The words of an English name that tell it from others; none for a name in Chinese."""
    plain = written(name)
    return () if plain.is_han else plain.core or plain.words


def _signs(name: str) -> str:
    """The signs of a Chinese name without the words of plans; "" for a name in English."""
    return thing_key(name) if written(name).is_han else ""


def _with_next(words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Which words are taken, as bits, and what they are called: each alone, and with the next."""
    for place, word in enumerate(words):
        yield 1 << place, word
        if place + 1 < len(words):
            yield 3 << place, f"{word} {words[place + 1]}"


@cache
def _parts(known: Pairs) -> Parts:
    """One or two words -> pieces of Chinese names, with how surely these stand for them."""
    of_words = Counter[str]()
    of_pieces = Counter[str]()
    both: dict[str, Counter[str]] = defaultdict(Counter)
    official = (code_list(name).select("name_en", "name_zh") for name in code_lists())
    every = {*known, *(pair for names in official for pair in names.drop_nulls().iter_rows())}
    for english, chinese in every:
        signs = _signs(chinese)
        if not signs or len(signs) > LONGEST_NAME:
            continue
        pieces = {
            signs[start:end]
            for start in range(len(signs))
            for end in range(start + 1, min(len(signs), start + LONGEST_PIECE) + 1)
        }
        of_pieces.update(pieces)
        for word in {word for _, word in _with_next(_words(english))}:
            of_words[word] += 1
            both[word].update(pieces)
    parts: dict[str, dict[str, float]] = {}
    for word, counts in both.items():
        sure = {piece: 2 * n / (of_words[word] + of_pieces[piece]) for piece, n in counts.items()}
        parts[word] = {piece: share for piece, share in sure.items() if share >= WEAK}
    return parts


def _fit(words: tuple[str, ...], signs: str, parts: Parts) -> float:
    """How well pieces that stand for all words cover the signs: the geometric mean over these; 0
    where nothing covers them."""
    units = [(taken, parts.get(word, {word: 1.0})) for taken, word in _with_next(words)]
    reached: list[dict[int, float]] = [{0: 0.0}, *({} for _ in signs)]
    for place in range(len(signs)):
        for end in range(place + 1, min(len(signs), place + LONGEST_PIECE) + 1):
            piece = signs[place:end]
            for taken, pieces in units:
                share = pieces.get(piece, 0.0)
                if not share:
                    continue
                for before, value in reached[place].items():
                    if before & taken:
                        continue
                    whole = value + math.log(share) * (end - place)
                    after = reached[end]
                    after[before | taken] = max(after.get(before | taken, whole), whole)
    whole_name = reached[-1].get((1 << len(words)) - 1)
    return 0.0 if whole_name is None else math.exp(whole_name / len(signs))
