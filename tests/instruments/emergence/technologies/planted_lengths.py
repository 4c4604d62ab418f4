"""Invented abstracts that grow longer or shorter, in which technologies take off or stay.

Nothing in them is real. Each sentence names a technology with a chance of its own, whatever the
document's length: a document of twice as many sentences names twice as many, and the true share of
a technology is its chance in a sentence.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import polars as pl

SYLLABLES = ("vel", "cor", "rin", "tam", "mol", "ped", "zun", "lif", "gar", "nok", "bel", "sur")
FIRST, LAST, RISES = 2005, 2016, 2013
LEVEL, RISING = 20, 8  # technologies that stay, and that rise
DOCUMENTS = 300  # of a year
ByYear = Callable[[int], float]


def longer(year: int) -> float:
    """12 sentences, from 2011 on two more each year, up to 20."""
    return float(np.clip(12 + 2 * (year - 2010), 12, 20))


def longer_at_once(year: int) -> float:
    """12 sentences, from 2013 on 18."""
    return 12.0 + 6.0 * (year >= RISES)


def shorter(year: int) -> float:
    """20 sentences, from 2011 on two fewer each year, down to 12."""
    return 32.0 - longer(year)


@cache
def names() -> tuple[str, ...]:
    """Two made-up words each: first those that stay, then those that rise."""
    words = np.random.default_rng(5).permutation(_words())
    return tuple(f"{words[2 * k]} {words[2 * k + 1]}" for k in range(LEVEL + RISING))


def chances(year: int) -> np.ndarray:
    """(K,) chance that a sentence names each technology: of those that rise, it grows fourfold."""
    rise = 1.0 + 3.0 * (year >= RISES)
    return np.repeat([0.01, 0.004 * rise], [LEVEL, RISING])


@cache
def planted(sentences: ByYear, seed: int = 0) -> pl.DataFrame:
    """Documents in the order of their dates: id, date, year, title, abstract, authors, source."""
    rng = np.random.default_rng(seed)
    fillers = _fillers(rng)
    rows = [
        _document(year, place, sentences(year), fillers, rng)
        for year in range(FIRST, LAST + 1)
        for place in range(DOCUMENTS)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"year": pl.Int32})
    return frame.with_columns(date_precision=pl.lit("year"), source=pl.lit("a"))


def _document(
    year: int, place: int, mean: float, fillers: Iterator[str], rng: np.random.Generator
) -> dict[str, object]:
    number = max(int(rng.normal(mean, 2.0)), 4)
    named = rng.random((number, LEVEL + RISING)) < chances(year)
    texts = [_sentence([names()[k] for k in np.flatnonzero(row)], fillers) for row in named]
    titled = np.flatnonzero(rng.random(LEVEL + RISING) < 2 * chances(year))
    about = names()[titled[0]] if len(titled) else next(fillers)
    return {
        "id": f"{year}-{place:04d}",
        "date": datetime.date(year, 1, 1),
        "year": year,
        "title": f"A {next(fillers)} of the {about}",
        "abstract": " ".join(texts),
        "authors": [f"Author {rng.integers(900)}"],
    }


def _sentence(named: list[str], fillers: Iterator[str]) -> str:
    """About ten words; a technology that is named is named twice."""
    again = [f"the {name} and" for name in named] or [f"the {next(fillers)} for"]
    subject = " ".join(again)
    return f"Of {subject} this {next(fillers)} we use {subject} a {next(fillers)}."


def _words() -> list[str]:
    rng = np.random.default_rng(6)
    return sorted({"".join(rng.choice(SYLLABLES, 3, replace=False)) for _ in range(400)})


def _fillers(rng: np.random.Generator) -> Iterator[str]:
    """Words without meaning."""
    every = np.array([f"{word}ith" for word in _words()])
    while True:
        yield from rng.choice(every, 10_000)
