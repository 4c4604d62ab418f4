"""A made-up economy whose generic technologies are known: they are no larger than the narrow ones."""

from __future__ import annotations

import numpy as np
import polars as pl

LABEL = (
    "made-up technologies, invented and with planted truth: none of them exists",
    "虚构技术（人为构造，真值已知）",
)
INDUSTRIES = 40
HOMES = 3  # industries that a narrow technology is made for
STRAYS = 0.25  # of its uses, which are anywhere


def made_up_uses(
    generic: int = 30, narrow: int = 60, mean_size: float = 80, seed: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Uses of invented technologies by industry, and which of them are generic.

    Planted: sizes are drawn alike for both kinds, with a long tail, so that a large narrow
    technology strays into more industries than a small generic one can reach. Industries differ in
    size; a generic technology is used as they are, a narrow one in three of them but for its strays.

    Returns frames technology, industry, value; and technology, is_generic, breadth, the true one.

    >>> [frame.columns for frame in made_up_uses(1, 1)]
    [['technology', 'industry', 'value'], ['technology', 'is_generic', 'breadth']]
    """
    rng = np.random.default_rng(seed)
    weight = rng.lognormal(0, 0.7, INDUSTRIES)
    weight /= weight.sum()
    rows, truth = [], []
    for number in range(generic + narrow):
        name, is_generic = f"technology {number:03d}", number < generic
        p = weight * rng.lognormal(0, 0.3, INDUSTRIES)
        if not is_generic:
            homes = np.zeros(INDUSTRIES)
            homes[rng.choice(INDUSTRIES, HOMES, replace=False)] = rng.dirichlet(np.full(HOMES, 5.0))
            p = STRAYS * p / p.sum() + (1 - STRAYS) * homes
        p /= p.sum()
        size = int(rng.lognormal(np.log(mean_size), 1.0)) + 10
        counts = rng.multinomial(size, p)
        rows += [
            (name, f"industry {at:02d}", int(counts[at])) for at in np.flatnonzero(counts).tolist()
        ]
        truth.append((name, is_generic, float(np.exp(-(p * np.log(p)).sum()))))
    return (
        pl.DataFrame(rows, ["technology", "industry", "value"], orient="row"),
        pl.DataFrame(truth, ["technology", "is_generic", "breadth"], orient="row"),
    )
