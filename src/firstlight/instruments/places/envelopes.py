"""Bands that curves of random patterns stay in, at each distance and as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firstlight.instruments.places.place_table import Array
from firstlight.numerics.resampling import percentile_interval

NO_SPREAD = 1e-12  # of the mean: curves that differ by less are the same but for rounding


@dataclass(frozen=True)
class Envelope:
    """Bands of simulated curves, each (distances,), and the test of the whole observed curve.

    mean : of all curves; local_low, local_high : quantiles at each distance; global_low,
    global_high : the band that a whole random curve leaves with chance 1 - level; p_value : of the
    observed curve, by its largest deviation"""

    mean: Array
    local_low: Array
    local_high: Array
    global_low: Array
    global_high: Array
    p_value: float


def envelope(observed: Array, simulated: Array, level: float) -> Envelope:
    """Local and global bands from simulated curves; the observed one counts among them.

    So the p-value is exact.

    The deviation of a curve at a distance is its gap to the mean over the gap of the upper (or
    lower) local quantile, so that skewness and unequal spread do not matter; the global band holds
    curves whose largest deviation is not among the rarest. Distances at which the curves do not
    differ, or are not defined, are left out of the test.

    observed : (distances,); simulated : (draws, distances); level : share of random curves that
               stay inside, 0 to 1
    Returns Envelope.
    Source: Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn (2017), Journal of the Royal Statistical
            Society B 79(2), 381-404 (directional quantile envelope). Duranton and Overman (2005),
            Review of Economic Studies 72(4), 1077-1106, build theirs from ranks of the same curves.

    >>> envelope(np.array([9.0]), np.arange(19.0)[:, None] / 10, 0.9).p_value
    0.05
    """
    curves = np.vstack([observed, simulated])
    defined = np.isfinite(curves).all(axis=0)
    known = np.where(defined, curves, 0.0)
    middle = known.mean(axis=0)
    low, high = percentile_interval(known, level, axis=0)
    up, down = high - middle, middle - low
    spread = defined & (up > NO_SPREAD * np.abs(middle)) & (down > NO_SPREAD * np.abs(middle))
    gap = known - middle
    deviation = np.where(gap >= 0, gap / np.where(spread, up, 1), -gap / np.where(spread, down, 1))
    largest = np.where(spread, deviation, 0).max(axis=1)
    # so many curves may lie outside; with none, the band is the widest
    rare = int((1 - level) * largest.size + 1e-9)
    reach = float(np.sort(largest)[largest.size - 1 - rare])
    bands = [middle, low, high, middle - reach * down, middle + reach * up]
    mean, local_low, local_high, global_low, global_high = (
        np.where(defined, band, np.nan) for band in bands
    )
    # A curve of the same deviation but for rounding is as rare as this one.
    p_value = float((largest >= largest[0] * (1 - 1e-12)).mean())
    return Envelope(mean, local_low, local_high, global_low, global_high, p_value)
