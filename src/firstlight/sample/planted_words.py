"""Invented technical phrases: pronounceable stems, phrases of one to four words, acronyms and plurals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firstlight.sample import planted_vocabulary as vocabulary

STEMS_EACH, PHRASES_EACH = 4, 8
# A phrase by its parts: a digit is one of its stems, h a shared head noun; the two long ones get an acronym.
PATTERNS = ("0h", "1", "01", "31h", "1h", "02hh", "2h", "3h")
PATTERNS_ZH = ("0h", "1h", "01", "31h", "01h", "023h", "2h", "3h")
ABBREVIATED = (3, 5)
LOOSE_PATTERNS = ("01", "0h", "01h", "1h")

ONSETS = (
    "b",
    "br",
    "c",
    "cr",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gl",
    "gr",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "qu",
    "r",
    "s",
    "sk",
    "sp",
    "st",
    "t",
    "tr",
    "v",
    "vr",
    "z",
)
VOWELS = ("a", "e", "i", "o", "u", "ae", "ea", "io")
MIDDLES = (
    "b",
    "d",
    "g",
    "l",
    "lm",
    "lt",
    "m",
    "n",
    "nd",
    "nt",
    "r",
    "rb",
    "rk",
    "rm",
    "rv",
    "s",
    "st",
    "t",
    "v",
    "x",
    "z",
)
ADJECTIVE_ENDS = ("ic", "al", "ine", "oid", "ar")
NOUN_ENDS = ("on", "ode", "ite", "ium", "ane", "ule", "or", "ax")


@dataclass(frozen=True)
class PlantedPhrases:
    """Technical phrases, those of technologies first and then the loose ones that belong to none.

    phrases  : every phrase in its long form
    plurals  : the same in the plural (in Chinese, unchanged)
    acronyms : the acronym, or "" where the phrase has none
    words    : number of words of each phrase
    owner    : index of the technology; -1 for a loose phrase
    weight   : how often the phrase is chosen within its owner; sums to 1 per owner
    """

    phrases: tuple[str, ...]
    plurals: tuple[str, ...]
    acronyms: tuple[str, ...]
    words: tuple[int, ...]
    owner: tuple[int, ...]
    weight: tuple[float, ...]

    @property
    def loose(self) -> tuple[str, ...]:
        """The phrases that belong to no technology."""
        return tuple(phrase for phrase, k in zip(self.phrases, self.owner, strict=True) if k < 0)


def planted_phrases(technologies: int, language: str, rng: np.random.Generator) -> PlantedPhrases:
    """Eight phrases for each technology and as many loose ones as a quarter of these, all different.

    >>> made = planted_phrases(2, "en", np.random.default_rng(0))
    >>> len(made.phrases), len(set(made.phrases)), sum(a != "" for a in made.acronyms)
    (20, 20, 4)
    """
    loose = max(4, technologies * PHRASES_EACH // 4)
    stems = _stems(technologies * STEMS_EACH + 2 * loose, language, rng)
    heads = vocabulary.HEADS_EN if language == "en" else vocabulary.HEADS_ZH
    patterns = PATTERNS if language == "en" else PATTERNS_ZH
    rows: list[tuple[list[str], int, bool]] = []
    taken: set[str] = set()
    for k in range(technologies):
        own = stems[k * STEMS_EACH : (k + 1) * STEMS_EACH]
        for j, parts in enumerate(_distinct(patterns, own, heads, rng)):
            rows.append((parts, k, j in ABBREVIATED))
    rest = stems[technologies * STEMS_EACH :]
    for k in range(loose):
        pattern = LOOSE_PATTERNS[k % len(LOOSE_PATTERNS)]
        rows.append((_fill(pattern, rest[2 * k : 2 * k + 2], heads, rng), -1, False))
    acronyms = tuple(_acronym(parts, taken, language, rng) if long else "" for parts, _, long in rows)
    joiner = " " if language == "en" else ""
    phrases = tuple(joiner.join(parts) for parts, _, _ in rows)
    plurals = tuple(f"{phrase}s" for phrase in phrases) if language == "en" else phrases
    owner = tuple(k for _, k, _ in rows)
    words = tuple(len(parts) for parts, _, _ in rows)
    return PlantedPhrases(phrases, plurals, acronyms, words, owner, _weights(owner))


def _weights(owner: Sequence[int]) -> tuple[float, ...]:
    """A gentle Zipf law within each owner; loose phrases are all alike."""
    owners = np.asarray(owner)
    weight = np.empty(len(owners))
    for k in np.unique(owners):
        at = np.flatnonzero(owners == k)
        raw = np.ones(len(at)) if k < 0 else 1 / (1 + np.arange(len(at))) ** 0.5
        weight[at] = raw / raw.sum()
    return tuple(weight.tolist())


def _distinct(
    patterns: Sequence[str], own: Sequence[str], heads: Sequence[str], rng: np.random.Generator
) -> list[list[str]]:
    """One phrase per pattern; two phrases of the same stem never take the same head."""
    made: list[list[str]] = []
    for pattern in patterns:
        parts = _fill(pattern, own, heads, rng)
        while parts in made:
            parts = _fill(pattern, own, heads, rng)
        made.append(parts)
    return made


def _fill(pattern: str, own: Sequence[str], heads: Sequence[str], rng: np.random.Generator) -> list[str]:
    chosen = iter(rng.choice(len(heads), pattern.count("h"), replace=False).tolist()) if "h" in pattern else iter(())
    return [heads[next(chosen)] if part == "h" else own[int(part)] for part in pattern]


def _acronym(parts: Sequence[str], taken: set[str], language: str, rng: np.random.Generator) -> str:
    """Initials in English, three letters in Chinese; "" where another phrase has them already. Adds to ``taken``."""
    letters = "ABCDEFGHIKLMNPQRSTUVWXZ"
    if language == "en":
        short = "".join(part[0] for part in parts).upper()
    else:
        short = "".join(letters[i] for i in rng.integers(0, len(letters), 3))
    if short in taken:
        return ""
    taken.add(short)
    return short


def _stems(count: int, language: str, rng: np.random.Generator) -> list[str]:
    if language == "en":
        return _invented_stems(count, rng)
    real = vocabulary.STEMS_ZH
    made = [real[i] for i in rng.permutation(len(real))]
    known = set(made)
    while len(made) < count:  # more technologies than words: join two of them
        a, b = rng.choice(len(real), 2, replace=False)
        if real[a] + real[b] not in known:
            made.append(real[a] + real[b])
            known.add(made[-1])
    return made[:count]


def _invented_stems(count: int, rng: np.random.Generator) -> list[str]:
    """Pronounceable words that differ within their first five letters, in turn adjectives and nouns."""
    plain = {*vocabulary.NOUNS_EN, *vocabulary.PLURALS_EN, *vocabulary.ADJECTIVES_EN, *vocabulary.VERBS_EN}
    starts = {word[:5] for word in [*plain, *vocabulary.HEADS_EN]}
    made: list[str] = []
    while len(made) < count:
        ends = ADJECTIVE_ENDS if len(made) % STEMS_EACH in (0, 3) else NOUN_ENDS
        parts = (ONSETS, VOWELS, MIDDLES, VOWELS, MIDDLES, ends)
        stem = "".join(part[int(rng.integers(len(part)))] for part in parts)
        if stem[:5] not in starts:
            made.append(stem)
            starts.add(stem[:5])
    return made
