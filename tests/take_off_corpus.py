"""Invented documents in which named technologies take off, stay or fall, for tests from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

SYLLABLES = ("vel", "cor", "rin", "tas", "mol", "ped", "zun", "lif", "gar", "nok", "bel", "sur")
ENDINGS = ("a", "ek", "im", "os", "un", "yl", "ad", "er", "ith", "oc")
KINDS = ("lattice", "membrane", "sensor", "battery", "laser", "polymer", "antenna", "reactor")
VENUES = ("Letters of Devices", "Journal of Materials", "Annals of Systems")
COUNTRIES = ("AR", "CL", "NZ", "KE")
FIRST, LAST = 2008, 2017
TAKES_OFF = 12  # technologies; those after them stay, but the last few fall
FALLS = 4
SENTENCES = 8
WITH_ACRONYM = 3  # every third is written with its acronym, and later by the acronym alone


def names(count: int) -> list[str]:
    """Invented names of three words."""
    rng = np.random.default_rng(11)
    words = sorted({"".join(rng.choice(SYLLABLES, 3, replace=False)) for _ in range(8 * count)})
    chosen = rng.permutation(len(words))[: 2 * count]
    return [
        f"{words[chosen[2 * k]]} {words[chosen[2 * k + 1]]} {KINDS[k % len(KINDS)]}"
        for k in range(count)
    ]


def acronym(name: str) -> str:
    """The initials of a name."""
    return "".join(word[0] for word in name.split()).upper()


def shares(count: int, years: range) -> np.ndarray:
    """(count, years) share of documents that use each technology: from 3% to 12% in three years,
    even, or falling."""
    path = np.full((count, len(years)), 0.05)
    for k in range(min(TAKES_OFF, count)):
        rise = np.clip((np.arange(len(years)) - 1 - k % (len(years) - 2)) / 3, 0, 1)
        path[k] = 0.03 + 0.09 * rise
    for k in range(max(count - FALLS, 0), count):
        path[k] = np.linspace(0.10, 0.03, len(years))
    return path


@cache
def corpus(
    *,
    years: tuple[int, int] = (FIRST, LAST),
    per_year: int = 300,
    technologies: int = 30,
    seed: int = 1,
) -> pl.DataFrame:
    """Documents with columns id, date, title, abstract, authors, source, country."""
    rng = np.random.default_rng(seed)
    span = range(years[0], years[1] + 1)
    path, named = shares(technologies, span), names(technologies)
    rows = []
    for place, year in enumerate(span):
        for day in np.sort(rng.integers(0, 365, per_year)):
            used = np.flatnonzero(rng.random(technologies) < path[:, place])
            rows.append(
                _document(len(rows), date(year, 1, 1) + timedelta(int(day)), used, named, rng)
            )
    return pl.DataFrame(rows)


@cache
def _filler() -> list[str]:
    """Words that mean nothing."""
    rng = np.random.default_rng(7)
    drawn = zip(rng.choice(SYLLABLES, (5000, 3)), rng.choice(ENDINGS, 5000), strict=True)
    return sorted({"".join(stem) + ending for stem, ending in drawn})


def _document(
    number: int, day: date, used: np.ndarray, named: list[str], rng: np.random.Generator
) -> dict[str, object]:
    words = iter(_filler()[row] for row in rng.integers(len(_filler()), size=60))
    sentences = [text for k in used[:8] for text in _sentences(named[k], k, words, rng)]
    while len(sentences) < SENTENCES:  # texts don't grow as technologies do
        sentences.append(
            f"The {next(words)} with {next(words)} and the {next(words)} are {next(words)}."
        )
    return {
        "id": f"made-{number:05d}",
        "date": day,
        "title": f"On the {named[used[0]]}" if len(used) else f"On the {next(words)}",
        "abstract": " ".join(sentences),
        "authors": [f"Author {rng.integers(900)}", f"Author {rng.integers(900)}"],
        "source": VENUES[number % len(VENUES)],
        "country": [COUNTRIES[number % len(COUNTRIES)]],
    }


def _sentences(
    name: str, k: int, words: Iterator[str], rng: np.random.Generator
) -> tuple[str, str]:
    """Two sentences about a technology, the second with its acronym where it has one."""
    has_acronym = k % WITH_ACRONYM == 0
    first = f"{name} ({acronym(name)})" if has_acronym else name
    again = acronym(name) if has_acronym else name
    if has_acronym and rng.random() < 0.3:
        first = again
    return (
        f"The {next(words)} with {first} and the {next(words)} are {next(words)}.",
        f"A {next(words)} of the {again} is {next(words)}.",
    )


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Documents with lists as text, as a CSV file holds them."""
    return frame.with_columns(pl.col("authors", "country").list.join("; "))


@cache
def counts(
    *, years: tuple[int, int] = (2002, 2016), entities: int = 60, seed: int = 1
) -> pl.DataFrame:
    """Counts of entities by year, of 5,000 documents each: columns entity, year, count, total."""
    rng = np.random.default_rng(seed)
    span = range(years[0], years[1] + 1)
    path = shares(entities, span)
    rows = [
        (f"entity {k:02d}", year, int(rng.poisson(5000 * path[k, place] / 4)), 5000)
        for k in range(entities)
        for place, year in enumerate(span)
    ]
    return pl.DataFrame(rows, schema=["entity", "year", "count", "total"], orient="row")
