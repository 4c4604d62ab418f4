"""An invented world of places and activities with planted capabilities: a place has what it has
every capability for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.refused import RefusedError
from numpy.typing import NDArray

__all__ = ["LABEL", "MadeUpCapabilities", "made_up_capabilities"]

LABEL = (
    "made-up places and crafts, invented: neither exists",
    "虚构的地区与行业，纯属虚构：均不存在",
)
FAMILIES = {
    "weaving": ("cloth", "sails"),
    "smithing": ("steel", "engines"),
    "glasswork": ("lenses", "lamps"),
    "gardening": ("seeds", "dyes"),
    "clockwork": ("clocks", "automata"),
}
KINDS = ("plain", "salt", "moss", "amber", "ember", "frost", "sky", "dream")  # from simple to hard
STEMS = (
    "Alder",
    "Brack",
    "Cinder",
    "Dun",
    "East",
    "Fallow",
    "Grey",
    "High",
    "Iron",
    "Kestrel",
    "Lark",
    "Mill",
)
ENDS = ("haven", "water", "ford", "marsh", "moor")
DEPTH = 6  # capabilities of a family, each resting on the one before
SHARED = 4  # capabilities that every family may ask for


@dataclass(frozen=True)
class MadeUpCapabilities:
    """Who can do what, and what they make.

    panel        : place, activity, group (its family), year, value; a row for each value above 0
    capabilities : (places, capabilities, years), true from the year in which a place learnt it
    requirements : (activities, capabilities), what each activity needs
    places, activities : their names, in the order of the arrays; years : likewise
    """

    panel: pl.DataFrame
    capabilities: NDArray[np.bool_]
    requirements: NDArray[np.bool_]
    places: tuple[str, ...]
    activities: tuple[str, ...]
    years: tuple[int, ...]


def made_up_capabilities(
    *, years: tuple[int, int] = (2001, 2020), seed: int = 0
) -> MadeUpCapabilities:
    """Sixty places, eighty activities of five families; each year a place may learn what rests on
    what it knows already.

    An activity of a family needs the family's capabilities up to a depth, and from a depth on
    shared ones and one of some family; a place has it once it has them all, at a size of its own.
    Of some activities for which it lacks one, it has a little.

    years : the first and the last
    Returns MadeUpCapabilities; the same for the same seed.
    Raises  RefusedError for years that don't follow one another.

    >>> world = made_up_capabilities()
    >>> len(world.places), len(world.activities), world.panel["group"].n_unique()
    (60, 80, 5)
    """
    if years[1] < years[0]:
        raise RefusedError(
            f"{years[0]} to {years[1]}", where="years", try_next="the first year before the last"
        )
    rng = np.random.default_rng([seed, 20010202])
    places = tuple(stem + end for stem in STEMS for end in ENDS)
    rows = [
        (f"{kind} {thing}", family, depth + 1)
        for family, things in FAMILIES.items()
        for thing in things
        for depth, kind in enumerate(KINDS)
    ]
    requirements = _requirements(
        rng, [(list(FAMILIES).index(family), depth) for _, family, depth in rows]
    )
    able = _learning(rng, len(places), years[1] - years[0] + 1)
    missing = np.einsum("pct,ac->pat", (~able).astype(int), requirements.astype(int))
    size = np.exp(rng.normal(0, 0.5, (len(places), 1, 1)) + rng.normal(0, 0.7, (1, len(rows), 1)))
    noise = np.exp(rng.normal(0, 0.25, missing.shape))
    is_little = rng.random(missing.shape[:2])[..., None] < 0.3
    value = np.where(
        missing == 0,
        100 * size * noise,
        np.where(is_little & (missing == 1), 20 * size * noise, 0.0),
    )
    place, activity, year = np.nonzero(value)
    panel = pl.DataFrame(
        {
            "place": np.array(places)[place],
            "activity": np.array([row[0] for row in rows])[activity],
            "group": np.array([row[1] for row in rows])[activity],
            "year": (years[0] + year).astype(np.int64),
            "value": value[place, activity, year].round(2),
        }
    )
    return MadeUpCapabilities(
        panel.filter(pl.col("value") > 0).sort("place", "activity", "year"),
        able,
        requirements,
        places,
        tuple(row[0] for row in rows),
        tuple(range(years[0], years[1] + 1)),
    )


def _requirements(rng: np.random.Generator, activities: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Of each activity (its family, how hard it is): the family's capabilities up to a depth, for
    what is harder others too."""
    found = np.zeros((len(activities), len(FAMILIES) * DEPTH + SHARED), bool)
    for row, (family, hard) in enumerate(activities):
        depth = min(DEPTH, max(1, hard - 1 + int(rng.integers(0, 2))))
        found[row, family * DEPTH : family * DEPTH + depth] = True
        shared = len(FAMILIES) * DEPTH + np.arange(SHARED)
        found[row, shared[: max(0, hard - 4)]] = True
        if hard > 1:
            found[row, int(rng.integers(len(FAMILIES))) * DEPTH + min(2, hard - 2)] = True
    return found


def _learning(rng: np.random.Generator, places: int, years: int) -> NDArray[np.bool_]:
    """Chains of capabilities, each learnt only after the one before; some places learn faster, each
    some families first."""
    families = len(FAMILIES) + 1
    lengths = [DEPTH] * len(FAMILIES) + [SHARED]
    quick = rng.beta(1.5, 3.0, (places, 1))
    leaning = rng.dirichlet(np.full(len(FAMILIES), 4.0), places) * len(FAMILIES)
    taste = np.hstack([leaning, np.ones((places, 1))])
    reached = np.minimum(rng.poisson(4 * quick * taste), lengths)
    reached[:, : len(FAMILIES)] = np.maximum(
        reached[:, : len(FAMILIES)], rng.random((places, len(FAMILIES))) < 0.4
    )
    able = np.zeros((places, sum(lengths), years), bool)
    for year in range(years):
        if year:
            reached = np.minimum(
                reached + (rng.random((places, families)) < 0.12 * quick * taste), lengths
            )
        start = 0
        for family, length in enumerate(lengths):
            able[:, start : start + length, year] = np.arange(length) < reached[:, [family]]
            start += length
    return able
