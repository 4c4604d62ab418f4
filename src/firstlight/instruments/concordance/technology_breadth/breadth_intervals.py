"""How broad technologies are, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.concordance.technology_breadth.hill_numbers import (
    chao_jost_number,
    hill_number,
)

TINY = 1e-9  # of a breadth

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Breadth:
    """How broad each technology is, and how sure that is.

    whole : breadth of all uses together
    sure  : (n,), probability that the breadth is at least the part of the whole that was asked for
    """

    number: Floats
    low: Floats
    high: Floats
    sure: Floats
    whole: float


def breadths(
    kind: str,
    x: Floats,
    is_ranked: Bools,
    generic_share: float,
    level: float,
    resamples: int,
    seed: int,
) -> Breadth:
    """Breadth of each technology that is ranked: of order 1 for counts and amounts, the expected
    number of industries for links.

    kind      : counts, amounts, or links, which are there or not with the probabilities in ``x``
    x         : (n, k), by technology and industry
    is_ranked : (n,), whether a technology has uses enough; the others have no breadth
    """
    ends = [(1 - level) / 2, (1 + level) / 2]
    whole = float(hill_number(x.sum(axis=0)))
    alone = 1 + TINY  # of what one industry alone uses, and is not generic
    from_here = max(generic_share * whole - TINY, alone)
    if kind == "counts":
        number = chao_jost_number(x)
        drawn = _resampled(x, number, is_ranked, resamples, seed)
        low, high = np.quantile(drawn, ends, axis=1)
        sure = (drawn >= from_here).mean(axis=1)
    elif kind == "links":
        number = np.asarray(x.sum(axis=1))
        low, high, sure = _links(x, ends, from_here)
    else:
        number = hill_number(x)
        low = high = np.full(len(x), np.nan)
        sure = np.where(number >= from_here, 1.0, 0.0)
    sure = np.where(number > alone, sure, 0.0)
    shown = np.where(is_ranked, 0.0, np.nan)
    return Breadth(number + shown, low + shown, high + shown, sure + shown, whole)


def _resampled(x: Floats, number: Floats, is_ranked: Bools, resamples: int, seed: int) -> Floats:
    """(n, resamples) breadths of samples of each row, around its own."""
    everywhere = x.sum(axis=0) / x.sum()
    drawn = np.full((len(x), resamples), np.nan)
    for row in np.flatnonzero(is_ranked):
        shares = _with_unseen(x[row], everywhere)
        rng = np.random.default_rng([seed, int(row)])
        again = rng.multinomial(int(x[row].sum()), shares, resamples)
        again = np.log(chao_jost_number(again))
        drawn[row] = number[row] * np.exp(again - again.mean())
    return np.asarray(np.clip(drawn, 1.0, x.shape[1]))


def _with_unseen(counts: Floats, everywhere: Floats) -> Floats:
    """Shares that counts may be a sample of: some of the uses are in industries without a count.

    How many is Chao's estimate from the rarest counts, or one further use where that is more. They
    are spread over these industries as all uses are; what was seen gives way, the rarest most.

    Source: Chao, Gotelli, Hsieh, Sander, Ma, Colwell and Ellison 2014, Ecological Monographs
    84(1), 45-67.
    """
    n = counts.sum()
    others = np.where(counts > 0, 0.0, everywhere)
    if not others.any():
        return np.asarray(counts / n)
    singles = int((counts == 1).sum())
    doubles = int((counts == 2).sum())
    if doubles:
        missed = (n - 1) * singles / ((n - 1) * singles + 2 * doubles)
    else:
        missed = (n - 1) * (singles - 1) / ((n - 1) * (singles - 1) + 2) if singles else 0.0
    unseen = max(missed * singles / n, 1 / (n + 1))
    p = counts / n
    overlooked = p * (1 - p) ** n
    gives = min(unseen / overlooked.sum(), 1.0) if overlooked.any() else 0.0
    seen = p * (1 - gives * (1 - p) ** n)
    return np.asarray((1 - unseen) * seen / seen.sum() + unseen * others / others.sum())


def _links(p: Floats, ends: list[float], from_here: float) -> tuple[Floats, Floats, Floats]:
    """Quantiles of the number of links of each row, and the probability that it is high enough;
    exact, each link being there or not on its own."""
    n, k = p.shape
    chance = np.zeros((n, k + 1))
    chance[:, 0] = 1.0
    for each in p.T:
        chance[:, 1:] = chance[:, 1:] * (1 - each[:, None]) + chance[:, :-1] * each[:, None]
        chance[:, 0] *= 1 - each
    below = chance.cumsum(axis=1)
    # a cumulated chance that is the end but for rounding has reached it
    low, high = ((below < end - 1e-12).sum(axis=1).astype(float) for end in ends)
    enough = np.arange(k + 1) >= from_here
    return low, high, chance[:, enough].sum(axis=1)
