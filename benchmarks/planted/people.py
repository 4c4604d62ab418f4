"""Made-up people: where they work year by year, with groups of industries between which they move
planted in them."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = (
    "made-up people, invented and with planted truth: nobody of them exists",
    "虚构人员（人为构造，真值已知）",
)
GROUPS = {
    "making": ("bricks", "machines", "vehicles", "sky sails"),
    "growing": ("grain", "timber", "orchards", "dream glass"),
    "telling": ("printing", "songs", "maps", "lantern plays"),
}
PLACES = ("Alderhaven", "Brackwater", "Cinderford", "Dunmarsh", "Eastmere", "Fallowfield")
MAGNET, SOURCE = "Alderhaven", "Fallowfield"
FIRST, YEARS = 2010, 12
MOVES, CHANGES, WITHIN, RETURNS, TWO = 0.10, 0.12, 0.8, 0.3, 0.04
"""Chances in a year: to move to another place, to change the industry, to stay within the group when changing, to move back where one
was before if there is such a place, and to hold a second affiliation."""


def made_up_people(people: int = 900, seed: int = 0) -> pl.DataFrame:
    """Where invented people are, year by year.

    Planted: who changes the industry stays within its group in four of five cases; ``MAGNET`` draws
    three times as many as any other place and ``SOURCE`` a third; three in ten moves go back to a
    place where one has been.

    Returns frame: person, year, place, industry; two rows in a year for a second affiliation.

    >>> made_up_people(1).columns
    ['person', 'year', 'place', 'industry']
    """
    rng = np.random.default_rng(seed)
    home = {industry: group for group, industries in GROUPS.items() for industry in industries}
    pull = np.array(
        [3.0 if name == MAGNET else 1 / 3 if name == SOURCE else 1.0 for name in PLACES]
    )
    rows = []
    for number in range(people):
        place, industry = str(rng.choice(PLACES)), str(rng.choice(list(home)))
        been: list[str] = []
        begins = FIRST + int(rng.integers(0, 4))
        for year in range(begins, min(begins + int(rng.integers(4, YEARS + 1)), FIRST + YEARS)):
            if year > begins and rng.random() < MOVES:
                before = [name for name in been if name != place]
                been.append(place)
                place = (
                    before[-1] if before and rng.random() < RETURNS else _drawn(place, pull, rng)
                )
            if year > begins and rng.random() < CHANGES:
                industry = _next(industry, home, rng)
            rows.append((f"person {number + 1:04d}", year, place, industry))
            if rng.random() < TWO:
                rows.append((f"person {number + 1:04d}", year, _drawn(place, pull, rng), industry))
    return pl.DataFrame(rows, schema=["person", "year", "place", "industry"], orient="row")


def _drawn(place: str, pull: np.ndarray, rng: np.random.Generator) -> str:
    other = np.array([name != place for name in PLACES])
    return str(rng.choice(np.array(PLACES)[other], p=pull[other] / pull[other].sum()))


def _next(industry: str, home: dict[str, str], rng: np.random.Generator) -> str:
    is_within = rng.random() < WITHIN
    return str(
        rng.choice([n for n in home if n != industry and (home[n] == home[industry]) == is_within])
    )
