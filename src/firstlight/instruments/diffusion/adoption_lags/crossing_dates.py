"""When one place reached given levels, with the interval that sampling and gaps leave."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.distributions import chi2_quantile
from firstlight.numerics.isotonic import rising_rates

Floats = NDArray[np.float64]
BEFORE, NOT_YET = -np.inf, np.inf  # reached before the first year seen; not reached by the last
FEWEST_EXPECTED = 2.0  # below so many a year, a count's residual says little of dispersion
FEWEST_RESIDUALS = 10


@dataclass(frozen=True)
class PlaceSeries:
    """One technology in one place; n years.

    years   : (n,), rising; amounts : (n,), at least 0; totals : (n,), above 0 (ones where there are
        none)
    rates   : (n,), amounts / totals
    rising  : (m,), the rates up to their peak made to rise, m <= n
    """

    technology: str
    place: str
    years: Floats
    amounts: Floats
    totals: Floats
    rates: Floats
    rising: Floats

    @property
    def highest(self) -> float:
        """The highest rate, smoothed."""
        return float(self.rising[-1])


def series_of(
    technology: str, place: str, years: Floats, amounts: Floats, totals: Floats
) -> PlaceSeries:
    """A series with its rising limb: rates up to the peak of three years together, made to rise.

    Later decline says nothing of when a level was first reached, so that it stays out.
    """
    peak = _peak(amounts, totals)
    limb = slice(0, peak + 1)
    return PlaceSeries(
        technology,
        place,
        years,
        amounts,
        totals,
        amounts / totals,
        rising_rates(amounts[limb], totals[limb]),
    )


def _peak(amounts: Floats, totals: Floats) -> int:
    """The last of the three neighbouring years (two at the ends) with the highest rate together."""
    y, w = (np.concatenate([[0.0], values, [0.0]]) for values in (amounts, totals))
    pooled = (y[:-2] + y[1:-1] + y[2:]) / (w[:-2] + w[1:-1] + w[2:])
    return min(int(np.argmax(pooled)) + 1, amounts.size - 1)


def first_adoption(series: PlaceSeries, least: float) -> float:
    """The first year with at least so much; BEFORE if that is the first seen, NOT_YET if none."""
    found = np.flatnonzero((series.amounts >= least) & (series.amounts > 0))
    if not found.size:
        return NOT_YET
    return BEFORE if found[0] == 0 else float(series.years[found[0]])


def crossing(years: Floats, rising: Floats, level: float) -> Floats:
    """When rising rates reach a level, on straight lines between the years.

    years : (m,); rising : (..., m)
    Returns (...,): time, BEFORE where it was reached in the first year, NOT_YET where it never was.

    >>> crossing(np.array([2000., 2005.]), np.array([[0., 10.], [5., 6.], [0., 1.]]), 5.0).tolist()
    [2002.5, -inf, inf]
    """
    reached = rising >= level
    at = np.argmax(reached, axis=-1)
    before = np.maximum(at - 1, 0)
    low, high = (np.take_along_axis(rising, where[..., None], -1)[..., 0] for where in (before, at))
    step = np.where(high > low, high - low, 1.0)
    time = years[before] + (level - low) / step * (years[at] - years[before])
    return np.where(~reached.any(axis=-1), NOT_YET, np.where(at == 0, BEFORE, time))


def dispersion(series: list[PlaceSeries]) -> float:
    """Variance over mean of the counts about a smooth course, over all places together; at least 1.

    Each rate is compared with the mean of its neighbours' (pseudo-residuals); the median of their
    squares over what Poisson counts would give, over the median of chi-squared with one degree of
    freedom, so that neither a bend nor one large place decides. Source: Gasser, Sroka and
    Jennen-Steinmetz (1986), Biometrika 73(3), 625-633.
    """
    found = [np.zeros(0)]
    for own in series:
        rate, per = own.rates, own.rates / own.totals
        gap = rate[1:-1] - (rate[:-2] + rate[2:]) / 2
        chance = per[1:-1] + (per[:-2] + per[2:]) / 4
        counted = (own.amounts[:-2] + own.amounts[1:-1] + own.amounts[2:]) / 3 >= FEWEST_EXPECTED
        counted &= chance > 0  # a total so large that chance has no share in it
        found.append(gap[counted] ** 2 / chance[counted])
    every = np.concatenate(found)
    if every.size >= FEWEST_RESIDUALS:
        return max(1.0, float(np.median(every) / chi2_quantile(0.5, 1)))
    return 1.0


def drawn_dates(series: PlaceSeries, levels: Floats, over: float, draws: int, seed: int) -> Floats:
    """When the levels would be reached if the counts had fallen otherwise: a parametric bootstrap.

    Counts are drawn about the rising rates with variance ``over`` times the mean (Poisson at 1,
    else gamma-Poisson), and made to rise again. The seed follows from the names, so that other rows
    change nothing.

    levels : (L,)
    Returns (L, draws).
    """
    m = series.rising.size
    names = [crc32(text.encode("utf-8", "replace")) for text in (series.technology, series.place)]
    rng = np.random.default_rng([seed, *names])
    mean = np.broadcast_to(series.rising * series.totals[:m], (draws, m))
    # Poisson where variance is the mean: the gamma mixture has no shape there
    if over > 1.0 + 1e-9:
        mean = rng.gamma(np.maximum(mean, 1e-12) / (over - 1), over - 1)
    rising = rising_rates(rng.poisson(mean), series.totals[:m])
    return np.stack([crossing(series.years[:m], rising, float(level)) for level in levels])


def neighbours(years: Floats, date: float) -> tuple[float, float]:
    """The years seen between which a date lies; infinite on the side where none was seen."""
    if date == BEFORE:
        return BEFORE, float(years[0])
    if date == NOT_YET:
        return float(years[-1]), NOT_YET
    at = int(np.searchsorted(years, date))
    return float(years[max(at - 1, 0)]), float(years[at])
