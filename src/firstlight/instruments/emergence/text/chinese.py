"""Chinese cut into words whose affixes stay with them, and the words of its closed classes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import polars as pl

from firstlight.instruments.emergence import running_text

_HAN = r"\p{Han}"
_NO_HAN = r"(^|[^\p{Han}])"
_THEN_NO_HAN = r"([^\p{Han}]|$)"
_NOTHING = r"[^\s\S]"  # no character at all


def segment(texts: pl.Series) -> pl.Series:
    """Spaces between the words of every text with Chinese characters; others come back as they are.

    A dictionary cuts off prefixes and suffixes ("pre", "ity"), which would leave "training" in
    "pre-training" and "interpret" in "interpretability"; here they stay with their word. Hyphens
    between words that are written without spaces stay too.
    """
    is_chinese = texts.str.contains(_HAN).fill_null(False)
    if not is_chinese.any():
        return texts
    rows = is_chinese.arg_true()
    cut = running_text.segment_chinese(texts[rows]).to_frame("text")
    joined = cut.select(_with_affixes(pl.col("text"))).to_series()
    return texts.clone().scatter(rows, joined)  # scatter changes what it is called on


def _with_affixes(text: pl.Expr) -> pl.Expr:
    """Words cut apart by single spaces, with their affixes; a space of the text itself is three."""
    prefix, suffix = _any("prefixes"), _any("suffixes")
    # The longest first, since a pattern takes the first word that fits.
    function = "|".join(sorted(function_words(), key=lambda word: (-len(word), word)))
    steps = (
        (rf"({_HAN}{{2}}) 集(中|上|内|里){_THEN_NO_HAN}", "$1集 $2$3"),  # "in the data set"
        (rf"{_NO_HAN}{prefix} ({_HAN}{{2}})", "$1$2$3"),
        (rf"{_NO_HAN}{prefix}({function}){_THEN_NO_HAN}", "$1$2 $3$4"),
        (rf"({_HAN}{{2}}) {suffix}{_THEN_NO_HAN}", "$1$2$3"),
        (rf"({_HAN}) - ({_HAN})", "$1-$2"),
    )
    for pattern, replacement in steps:
        for _ in range(2):  # a word may have two, and neighbours share the space between them
            text = text.str.replace_all(pattern, replacement)
    whole = _of_prefix_and_function_word()
    return text.str.replace_many(
        [f" {word[0]} {word[1:]} " for word in whole], [f" {word} " for word in whole]
    )


@cache
def _of_prefix_and_function_word() -> list[str]:
    """Function words that a prefix and another of them make: "can" is "-able" and "with"."""
    every = function_words()
    return sorted(word for word in every if word[0] in _lists()["prefixes"] and word[1:] in every)


def function_words() -> frozenset[str]:
    """Words of closed classes, which end a phrase."""
    return running_text.CHINESE_FUNCTION_WORDS | _lists()["function_words"]


def around_attributes() -> tuple[list[str], list[str]]:
    """Words that only predicates follow, and those that follow attributes and predicates."""
    return sorted(_lists()["before_predicates"]), sorted(_lists()["after_attributes"])


def is_compound(phrase: pl.Expr) -> pl.Expr:
    """True for a single word that is a name by its make: of four characters, or with a prefix.

    "Pre-training" is one; "uncertainty" and "regularization", made by a suffix, are plain words.
    """
    is_long = phrase.str.contains(rf"^(?:{_HAN}{{4}}|{_any('prefixes')}{_HAN}{{2}})")
    is_plain = phrase.str.contains(rf"^{_HAN}+{_any('abstract')}$")
    return is_long & ~is_plain


def holds_chinese(phrase: pl.Expr) -> pl.Expr:
    """True where a Chinese character stands."""
    return phrase.str.contains(_HAN)


def is_adjective(word: pl.Expr) -> pl.Expr:
    """True for a word of two characters behind a prefix that makes adjectives: "interpretable"."""
    return word.str.contains(rf"^{_any('adjectives')}{_HAN}{{2}}$")


def is_activity(phrase: pl.Expr) -> pl.Expr:
    """True for a name of an activity, as words in -ing are: "machine learning"."""
    return phrase.str.contains(rf"(?:{'|'.join(sorted(_lists()['activities']))})$")


def variants_of(name: str, others: Sequence[str]) -> list[str]:
    """Those that are a name but for characters inside, or one that is so to another of them.

    >>> variants_of("大型语言模型", ["大语言模型", "大规模语言模型", "语言模型", "多语言模型"])
    ['大语言模型', '大规模语言模型']
    """
    found, left = [name], [other for other in others if other != name]
    for one in found:  # which grows as it is read
        found += [other for other in left if _differs_inside(one, other)]
        left = [other for other in left if other not in found]
    return found[1:]


def _differs_inside(one: str, other: str) -> bool:
    """Whether one has all characters of the other in their order, first and last alike."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return short[0] == long[0] and short[-1] == long[-1] and all(char in rest for char in short)


def begins(phrase: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """True where a long word begins with one of some words: the dictionary has it as one."""
    return phrase.str.contains(rf"^{_chinese(words)}{_HAN}{{2,}}$")


def ends(phrase: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """True where a long last word ends with one of some words, or the last words make one."""
    long = [word for word in words if len(word) > 3]
    last = rf"(?:^| ){_HAN}{{2,}}{_chinese(words)}$"
    return phrase.str.contains(last) | phrase.str.replace_all(
        rf"({_HAN}) ({_HAN})", "$1$2"
    ).str.contains(rf"{_chinese(long)}$")


def _chinese(words: Sequence[str]) -> str:
    """A pattern of the Chinese ones among some words; it matches nothing where there are none."""
    listed = [word for word in words if re.fullmatch(r"[\u4e00-\u9fff]{2,}", word)]
    if not listed:
        return _NOTHING
    return f"(?:{'|'.join(listed)})"


def _any(group: str) -> str:
    return f"([{''.join(sorted(_lists()[group]))}])"


@cache
def _lists() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("chinese.toml").read_text(encoding="utf-8")
    return {group: frozenset(words.split()) for group, words in tomllib.loads(text).items()}
