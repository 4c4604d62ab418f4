"""How likely decoded words are as text of some languages, by the frequencies of characters and of
pairs of letters.

``characters.csv`` holds what was counted in translation catalogues of free programs (Django,
Sphinx, JupyterLab), in names of places and languages of CLDR, and in Chinese titles and abstracts
of arXiv; ``name_characters.csv`` what was counted in names of persons and places, which a file may
hold alone (docs/generate/name_characters.py): costs in half nats alone, no text.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np

# What was counted, and the share of words that it speaks for.
TABLES = (("characters.csv", 0.7), ("name_characters.csv", 0.3))
# nats: a byte that doesn't decode, a control character, a code point without a character
IMPOSSIBLE = 16.0
UNKNOWN = 13.0  # nats: a character that the language's table lacks
# nats: the same, where the character is among those that its script's first standard calls common
_RARE = 11.0
_ENTRY = 2.5  # nats: hanzi, kana or hangul after anything else
# nats: two letters that the table has never seen together, beside the rarity of the second
_NO_PAIR = 4.0
# nats: letters of ASCII amid a script without pairs, digits, signs
_LOWER, _DIGIT, _OTHER = 3.0, 3.5, 6.0
_DIGIT_ABROAD = 5.0  # nats: a digit of another script than ASCII
_CASE = 3.0  # nats: a capital after a small letter
_IN_WORD = 2.0  # nats: a sign beside a letter, where signs seldom stand
_SIGN_BEFORE = 4.0  # nats: a letter right after a sign that seldom opens a word
_FOREIGN = 0.003  # words of each foreign language that are expected beside one of the native ones
_BESIDE = 3.0  # nats: a hanzi, kana or hangul syllable right beside a small Latin letter
_MINGLED = 6.0  # nats: a Latin letter right beside one of another alphabet
_BESIDE_WIDE = re.compile("[a-z](?=[\u3041-\ud7ff])|[\u3041-\ud7ff](?=[a-z])")
_MINGLED_LETTERS = re.compile("[A-Za-z](?=[\u0370-\u0fff])|[\u0370-\u0fff](?=[A-Za-z])")
_SIGNS = {
    **dict.fromkeys("’“”–", 4.0),
    **dict.fromkeys("‘—…°±×µ®™©€£§·•", 5.0),
    **dict.fromkeys("«»„‚²³½¼¾¿¡¹ªº¥¢¬¶÷\u00a0‰†‡‹›¦¨¯´¸¤", 9.0),
    **dict.fromkeys("，。、；：（）「」『』《》〈〉【】！？～％－\u3000〔〕‧・", 6.0),
}
_FREE = set("’，。、；：（）「」『』《》〈〉【】！？～％－\u3000〔〕‧・·")
# Signs that stand before a number or a space, seldom before a letter.
_NOT_OPENING = set("²³½¼¾¹ªº¥¢¬¶÷†‡›¦¨¯´¸¤£©®»·€")
_COMMON = {"zh_Hans": "gb2312", "zh_Hant": "big5", "ja": "shift_jis", "ko": "euc_kr"}
_COMMON_LEADS = {
    "gb2312": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "shift_jis": (0x81, 0x97),
    "euc_kr": (0xA1, 0xC8),
}


@dataclass(frozen=True)
class Language:
    """Costs (negative log probabilities, nats) of characters, and of pairs of letters in lower
    case."""

    name: str
    single: Mapping[str, float]
    pairs: Mapping[str, float]


@dataclass
class _Tables:
    single: dict[str, float] = field(default_factory=dict)
    pairs: dict[str, float] = field(default_factory=dict)


@cache
def languages() -> Mapping[str, Language]:
    """The languages whose characters were counted, by their codes."""
    tables = dict[str, _Tables]()
    for table, share in TABLES:
        for row in _rows(table):
            own = tables.setdefault(row["language"], _Tables())
            texts, length = row["texts"], int(row["length"])
            kept = own.single if length == 1 else own.pairs
            cost = int(row["half_nats"]) / 2 - math.log(share)
            for at in range(0, len(texts), length):
                text = texts[at : at + length]
                kept[text] = -float(np.logaddexp(-cost, -kept.get(text, math.inf)))
    return {name: Language(name, own.single, own.pairs) for name, own in tables.items()}


def _rows(table: str) -> Iterable[dict[str, str]]:
    text = files("firstlight.sources").joinpath(table).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def word_costs(
    words: Sequence[str], native: Iterable[str], foreign: Iterable[str] = ()
) -> list[float]:
    """What each word costs in nats, in the likeliest of some languages; languages seen often cost
    less.

    words   : decoded, without spaces; U+FFFD stands for a byte that doesn't decode
    native  : codes of the languages that the words are likely to be of
    foreign : codes of others that they may be of

    >>> word_costs(["łączność"], ["pl"]) < word_costs(["łączność"], ["fr"])
    True
    """
    first = list(native)
    others = [name for name in foreign if name not in first]
    known = [languages()[name] for name in (*first, *others)]
    priced = [_priced(word, known) for word in words]
    seen = [1.0 / len(first)] * len(first) + [_FOREIGN] * len(others)
    for each in priced:
        seen[each.index(min(each))] += 1
    shares = [-math.log(one / sum(seen)) for one in seen]
    return [min(cost + share for cost, share in zip(each, shares, strict=True)) for each in priced]


def _priced(word: str, known: Sequence[Language]) -> list[float]:
    shared, letters = _parted(word)
    return [shared + sum(_letter(before, one, own) for before, one in letters) for own in known]


def _parted(word: str) -> tuple[float, list[tuple[str, str]]]:
    """The cost that all languages agree on, and the pairs (letter before, character) that each
    prices."""
    total, letters, before = _of_scripts(word), list[tuple[str, str]](), " "
    was_small = after_sign = False
    for given in word:
        character = given.lower()[0]
        is_letter = unicodedata.category(given)[0] in "LM" and given not in _SIGNS
        if is_letter and given != character:
            total += _CASE if was_small else 1.0
        was_small = is_letter and given == character and given.upper() != given
        if given.isascii() and not is_letter:
            letters.append((before, " "))
            total += _DIGIT if given.isdigit() else _OTHER
            before = " "
        elif is_letter:
            letters.append((before, character))
            if after_sign:
                total += _SIGN_BEFORE
            before = character
        else:
            total += _of_sign(given, before)
            before = " "
        after_sign = given in _NOT_OPENING
    letters.append((before, " "))
    return total, letters


def _of_scripts(word: str) -> float:
    """The cost of scripts that change amid a word of small Latin letters."""
    return _BESIDE * len(_BESIDE_WIDE.findall(word)) + _MINGLED * len(
        _MINGLED_LETTERS.findall(word)
    )


def is_wide(character: str) -> bool:
    """Whether a character is a hanzi, kana or hangul syllable."""
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7a3"
    )


def _of_sign(sign: str, before: str) -> float:
    kind = unicodedata.category(sign)
    if sign == "\ufffd" or kind[0] == "C":
        return IMPOSSIBLE
    if kind == "Nd":
        return _DIGIT_ABROAD
    cost = _SIGNS.get(sign, UNKNOWN)
    if before != " " and not is_wide(before) and sign not in _FREE:
        cost += _IN_WORD
    return cost


def _letter(before: str, character: str, own: Language) -> float:
    """What a character costs in a language after the one before it; a space ends a word."""
    if is_wide(character):
        cost = own.single.get(character, _rare(character, own.name))
        return cost if is_wide(before) else cost + _ENTRY
    if is_wide(before):  # which the pairs of an alphabet don't hold
        before = " "
    if character == " " and (before == " " or not own.pairs):
        return 0.0
    if not own.pairs and character.isascii():
        return _LOWER
    pair = own.pairs.get(before + character)
    if pair is not None:
        return pair
    if character == " ":
        return _NO_PAIR
    if character.isascii():
        return _LOWER + _NO_PAIR
    return own.single.get(character, UNKNOWN) + _NO_PAIR


@cache
def _rare(character: str, language: str) -> float:
    """The cost of a hanzi, kana or syllable that the table lacks."""
    standard = _COMMON.get(language)
    if standard is None:
        return UNKNOWN + _NO_PAIR
    try:
        lead = character.encode(standard)[0]
    except UnicodeEncodeError:
        return UNKNOWN + 2
    low, high = _COMMON_LEADS[standard]
    return _RARE if low <= lead <= high else UNKNOWN
