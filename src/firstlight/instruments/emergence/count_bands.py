"""Bands around forecasts of counts, as wide as earlier forecasts of the same record missed.

A miss e (of the log of a count) has two parts: c, which all series of a forecast year share, and d, each series' own. A
record has many d but few c, for ten-year forecasts from neighbouring years live through much the same future. So d/s gives
quantiles, as in split conformal prediction, s being what the trend expects; and c gives a variance with few degrees of
freedom. Both begin from what is assumed, so that a short record has wide bands, not none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from firstlight.instruments.emergence.shares import Array

# Assumed of c: sd = .095 h^.65 for counts; .05 h^.65 for shares, in which the whole's own growth has no part.
COMMON_SD, COMMON_SD_OF_SHARES, COMMON_GROWTH = 0.095, 0.05, 0.65
COMMON_YEARS, OWN_YEARS = (
    4.0,
    2.0,
)  # independent forecast years that what is assumed of c and of d/s weighs
FULL_SIZE = 20  # series; a forecast year with fewer says less of d


@dataclass(frozen=True)
class Misses:
    """What forecasts of one year and horizon missed by.

    made, known : columns of the forecast year and of the outcome
    common      : c; unsure : its variance
    own         : (series,), d/s
    """

    made: int
    known: int
    common: float
    unsure: float
    own: Array


@dataclass(frozen=True)
class Scale:
    """How wide one horizon's bands are.

    own       : (levels,), quantiles of d/s; middle : their median
    common_sd : of c; freedom : degrees of freedom of its t distribution
    misses    : what it rests on; made_in : forecast years that they come from
    learnt    : weight of the record in common_sd, beside what is assumed (0..1)
    """

    own: Array
    middle: float
    common_sd: float
    freedom: float
    misses: int
    made_in: int
    learnt: float


def misses_of(
    error: Array, expected_sd: Array, made: int, known: int, common_sd: float = COMMON_SD
) -> Misses:
    """Split the misses of one forecast year by best linear unbiased prediction; a single series has some of both.

    >>> round(misses_of(np.array([0.3, 0.3]), np.array([0.1, 0.1]), 4, 5).common, 2)
    0.19
    """
    weight = 1.0 / expected_sd**2
    unsure = 1.0 / (weight.sum() + 1.0 / common_variance(known - made, common_sd))
    common = float(unsure * (weight * error).sum())
    return Misses(made, known, common, float(unsure), (error - common) / expected_sd)


def common_variance(ahead: int, common_sd: float = COMMON_SD) -> float:
    """Variance of c that is assumed before a record shows any.

    >>> round(common_variance(1) ** 0.5, 3)
    0.095
    """
    return float((common_sd * ahead**COMMON_GROWTH) ** 2)


def scale_of(
    misses: Sequence[Misses],
    ahead: int,
    levels: Array,
    nearer: Scale | None = None,
    common_sd: float = COMMON_SD,
) -> Scale:
    """The scale of a band from the misses known so far, and from what is assumed; without any, from that alone.

    nearer    : the scale a year nearer, whose d/s is assumed of this one too; None = normal
    common_sd : of c one year ahead, as assumed
    Forecasts from neighbouring years share ahead-1 of their years ahead: n forecast years count as 1 + (n - 1) / ahead.
    Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Journal of the American Statistical Association 113(523),
            1094-1111 (split conformal).

    >>> scale_of([], 1, np.array([0.1, 0.5, 0.9])).own.round(2).tolist()
    [-1.28, 0.0, 1.28]
    """
    made_in = len({own.made for own in misses})
    independent = 1.0 + (made_in - 1) / ahead if made_in else 0.0
    spread = sum(own.common**2 + own.unsure for own in misses) / max(len(misses), 1)
    freedom = COMMON_YEARS + independent
    variance = (COMMON_YEARS * common_variance(ahead, common_sd) + independent * spread) / freedom
    asked = np.append(levels, 0.5)
    own = ndtri(asked) if nearer is None else np.append(nearer.own, nearer.middle)
    pooled = np.concatenate([np.zeros(0), *(each.own for each in misses)])
    if pooled.size:
        sure = independent * min(1.0, pooled.size / made_in / FULL_SIZE)
        n = pooled.size / ahead
        # One more miss is still to come: quantiles of n + 1.
        stretched = np.clip(0.5 + (asked - 0.5) * (n + 1.0) / n, 0.0, 1.0)
        own = (OWN_YEARS * own + sure * np.quantile(pooled, stretched)) / (OWN_YEARS + sure)
    return Scale(
        own[:-1],
        float(own[-1]),
        float(np.sqrt(variance)),
        freedom,
        int(pooled.size),
        made_in,
        independent / freedom,
    )


def band(expected: Array, expected_sd: Array, scale: Scale, levels: Array) -> Array:
    """Quantiles of the log count, (series, levels): distances of both parts from the middle, added as squares.

    Exact where both parts are normal.

    >>> band(np.zeros(1), np.ones(1), scale_of([], 1, np.array([0.5])), np.array([0.5])).tolist()
    [[0.0]]
    """
    own = (scale.own - scale.middle) * expected_sd[:, None]
    common = scale.common_sd * stdtrit(scale.freedom, levels)
    away = np.sign(levels - 0.5) * np.hypot(own, common)
    return np.asarray((expected + scale.middle * expected_sd)[:, None] + away)
