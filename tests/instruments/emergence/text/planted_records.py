"""Invented records whose text or mix changes in a known way, or does not change at all."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

VOCABULARY = 1500
ByYear = Callable[[int], float]
SCHEMA = {
    "id": pl.String,
    "date": pl.Date,
    "year": pl.Int32,
    "title": pl.String,
    "abstract": pl.String,
    "source": pl.String,
    "status": pl.String,
    "date_precision": pl.String,
}


def always(value: float) -> ByYear:
    """The same in all years."""
    return lambda year: value


def since(first: int, value: float, before: float = 0.0) -> ByYear:
    """One value from a year on, another before."""
    return lambda year: value if year >= first else before


@dataclass(frozen=True)
class Plan:
    """What a record is like in each year.

    venues          : name -> documents by year (mean of a Poisson count)
    topics          : name -> number of the venue's vocabulary; each its own unless given
    abstract_share  : share of documents with an abstract
    words, title    : words of an abstract, of a title
    precision       : of dates
    tilt            : how much vocabularies differ, 0 to 1
    """

    venues: Mapping[str, ByYear]
    topics: Mapping[str, int] = field(default_factory=dict)
    abstract_share: ByYear = field(default_factory=lambda: always(1.0))
    words: ByYear = field(default_factory=lambda: always(30.0))
    title: ByYear = field(default_factory=lambda: always(8.0))
    precision: str = "year"
    tilt: float = 0.5
    years: tuple[int, int] = (2003, 2018)


def planted(plan: Plan, seed: int = 0) -> pl.DataFrame:
    """Documents of a plan: words are drawn independently, from vocabularies that never change."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, (venue, size) in enumerate(plan.venues.items()):
        chances = _chances(plan.tilt, plan.topics.get(venue, 1000 + number), seed)
        for year in range(plan.years[0], plan.years[1] + 1):
            count = int(rng.poisson(size(year)))
            titles = _texts(rng, chances, rng.poisson(plan.title(year) - 2, count) + 2)
            abstracts = _texts(rng, chances, rng.poisson(plan.words(year), count))
            has_abstract = rng.random(count) < plan.abstract_share(year)
            dates = _dates(rng, year, plan.precision, count)
            for place in range(count):
                abstract = abstracts[place] if has_abstract[place] else None
                name = f"{venue}:{year}:{place:05d}"
                text = (titles[place], abstract, venue, None, plan.precision)
                rows.append((name, dates[place], year, *text))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("date", "id")


def clean(seed: int) -> pl.DataFrame:
    """A record of which nothing changes but its size; what it is like is drawn by the seed."""
    rng = np.random.default_rng(seed)
    growth = 1 + rng.uniform(-0.03, 0.15)
    sizes = rng.uniform(20, 100, size=int(rng.integers(1, 6)))
    plan = Plan(
        venues={f"v{place}": _growing(size, growth) for place, size in enumerate(sizes)},
        abstract_share=always(float(rng.choice([0.0, 0.4, 0.8, 1.0]))),
        words=always(float(rng.uniform(15, 50))),
        precision=str(rng.choice(["day", "month", "year"])),
        tilt=float(rng.uniform(0, 0.9)),
    )
    return planted(plan, seed)


def _growing(size: float, growth: float) -> ByYear:
    return lambda year: float(size * growth ** (year - 2003))


def _chances(tilt: float, topic: int, seed: int) -> npt.NDArray[np.float64]:
    """Steps of the distribution of words: Zipf's law, half of it in an order of the topic's own."""
    common = 1 / np.arange(1, VOCABULARY + 1) ** 0.9
    own = np.random.default_rng([seed, topic]).permutation(common)
    steps: npt.NDArray[np.float64] = np.cumsum((1 - tilt) * common + tilt * own)
    return steps


def _texts(
    rng: np.random.Generator, steps: npt.NDArray[np.float64], lengths: npt.NDArray[np.int64]
) -> list[str]:
    words = SPELT[np.searchsorted(steps, rng.random(int(lengths.sum())) * steps[-1])]
    ends = np.cumsum(lengths)
    return [" ".join(words[end - size : end]) for size, end in zip(lengths, ends, strict=True)]


def _spelt(number: int) -> str:
    """A made-up word of letters only."""
    letters = "bcdfghklmnprstvz"
    syllables = []
    for _ in range(3):
        number, rest = divmod(number, len(letters))
        syllables.append(letters[rest] + "aeiou"[rest % 5])
    return "".join(syllables)


SPELT = np.array([_spelt(number) for number in range(VOCABULARY)], dtype=object)


def _dates(rng: np.random.Generator, year: int, precision: str, count: int) -> list[datetime.date]:
    months = rng.integers(1, 13, count) if precision != "year" else np.ones(count, dtype=int)
    days = rng.integers(1, 29, count) if precision == "day" else np.ones(count, dtype=int)
    return [datetime.date(year, int(m), int(d)) for m, d in zip(months, days, strict=True)]
