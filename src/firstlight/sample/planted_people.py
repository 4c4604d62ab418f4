"""Invented authors, countries and categories; growing technologies draw more newcomers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firstlight.sample import planted_vocabulary as vocabulary

COUNTRIES = ("US", "CN", "DE", "JP", "GB", "FR", "KR", "IN", "IT", "BR", "CA", "ZA")
CATEGORIES = tuple(f"field-{k:02d}" for k in range(1, 9))
NEW_AUTHORS, NEW_PER_GROWTH = 0.20, 1.2
FOUNDERS = 10  # the first authors of a pool, new to the record whatever the chance
# Surnames of the invented: consonant and vowel, three times.
SYLLABLES = tuple(a + b for a in "bdfghklmnprstvz" for b in "aeiou")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def newcomer_chance(growth_rate: Floats) -> Floats:
    """Chance that an author is new, from the yearly growth of the technology's log share; 0.08 to 0.85.

    >>> newcomer_chance(np.array([-0.5, 0.0, 0.2])).round(2).tolist()
    [0.08, 0.2, 0.44]
    """
    return np.clip(NEW_AUTHORS + NEW_PER_GROWTH * growth_rate, 0.08, 0.85)


def draw_authors(pool: Ints, chance: Floats, language: str, rng: np.random.Generator) -> list[list[str]]:
    """One to five authors per document, by name and without repeats.

    pool   : (documents,), which pool the authors come from; documents are in order of date
    chance : (documents,), chance that an author is new to the pool
    """
    people = np.minimum(rng.geometric(0.4, len(pool)), 5)
    document = np.repeat(np.arange(len(pool)), people)
    order = np.argsort(pool[document], kind="stable")
    sorted_pool = pool[document][order]
    is_new = (rng.random(len(document)) < chance[document])[order]
    begins = np.flatnonzero(np.concatenate([[True], sorted_pool[1:] != sorted_pool[:-1]]))
    group = np.cumsum(np.isin(np.arange(len(document)), begins)) - 1
    is_new |= np.arange(len(document)) - begins[group] < FOUNDERS
    number = np.cumsum(is_new) - 1  # newcomers so far, over all pools one after the other
    base = number[begins][group]
    known = number - base + 1
    # Those who came lately are the likelier to write again.
    back = np.minimum((known * rng.random(len(document)) ** 1.5).astype(np.int64), known - 1)
    author = np.empty(len(document), dtype=np.int64)
    author[order] = np.where(is_new, number, number - back)
    names = author_names(int(author.max()) + 1, language)
    ends = np.cumsum(people)
    flat = author.tolist()
    return [[names[a] for a in dict.fromkeys(flat[e - p : e])] for p, e in zip(people, ends, strict=True)]


def author_names(count: int, language: str) -> list[str]:
    """Different invented names.

    >>> author_names(2, "en"), len(set(author_names(200_000, "zh")))
    (['A. Bababa', 'C. Bimevu'], 200000)
    """
    number = np.arange(count)
    if language == "en":
        syllable = np.array(SYLLABLES, dtype=object)
        n = len(syllable)
        mixed = (number * 1_234_577) % (26 * n**3)
        initial = np.array([chr(65 + k) for k in range(26)], dtype=object)
        surname = syllable[mixed % n] + syllable[mixed // n % n] + syllable[mixed // n**2 % n]
        again = number // (26 * n**3)
        more = ["" if k == 0 else f" {k + 1}" for k in again.tolist()]
        return [f"{i}. {s.capitalize()}{m}" for i, s, m in zip(initial[mixed // n**3], surname, more, strict=True)]
    first, given = np.array(vocabulary.SURNAMES_ZH, dtype=object), np.array(vocabulary.GIVEN_ZH, dtype=object)
    n, capacity = len(given), len(first) * len(given) ** 2
    mixed = (number * 12_347) % capacity
    names = first[mixed // n**2] + given[mixed % n] + given[mixed // n % n]
    again = number // capacity
    return [name if k == 0 else f"{name}{k + 1}" for name, k in zip(names.tolist(), again.tolist(), strict=True)]


def draw_countries(technology: Ints, rng: np.random.Generator) -> list[list[str]]:
    """One or two countries per document; each technology (and the background, -1) leans towards some."""
    leaning = rng.dirichlet(np.full(len(COUNTRIES), 0.8), int(technology.max()) + 2)
    running = np.cumsum(leaning, axis=1)[technology]
    first, second = ((rng.random(len(technology))[:, None] > running[:, :-1]).sum(axis=1) for _ in range(2))
    is_joint = rng.random(len(technology)) < 0.25
    rows = zip(first.tolist(), second.tolist(), is_joint.tolist(), strict=True)
    return [sorted({COUNTRIES[a], COUNTRIES[b]}) if joint else [COUNTRIES[a]] for a, b, joint in rows]


def draw_categories(technology: Ints, rng: np.random.Generator) -> list[list[str]]:
    """One or two categories per document: the technology's own first (the background has all), now and then another."""
    n = len(CATEGORIES)
    own = np.where(technology >= 0, technology % n, rng.integers(0, n, len(technology)))
    other = rng.integers(0, n, len(technology))
    is_second = (rng.random(len(technology)) < 0.3) & (other != own)
    rows = zip(own.tolist(), other.tolist(), is_second.tolist(), strict=True)
    return [[CATEGORIES[a], CATEGORIES[b]] if second else [CATEGORIES[a]] for a, b, second in rows]
