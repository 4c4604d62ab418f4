"""What a forecast reads of a technology: six figures, all known at the end of the forecast year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.forecast.trend import (
    DAMPING,
    Course,
)

Floats = npt.NDArray[np.float64]

COLUMNS = ("distance", "slope", "pull", "noise", "size", "volatility")
RECENT = 8  # years whose surprises tell how volatile a technology is
MOST_SURPRISE = 0.5  # of one year, so that no single one decides
USUAL = 0.01  # volatility of a technology of which nothing is known
USUAL_YEARS = 2  # years that it counts for


@dataclass(frozen=True)
class Features:
    """Six figures of K technologies at the end of a forecast year.

    distance   : level of the trend less log(s + g) of FY-1..FY; below 0 after a lucky year
    slope      : log growth of s + g a year
    pull       : log growth that comes with newcomers; 0 where authors are not known
    noise      : variance of log(s + g) of FY-1..FY as a count
    size       : log((s + g) / g)
    volatility : mean squared surprise of the last years beyond counting noise
    """

    distance: Floats
    slope: Floats
    pull: Floats
    noise: Floats
    size: Floats
    volatility: Floats

    def expected(self, years: int) -> Floats:
        """(K,) log growth of s + g that the damped trend and newcomers promise.

        The same as `Trend.growth` and the pull: the mean of the levels one year apart is linear in
        the slope.
        """
        carried = [(1 - DAMPING**ahead) / (1 - DAMPING) for ahead in (years - 1, years)]
        return self.distance + float(np.mean(carried)) * self.slope + self.pull

    def frame(self) -> pl.DataFrame:
        """One row for each technology, columns as named."""
        return pl.DataFrame({name: getattr(self, name) for name in COLUMNS})

    @classmethod
    def of_frame(cls, frame: pl.DataFrame) -> Features:
        """The features that `frame` wrote."""
        return cls(*(frame[name].cast(pl.Float64).to_numpy() for name in COLUMNS))

    @classmethod
    def of_course(cls, found: Course, gain: float, pull: Floats) -> Features:
        """The features of technologies whose years were read.

        gain : g of the trend; pull : (K,) from `drawn_by_newcomers`
        """
        trend = found.trend
        recent = np.minimum(found.surprises[:, -RECENT:], MOST_SURPRISE)
        volatility = (recent.sum(axis=1) + USUAL_YEARS * USUAL) / (recent.shape[1] + USUAL_YEARS)
        return cls(
            distance=trend.level - trend.level_now,
            slope=trend.slope,
            pull=pull,
            noise=found.noise,
            size=trend.level_now - np.log(gain),
            volatility=volatility,
        )
