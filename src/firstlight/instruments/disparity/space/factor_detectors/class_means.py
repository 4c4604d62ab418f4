"""Where an outcome is high: its mean in each class of a factor, and which classes differ (the risk
detector of the geographical detector)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.numerics.distributions import t_p_value
from firstlight.numerics.powers_of_two import near_one

Array = NDArray[np.float64]
MEANS = {
    "factor_name": pl.String,
    "class_name": pl.String,
    "low_value": pl.Float64,
    "high_value": pl.Float64,
    "rows_count": pl.Int64,
    "mean_outcome": pl.Float64,
}
DIFFERENCES = {
    "factor_name": pl.String,
    "class_name": pl.String,
    "other_class_name": pl.String,
    "mean_difference": pl.Float64,
    "t_statistic": pl.Float64,
    "degrees": pl.Float64,
    "p_value": pl.Float64,
    "is_different": pl.Boolean,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Classes:
    """A factor in classes.

    values : (n,) of the factor, numbers or names
    at     : (n,) the class of each row, from 0
    """

    values: pl.Series
    at: NDArray[np.intp]

    def rows(self) -> list[NDArray[np.intp]]:
        """The rows of each class."""
        return [np.flatnonzero(self.at == one) for one in range(int(self.at.max()) + 1)]

    def names(self) -> list[str]:
        """What the classes are called: by their values where each has one, else by numbers from
        1."""
        if self.values.n_unique() > len(self.rows()):
            return [str(one + 1) for one in range(len(self.rows()))]
        firsts = [self.values[int(rows[0])] for rows in self.rows()]
        if self.values.dtype == pl.String:
            return firsts
        return [f"{first:.12g}" for first in firsts]

    def ends(self, rows: NDArray[np.intp]) -> tuple[float | None, float | None]:
        """The least and the greatest number in a class; None of names."""
        own = self.values.gather(rows)
        if own.dtype == pl.String:
            return None, None
        return own.min(), own.max()  # type: ignore[return-value]


def welch_test(one: Array, other: Array) -> tuple[float, float, float] | None:
    """Whether two classes have the same mean, their variances being their own.

    t = (m1 - m2) / sqrt(v1 / n1 + v2 / n2), with degrees of freedom by Welch and Satterthwaite.

    Parameters
    ----------
    one, other
        (n1,) and (n2,) values.

    Returns
    -------
    t, its degrees of freedom and the p-value of no difference, two-sided; None where a class has
    one value, or neither varies.

    References
    ----------
    Wang and others 2010, International Journal of Geographical Information Science 24(1), 107-127,
    eq. 3; Welch 1947, Biometrika 34(1-2), 28-35.

    Examples
    --------
    >>> [round(part, 4) for part in welch_test(np.array([1.0, 2, 3]), np.array([4.0, 6, 8]))]
    [-3.0984, 2.9412, 0.0548]
    """
    if min(one.size, other.size) < 2:
        return None
    shares = [float(own.var(ddof=1)) / own.size for own in (one, other)]
    both = sum(shares)
    if not both > 0:
        return None
    t = float(one.mean() - other.mean()) / both**0.5
    parts = (share**2 / (own.size - 1) for share, own in zip(shares, (one, other), strict=True))
    degrees = both**2 / sum(parts)
    return t, degrees, float(t_p_value(t, degrees))


def class_tables(
    outcome: Array, factors: Mapping[str, Classes], level: float
) -> dict[str, pl.DataFrame]:
    """The tables ``class_means``, the highest of each factor first, and ``class_differences``.

    outcome : (n,) in its own unit
    """
    means, differences = list[dict[str, Any]](), list[dict[str, Any]]()
    sized = near_one(outcome)
    for factor in sorted(factors):
        own = factors[factor]
        rows = own.rows()
        names = own.names()
        for name, at in zip(names, rows, strict=True):
            low, high = own.ends(at)
            ends = {"low_value": low, "high_value": high}
            of_class = {"rows_count": at.size, "mean_outcome": float(outcome[at].mean())}
            means.append({"factor_name": factor, "class_name": name, **ends, **of_class})
        for one, other in combinations(range(len(rows)), 2):
            apart = float(outcome[rows[one]].mean() - outcome[rows[other]].mean())
            pair = {"class_name": names[one], "other_class_name": names[other]}
            test = welch_test(sized[rows[one]], sized[rows[other]])
            found = {"factor_name": factor, **pair, "mean_difference": apart}
            differences.append({**found, **_tested(test, level)})
    by_mean = ["factor_name", "mean_outcome", "class_name"]
    return {
        "class_means": pl.DataFrame(means, schema=MEANS).sort(
            by_mean, descending=[False, True, False]
        ),
        "class_differences": pl.DataFrame(differences, schema=DIFFERENCES),
    }


def _tested(test: tuple[float, float, float] | None, level: float) -> dict[str, Any]:
    if test is None:
        return {"reason": "untested"}
    t, degrees, p_value = test
    found = {"t_statistic": t, "degrees": degrees, "p_value": p_value}
    return {**found, "is_different": p_value <= 1 - level}
