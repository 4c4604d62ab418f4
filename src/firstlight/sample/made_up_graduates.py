"""Made-up graduates and openings: one field that falls short more every year, and one of which there are too many."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = (
    "made-up graduates and openings, invented and with planted truth: none of them exists",
    "虚构的毕业生与岗位（人为构造，真值已知）",
)
SHORT, PLENTY = "sky rigging", "tablet reading"
GRADUATES = {
    SHORT: 400,
    PLENTY: 900,
    "brickcraft": 700,
    "orchard science": 650,
    "map drawing": 300,
    "glass blowing": 500,
}
OPENINGS = {
    "sky riggers": 400,
    "readers": 600,
    "masons": 720,
    "gardeners": 640,
    "surveyors": 330,
    "glaziers": 520,
    "porters": 250,
}
FIRST, YEARS, GROWTH = 2015, 7, 0.12
NOISE = 0.02


def made_up_graduates(seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Graduates by field, openings by occupation, and which field an occupation draws on.

    Planted: openings of sky riggers grow by 12% a year from the number of graduates of ``SHORT``, which stays; of ``PLENTY`` there are
    half as many again as openings; a tenth of the openings of surveyors go to brickcraft, and porters need no field.

    Returns (field, year, graduates), (occupation, year, openings), (field, occupation, share).

    >>> [frame.columns for frame in made_up_graduates()]
    [['field', 'year', 'graduates'], ['occupation', 'year', 'openings'], ['field', 'occupation', 'share']]
    """
    rng = np.random.default_rng(seed)
    supply, demand = [], []
    for year in range(FIRST, FIRST + YEARS):
        for name, size in GRADUATES.items():
            supply.append((name, year, round(size * (1 + NOISE * rng.standard_normal()))))
        for name, size in OPENINGS.items():
            grown = (1 + GROWTH) ** (year - FIRST) if name == "sky riggers" else 1.0
            demand.append((name, year, round(size * grown * (1 + NOISE * rng.standard_normal()))))
    of = zip(GRADUATES, ("sky riggers", "readers", "masons", "gardeners", "surveyors", "glaziers"), strict=True)
    links = [(field, occupation, 0.9 if occupation == "surveyors" else 1.0) for field, occupation in of]
    links.append(("brickcraft", "surveyors", 0.1))
    return (
        pl.DataFrame(supply, schema=["field", "year", "graduates"], orient="row"),
        pl.DataFrame(demand, schema=["occupation", "year", "openings"], orient="row"),
        pl.DataFrame(links, schema=["field", "occupation", "share"], orient="row"),
    )
